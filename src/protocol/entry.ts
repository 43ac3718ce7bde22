import type { ByteWriter } from './bytes.js';
import { type Int64, readInt64 } from './int64.js';

/**
 * One change of the keyspace, as the log keeps it. Entries are absolute ("the ceiling of x is n"), so replaying one
 * twice, or an older one before a newer, ends in the same state.
 *
 *     0      1       2          4             8           16
 *     ┌──────┬───────┬──────────┬─────────────┬───────────┬──────┐
 *     │ kind │ flags │ database │ name length │ ceiling   │ name │
 *     │ u8   │ u8    │ u16      │ u32         │ i64       │      │   little-endian
 *     └──────┴───────┴──────────┴─────────────┴───────────┴──────┘
 *
 * With the flag `expires`, the deadline (i64, milliseconds since 1970) stands before the name, which it does not count for.
 * `remove` and `flush` leave the ceiling 0; `flush` has no name, and database 0xffff means all of them. `clock` has
 * the time in place of the ceiling, and no name. `place` says which numbers the entries of a database go by: it is called
 * `database`, and its entries are those of the ceiling's database (SWAPDB).
 */
export const ENTRY_HEADER = 16;

export const EntryKind = {
  /** The sequence exists; after a restart it goes on from `ceiling`. */
  state: 1,
  remove: 2,
  flush: 3,
  /** The server's clock has shown this time: a later start's shows none before it. */
  clock: 4,
  place: 5,
} as const;

/** Set for a gauge: every change of it is logged, and its ceiling is its value. */
export const ENTRY_GAUGE = 1;

/** Set when the sequence has a deadline; only a gauge has. */
export const ENTRY_EXPIRES = 2;

/** The flag bits that this version knows; a set bit beyond them means a newer writer. */
export const ENTRY_FLAGS_KNOWN = ENTRY_GAUGE | ENTRY_EXPIRES;

export const ALL_DATABASES = 0xffff;

export interface EntryVisitor {
  /** The name is `bytes[start, end)`, valid only during the call. A deadline of 0 is none. */
  state(
    database: number,
    flags: number,
    ceiling: Int64,
    bytes: Buffer,
    start: number,
    end: number,
    deadline: Int64,
  ): void;
  remove(database: number, bytes: Buffer, start: number, end: number): void;
  /** `database` may be ALL_DATABASES. */
  flush(database: number): void;
  clock?(nowMs: number): void;
  /** The entries of database `place` are those of the one that clients call `database`. */
  place?(database: number, place: number): void;
}

export function writeState(
  out: ByteWriter,
  database: number,
  flags: number,
  ceiling: Int64,
  bytes: Uint8Array,
  start: number,
  end: number,
  deadline: Int64 = 0,
): void {
  const known = deadline === 0 ? flags : flags | ENTRY_EXPIRES;
  writeHead(out, EntryKind.state, known, database, end - start);
  out.int64(ceiling);
  if (deadline !== 0) out.int64(deadline);
  out.copy(bytes, start, end);
}

export function writeClock(out: ByteWriter, nowMs: number): void {
  writeHead(out, EntryKind.clock, 0, 0, 0);
  out.int64(nowMs);
}

export function writePlace(out: ByteWriter, database: number, place: number): void {
  writeHead(out, EntryKind.place, 0, database, 0);
  out.int64(place);
}

export function writeRemove(
  out: ByteWriter,
  database: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  writeHead(out, EntryKind.remove, 0, database, end - start);
  out.int64(0);
  out.copy(bytes, start, end);
}

export function writeFlush(out: ByteWriter, database: number): void {
  writeHead(out, EntryKind.flush, 0, database, 0);
  out.int64(0);
}

function writeHead(
  out: ByteWriter,
  kind: number,
  flags: number,
  database: number,
  nameLength: number,
): void {
  out.u8(kind);
  out.u8(flags);
  out.u16(database);
  out.u32(nameLength);
}

/**
 * Visits the entries in `bytes[start, end)` in order; the number of them.
 * Throws an Error that says what is wrong when the bytes are not whole entries of a known kind.
 */
export function readEntries(
  bytes: Buffer,
  start: number,
  end: number,
  visitor: EntryVisitor,
): number {
  let position = start;
  let count = 0;
  while (position < end) {
    if (end - position < ENTRY_HEADER) throw new Error('an entry ends early');
    const kind = bytes[position] as number;
    const flags = bytes[position + 1] as number;
    if ((flags & ~ENTRY_FLAGS_KNOWN) !== 0) throw new Error(`unknown entry flags ${flags}`);
    const database = (bytes[position + 2] as number) | ((bytes[position + 3] as number) << 8);
    const expires = (flags & ENTRY_EXPIRES) !== 0;
    const name = position + ENTRY_HEADER + (expires ? 8 : 0);
    const next = name + bytes.readUInt32LE(position + 4);
    if (next > end) throw new Error('an entry reaches past its record');
    if (kind === EntryKind.state) {
      const deadline = expires ? readInt64(bytes, position + ENTRY_HEADER) : 0;
      const ceiling = readInt64(bytes, position + 8);
      visitor.state(database, flags, ceiling, bytes, name, next, deadline);
    } else if (kind === EntryKind.remove) visitor.remove(database, bytes, name, next);
    else if (kind === EntryKind.flush) visitor.flush(database);
    else if (kind === EntryKind.clock) visitor.clock?.(Number(readInt64(bytes, position + 8)));
    else if (kind === EntryKind.place) {
      visitor.place?.(database, Number(readInt64(bytes, position + 8)));
    } else throw new Error(`unknown entry kind ${kind}`);
    position = next;
    count++;
  }
  return count;
}
