import type { ByteWriter } from './bytes.js';
import { type Int64, readInt64 } from './int64.js';

/**
 * The conversation of a worker and the master. A `requests` frame carries entries, a `replies` frame parts:
 *
 *     0      4       8      9           10         12
 *     ┌──────┬───────┬──────┬───────────┬──────────┬───────────────────────────────────────────────┐
 *     │ tag  │ size  │ kind │ protocol  │ database │ take:    amount i64 · count u32 · name          │
 *     │ u32  │ u32   │ u8   │ u8: 2, 3  │ u16      │ command: index u32 · count u32 · arguments      │
 *     └──────┴───────┴──────┴───────────┴──────────┴───────────────────────────────────────────────┘
 *
 *     0      4       8      9      10
 *     ┌──────┬───────┬──────┬──────┬──────────────────────────────────────────┐
 *     │ tag  │ size  │ kind │ last │ run:     count u32 · first i64 · step i64 │
 *     │ u32  │ u32   │ u8   │ u8   │ refusal: count u32 · error text            │
 *     └──────┴───────┴──────┴──────┤ reply:   RESP bytes                        │
 *                                  │ lend:    count u32 · value i64 · hold f64 ·│
 *                                  │          database u16 · name               │
 *                                  └──────────────────────────────────────────┘
 *
 * `size` is that of the entry or part without its first 8 bytes. A tag names an entry until the part with `last` set has
 * come; a run may be answered in several parts, in order. A `lend` part answers no entry: it lends the worker the `count` numbers
 * behind `value`, or ends the hold when there are none (hold-message.ts). Everything is little-endian.
 */
/** `piece`: see piece-message.ts. */
export const EntryType = { take: 1, unitTake: 2, command: 3, piece: 4 } as const;
/** `subscribed` and `message`: see publish-message.ts; `transaction` and `touched`: see transaction-message.ts. */
export const PartType = {
  run: 1,
  refusal: 2,
  reply: 3,
  lend: 4,
  subscribed: 5,
  message: 6,
  slow: 7,
  transaction: 8,
  touched: 9,
} as const;

const SIZE = 4;
const BODY = 8;
/** Where the count of a take stands, from the entry's start. */
const TAKE_COUNT = 20;

/** Appends a take with a count of 1; the position of the entry, for `setTakeCount`. */
export function writeTake(
  out: ByteWriter,
  tag: number,
  inUnits: boolean,
  database: number,
  amount: Int64,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const at = out.length;
  out.u32(tag);
  out.u32(16 + end - start);
  out.u8(inUnits ? EntryType.unitTake : EntryType.take);
  out.u8(0);
  out.u16(database);
  out.int64(amount);
  out.u32(1);
  out.copy(bytes, start, end);
  return at;
}

export function setTakeCount(out: ByteWriter, at: number, count: number): void {
  out.bytes.writeUInt32LE(count, at + TAKE_COUNT);
}

/** Appends a command with all its arguments. */
export function writeCommand(
  out: ByteWriter,
  tag: number,
  protocol: number,
  database: number,
  index: number,
  bytes: Uint8Array,
  count: number,
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): void {
  const at = out.length;
  out.u32(tag);
  out.u32(0);
  out.u8(EntryType.command);
  out.u8(protocol);
  out.u16(database);
  out.u32(index);
  out.u32(count);
  for (let i = 0; i < count; i++) out.block(bytes, starts[i], ends[i]);
  out.bytes.writeUInt32LE(out.length - at - BODY, at + SIZE);
}

