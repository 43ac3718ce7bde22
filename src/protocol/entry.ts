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
 * `remove` and `flush` leave the ceiling 0; `flush` has no name, and database 0xffff means all of them.
 */
export const ENTRY_HEADER = 16;

export const EntryKind = {
  /** The sequence exists; after a restart it goes on from `ceiling`. */
  state: 1,
  remove: 2,
  flush: 3,
} as const;

/** Set for a gauge: every change of it is logged, and its ceiling is its value. */
export const ENTRY_GAUGE = 1;

/** The flag bits that this version knows; a set bit beyond them means a newer writer. */
export const ENTRY_FLAGS_KNOWN = ENTRY_GAUGE;

export const ALL_DATABASES = 0xffff;

export interface EntryVisitor {
  /** The name is `bytes[start, end)`, valid only during the call. */
  state(
    database: number,
    flags: number,
    ceiling: Int64,
    bytes: Buffer,
    start: number,
    end: number,
  ): void;
  remove(database: number, bytes: Buffer, start: number, end: number): void;
  /** `database` may be ALL_DATABASES. */
  flush(database: number): void;
}

export function writeState(
  out: ByteWriter,
  database: number,
  flags: number,
  ceiling: Int64,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  writeHead(out, EntryKind.state, flags, database, end - start);
  out.int64(ceiling);
  out.copy(bytes, start, end);
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
    const name = position + ENTRY_HEADER;
    const next = name + bytes.readUInt32LE(position + 4);
    if (next > end) throw new Error('an entry reaches past its record');
    if (kind === EntryKind.state) {
      visitor.state(database, flags, readInt64(bytes, position + 8), bytes, name, next);
    } else if (kind === EntryKind.remove) visitor.remove(database, bytes, name, next);
    else if (kind === EntryKind.flush) visitor.flush(database);
    else throw new Error(`unknown entry kind ${kind}`);
    position = next;
    count++;
  }
  return count;
}
