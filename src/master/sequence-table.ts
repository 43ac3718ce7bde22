import { randomBytes } from 'node:crypto';
import { fromWords, highWord, type Int64, lowWord } from '../protocol/int64.js';
import { Deadlines } from './deadlines.js';
import type { Hold } from './holds.js';
import type { Pending } from './in-flight.js';
import { NameIndex, SLOT_BYTES } from './name-index.js';
import { SequenceFlag, SequenceSlab } from './sequence-slab.js';

/** The sequences of one database: records in a slab, found by an index. A ref of 0 means "no such sequence". */
export class SequenceTable {
  /** Where the log has it: its database, unless it was exchanged for another's. */
  readonly place: number;
  readonly slab = new SequenceSlab();
  /** The sequences that have a change in flight, by ref. */
  readonly pending = new Map<number, Pending>();
  /** The sequences that are lent to a worker, by ref. */
  readonly held = new Map<number, Hold>();
  /** A flush of it failed, and may yet be on the disk: blocks are not served from (see InFlight.takeBack). */
  isDoubtful = false;
  /** The lsn of the last removal: until it is durable, "no such sequence" is not. */
  removedLsn = 0;
  /** The lsn of the last creation or removal: until it is durable, the set of names is not. */
  changedLsn = 0;
  /** The lsn of the last exchange with another database: until it is durable, nothing of it is shown. */
  swappedLsn = 0;
  /** When its sequences expire. */
  readonly deadlines = new Deadlines(this.slab);
  readonly #index: NameIndex;

  constructor(place: number) {
    this.place = place;
    const key = randomBytes(8);
    this.#index = new NameIndex(this.slab, key.readInt32LE(0), key.readInt32LE(4));
  }

  get size(): number {
    return this.slab.records;
  }

  get bytes(): number {
    return this.slab.bytes + this.#index.bytes;
  }

  /** What all of its sequences take. */
  get usedBytes(): number {
    return this.slab.liveBytes + this.slab.records * SLOT_BYTES;
  }

  /** What one sequence takes: its record and its slot in the index. */
  bytesOf(ref: number): number {
    return this.slab.sizeOf(ref) * 4 + SLOT_BYTES;
  }

  /** What the index takes of the bytes. */
  get indexBytes(): number {
    return this.#index.bytes;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#index.find(bytes, start, end);
  }

  /** Adds a sequence of value 0 whose name is not there yet; its ref. */
  insert(bytes: Uint8Array, start: number, end: number): number {
    const ref = this.slab.allocate(bytes, start, end);
    this.#index.insert(ref);
    return ref;
  }

  /** The same for the name that the last `find` did not find. */
  insertMissed(bytes: Uint8Array, start: number, end: number): number {
    const ref = this.slab.allocate(bytes, start, end);
    this.#index.insertMissed(ref);
    return ref;
  }

  /** Makes room for so many names, when there are none yet. */
  expect(count: number): void {
    this.#index.expect(count);
  }

  remove(ref: number): void {
    this.#index.remove(ref);
    this.slab.release(ref);
  }

  value(ref: number): Int64 {
    const value = this.slab.safeValue(ref);
    return Number.isNaN(value) ? fromWords(this.slab.lowWord(ref), this.slab.highWord(ref)) : value;
  }

  /** Of a gauge, in milliseconds since 1970; 0 means never. */
  setDeadline(ref: number, deadline: Int64): void {
    const { slab } = this;
    if (deadline === 0 && !slab.hasFlag(ref, SequenceFlag.expires)) return;
    const last = slab.lastDeadline(ref);
    slab.setDeadline(ref, deadline);
    if (deadline !== 0) this.deadlines.add(ref, deadline, last);
  }

  setValue(ref: number, value: Int64): void {
    this.slab.setWords(ref, lowWord(value), highWord(value));
  }
}
