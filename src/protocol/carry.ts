const NOTHING = Buffer.alloc(0);

const SMALLEST = 64;
/** An announced bulk gets its memory at once up to this length; beyond, only as its bytes arrive. */
const TRUSTED_LENGTH = 1 << 16;

/**
 * The bytes of one request that is cut by the end of a chunk. Appending costs no more than a constant per byte in all,
 * and the room is at most twice what has arrived, or the 64 KB that a client may announce.
 */
export class Carry {
  bytes: Buffer = NOTHING;
  /** Valid bytes; 0 while no request is cut. */
  length = 0;

  /** `bulkLength` is that of the bulk that lies, or will, at `bulkStart` in the carry; -1 when it is not known. */
  append(chunk: Buffer, from: number, to: number, bulkStart: number, bulkLength: number): void {
    this.#reserve(this.length + to - from, bulkStart, bulkLength);
    chunk.copy(this.bytes, this.length, from, to);
    this.length += to - from;
  }

  /** Gives the memory back. */
  clear(): void {
    this.bytes = NOTHING;
    this.length = 0;
  }

  #reserve(needed: number, bulkStart: number, bulkLength: number): void {
    const room = this.bytes.length;
    if (needed <= room) return;
    let capacity = Math.max(needed, room * 2, SMALLEST);
    // Exactly what the bulk takes, if that is most of it all: growing once for each such bulk is linear, too.
    const whole = bulkStart + bulkLength + 2;
    const isTrusted = whole <= TRUSTED_LENGTH || whole < capacity;
    if (whole >= needed && bulkLength * 2 >= whole && isTrusted) capacity = whole;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