/** Reads the entries of a `requests` frame one after the other; the fields are those of the current entry. */
export class EntryReader {
  bytes: Buffer = Buffer.alloc(0);
  tag = 0;
  type = 0;
  protocol = 0;
  database = 0;
  /** Of a take. */
  amount: Int64 = 0;
  takes = 0;
  nameStart = 0;
  nameEnd = 0;
  /** Of a command. */
  command = 0;
  count = 0;
  starts: number[] = [];
  ends: number[] = [];
  /** Of a piece: the arguments of the whole command and their bytes, and the number of the first one here. */
  total = 0;
  totalBytes = 0;
  first = 0;
  #start = 0;
  #position = 0;
  #end = 0;

  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.#start = start;
    this.#position = start;
    this.#end = end;
  }

  /** Goes back before the first entry. */
  rewind(): void {
    this.#position = this.#start;
  }

  /** What it reads stays as it is, whatever becomes of the bytes that were given. */
  keep(): void {
    this.bytes = Buffer.from(this.bytes.subarray(0, this.#end));
  }

  /** Moves to the next entry; false at the end. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    const { bytes } = this;
    const at = this.#position;
    this.tag = bytes.readUInt32LE(at);
    const end = at + BODY + bytes.readUInt32LE(at + SIZE);
    this.type = bytes[at + BODY] as number;
    this.protocol = bytes[at + 9] as number;
    this.database = bytes.readUInt16LE(at + 10);
    if (this.type === EntryType.command) this.#readCommand(at + 12, at + 20);
    else if (this.type === EntryType.piece) {
      this.total = bytes.readUInt32LE(at + 20);
      this.first = bytes.readUInt32LE(at + 24);
      this.totalBytes = bytes.readUInt32LE(at + 28);
      this.#readCommand(at + 12, at + 32);
    } else {
      this.amount = readInt64(bytes, at + 12);
      this.takes = bytes.readUInt32LE(at + TAKE_COUNT);
      this.nameStart = at + TAKE_COUNT + 4;
      this.nameEnd = end;
    }
    this.#position = end;
    return true;
  }

  text(index: number): string {
    return this.bytes.toString('latin1', this.starts[index], this.ends[index]);
  }

  #readCommand(at: number, firstArgument: number): void {
    const { bytes } = this;
    this.command = bytes.readUInt32LE(at);
    this.count = bytes.readUInt32LE(at + 4);
    let position = firstArgument;
    for (let i = 0; i < this.count; i++) {
      const length = bytes.readUInt32LE(position);
      this.starts[i] = position + 4;
      position += 4 + length;
      this.ends[i] = position;
    }
    // A huge request must not keep its positions for ever.
    if (this.count < 1024 && this.starts.length > 65536) {
      this.starts.length = this.count;
      this.ends.length = this.count;
    }
  }
}

export function writeRunPart(
  out: ByteWriter,
  tag: number,
  isLast: boolean,
  count: number,
  first: Int64,
  step: Int64,
): void {
  out.u32(tag);
  out.u32(22);
  out.u8(PartType.run);
  out.u8(isLast ? 1 : 0);
  out.u32(count);
  out.int64(first);
  out.int64(step);
}

export function writeRefusalPart(
  out: ByteWriter,
  tag: number,
  isLast: boolean,
  count: number,
  text: string,
): void {
  out.u32(tag);
  out.u32(6 + text.length);
  out.u8(PartType.refusal);
  out.u8(isLast ? 1 : 0);
  out.u32(count);
  out.latin1(text);
}

export function writeReplyPart(
  out: ByteWriter,
  tag: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  isLast = true,
): void {
  out.u32(tag);
  out.u32(2 + end - start);
  out.u8(PartType.reply);
  out.u8(isLast ? 1 : 0);
  out.copy(bytes, start, end);
}

/** Lends the numbers `value + 1` to `value + count`; a count of 0 ends the hold. */
export function writeLendPart(
  out: ByteWriter,
  hold: number,
  database: number,
  value: Int64,
  count: number,
  name: Uint8Array,
  start: number,
  end: number,
): void {
  out.u32(0);
  out.u32(24 + end - start);
  out.u8(PartType.lend);
  out.u8(0);
  out.u32(count);
  out.int64(value);
  out.f64(hold);
  out.u16(database);
  out.copy(name, start, end);
}

/** Reads the parts of a `replies` frame one after the other; the fields are those of the current part. */
export class PartReader {
  bytes: Buffer = Buffer.alloc(0);
  tag = 0;
  type = 0;
  isLast = false;
  /** Of a run or a refusal. */
  count = 0;
  first: Int64 = 0;
  step: Int64 = 0;
  /** Of a `lend`, whose value is `first`. */
  hold = 0;
  database = 0;
  /** Where a refusal's text, a reply's bytes or a lent sequence's name stand. */
  start = 0;
  end = 0;
  #position = 0;
  #end = 0;

  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  next(): boolean {
    if (this.#position >= this.#end) return false;
    const { bytes } = this;
    const at = this.#position;
    this.tag = bytes.readUInt32LE(at);
    this.end = at + BODY + bytes.readUInt32LE(at + SIZE);
    this.type = bytes[at + BODY] as number;
    this.isLast = bytes[at + 9] === 1;
    this.start = at + 10;
    if (this.type !== PartType.reply) {
      this.count = bytes.readUInt32LE(at + 10);
      this.start = at + 14;
      if (this.type === PartType.run) {
        this.first = readInt64(bytes, at + 14);
        this.step = readInt64(bytes, at + 22);
      } else if (this.type === PartType.lend) {
        this.first = readInt64(bytes, at + 14);
        this.hold = bytes.readDoubleLE(at + 22);
        this.database = bytes.readUInt16LE(at + 30);
        this.start = at + 32;
      }
    }
    this.#position = this.end;
    return true;
  }
}
