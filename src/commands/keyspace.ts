import type { Int64 } from '../protocol/int64.js';
import type { KeyEvent } from './key-events.js';

/** What SEQ.INFO tells of one sequence. */
export interface SequenceFacts {
  readonly value: Int64;
  /** The last number reserved. */
  readonly ceiling: Int64;
  readonly durableCeiling: Int64;
  /** Numbers that the next reservation takes at once. */
  readonly block: number;
  readonly isGauge: boolean;
}

/** What OBJECT and MEMORY USAGE tell of one sequence. */
export interface KeptSequence {
  readonly value: Int64;
  /** What its record and its place in the index take. */
  readonly bytes: number;
  /** It has not been unused for longer: only reservations leave a time, reads and exact changes none. */
  readonly idleMs: number;
}

/**
 * The sequences as a command in the master sees them, within the client's database. Reads and writes note the
 * reservation that the reply has to wait for, so a handler need not think of the disk: rule 1 (durable before
 * visible) is kept here. Names are `bytes[start, end)`. Writes throw a CommandError when the log can't be written.
 */
export interface Keyspace {
  readonly databases: number;
  readonly database: number;
  /** The value, or undefined when there is no such sequence. It counts as a hit or a miss; a miss is told unless it is not to be. */
  read(bytes: Buffer, start: number, end: number, isTold?: boolean): Int64 | undefined;
  /** The same for a command that looks before it writes: Redis counts no read there. */
  peek(bytes: Buffer, start: number, end: number): Int64 | undefined;
  /**
   * Sets the value exactly, and the deadline: milliseconds since 1970, 0 for none. A lower value or a deadline makes the sequence a
   * gauge. Creates it when absent; with a deadline that has passed it is removed instead.
   */
  write(bytes: Buffer, start: number, end: number, value: Int64, deadline?: Int64): void;
  /**
   * When it expires, in milliseconds since 1970; 0 when it does not, undefined when there is no such sequence. With `isRead` it counts
   * as a hit or a miss.
   */
  deadline(bytes: Buffer, start: number, end: number, isRead?: boolean): Int64 | undefined;
  /** The time, in milliseconds since 1970, by which sequences expire. */
  readonly nowMs: number;
  /** Acts within another database. */
  within<T>(database: number, act: () => T): T;
  /** Exchanges the sequences of two databases. */
  swap(one: number, other: number): void;
  /** Whether there was such a sequence. */
  remove(bytes: Buffer, start: number, end: number): boolean;
  describe(bytes: Buffer, start: number, end: number): SequenceFacts | undefined;
  /** The same for how it is kept, which is no use of it. */
  inspect(bytes: Buffer, start: number, end: number): KeptSequence | undefined;
  /** Number of sequences in the client's database. */
  size(): number;
  /**
   * Visits the names in storage order from `cursor` on, at least `count` places or to the end; the cursor to go on
   * from, 0 at the end. A name that is there from start to end of an iteration is visited.
   */
  scan(
    cursor: Int64,
    count: number,
    visit: (bytes: Buffer, start: number, end: number) => void,
  ): number;
  /** A name picked at random, or undefined when there is none. */
  random(): Buffer | undefined;
  /** Tells those who want to know what the command has done to a name; what it meets on its way (expired, missed, new) is told by itself. */
  notify(event: KeyEvent, bytes: Buffer, start: number, end: number): void;
  /** Removes all sequences of the client's database, or of all. */
  flush(all: boolean): void;
}
