import { type Int64, writeInt64 } from './int64.js';

/**
 * A growing byte buffer that is filled from the front and reused. Numbers are little-endian.
 * `take` and `view` give what was written; `reset` forgets it and keeps the memory.
 */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `count` more bytes; `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.bytes.writeUInt16LE(value, this.length);
    this.length += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.bytes.writeUInt32LE(value, this.length);
    this.length += 4;
  }

  /** A count or position up to 2^53, as a double: exact, and one instruction to read. */
  f64(value: number): void {
    this.reserve(8);
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  int64(value: Int64): void {
    this.reserve(8);
    writeInt64(this.bytes, this.length, value);
    this.length += 8;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const target = this.bytes;
    let position = this.length;
    if (count <= 48) {
      // A call of TypedArray.set costs more than these few stores.
      for (let i = start; i < end; i++) target[position++] = source[i] as number;
    } else {
      target.set(source.subarray(start, end), position);
    }
    this.length += count;
  }

  /** Bytes with their length before them, as a u32. */
  block(source: Uint8Array, start = 0, end = source.length): void {
    this.u32(end - start);
    this.copy(source, start, end);
  }

  text(value: string): void {
    const count = Buffer.byteLength(value);
    this.u32(count);
    this.reserve(count);
    this.bytes.write(value, this.length);
    this.length += count;
  }

  latin1(value: string): void {
    this.reserve(value.length);
    this.bytes.write(value, this.length, 'latin1');
    this.length += value.length;
  }

  /** What was written, valid until the next write or reset. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.length);
    this.bytes.copy(copy, 0, 0, this.length);
    this.length = 0;
    return copy;
  }

  reset(): void {
    this.length = 0;
  }

  /** Leaves the memory to whoever has a view of it, and goes on with fresh memory. */
  abandon(capacity = 1024): void {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.length = 0;
  }
}
