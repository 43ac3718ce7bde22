import { ByteWriter } from './bytes.js';

/**
 * One message on a pipe between two processes:
 *
 *     0        4      5
 *     ┌────────┬──────┬─────────────┐
 *     │ length │ type │ payload     │   length: u32 little-endian, of payload; type: u8 (message.ts)
 *     └────────┴──────┴─────────────┘
 *
 * Both ends are ours, so a frame that makes no sense is a broken invariant: the reader throws and its process ends.
 */
export const FRAME_HEADER = 5;

/** Far above any frame we write (the largest carries one request of `client-query-buffer-limit` bytes). */
const LENGTH_LIMIT = 0xf0000000;

/** An announced frame gets its memory at once up to this size; beyond, only as its bytes arrive. */
const TRUSTED_SIZE = 1 << 20;

/** Collects frames until they are written to the pipe with one call. */
export class FrameWriter extends ByteWriter {
  #start = -1;

  begin(type: number): void {
    this.#start = this.length;
    this.u32(0);
    this.u8(type);
  }

  /** Makes the open frame one of another type. */
  retype(type: number): void {
    this.bytes[this.#start + 4] = type;
  }

  /** Closes the frame that `begin` opened; so many bytes of it follow on the pipe. */
  end(following = 0): void {
    const length = this.length - this.#start - FRAME_HEADER;
    this.bytes.writeUInt32LE(length + following, this.#start);
    this.#start = -1;
  }

  isOpen(): boolean {
    return this.#start >= 0;
  }
}

/** Called with the payload at `bytes[start, end)`, which is valid only during the call. */
export type FrameHandler = (type: number, bytes: Buffer, start: number, end: number) => void;

/** Cuts a stream of chunks into frames. A frame that lies within one chunk is handed out in place, uncopied. */
export class FrameReader {
  readonly #onFrame: FrameHandler;
  /** The beginning of a frame whose rest has not arrived; `#filled` bytes of it are valid, of `#size` when it is whole. */
  #partial: Buffer | undefined;
  #filled = 0;
  #size = 0;

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let position = 0;
    if (this.#partial !== undefined) {
      position = this.#complete(chunk);
      if (this.#partial !== undefined) return;
    }
    while (chunk.length - position >= FRAME_HEADER) {
      const length = frameLength(chunk, position);
      const start = position + FRAME_HEADER;
      if (start + length > chunk.length) break;
      this.#onFrame(chunk[position + 4] as number, chunk, start, start + length);
      position = start + length;
    }
    if (position < chunk.length) this.#keep(chunk, position);
  }

  #keep(chunk: Buffer, position: number): void {
    const rest = chunk.length - position;
    this.#size = FRAME_HEADER + (rest < FRAME_HEADER ? 0 : frameLength(chunk, position));
    this.#partial = Buffer.allocUnsafeSlow(Math.max(rest, Math.min(this.#size, TRUSTED_SIZE)));
    chunk.copy(this.#partial, 0, position);
    this.#filled = rest;
  }

  /** Adds to the partial frame what the chunk has of it; the position behind that. */
  #complete(chunk: Buffer): number {
    let position = 0;
    if (this.#filled < FRAME_HEADER) {
      position = this.#add(chunk, 0, FRAME_HEADER);
      if (this.#filled < FRAME_HEADER) return position;
      this.#size = FRAME_HEADER + frameLength(this.#partial as Buffer, 0);
    }
    position = this.#add(chunk, position, this.#size);
    if (this.#filled < this.#size) return position;
    const whole = this.#partial as Buffer;
    this.#partial = undefined;
    this.#onFrame(whole[4] as number, whole, FRAME_HEADER, this.#size);
    return position;
  }

  /** Adds bytes of the chunk, from `position` on, until the partial frame has `size`; the position behind them. */
  #add(chunk: Buffer, position: number, size: number): number {
    const partial = this.#partial as Buffer;
    const taken = Math.min(size - this.#filled, chunk.length - position);
    const needed = this.#filled + taken;
    let target = partial;
    if (needed > partial.length) {
      const atLeast = Math.max(needed, partial.length * 2, Math.min(size, TRUSTED_SIZE));
      target = Buffer.allocUnsafeSlow(Math.min(size, atLeast));
      partial.copy(target, 0, 0, this.#filled);
      this.#partial = target;
    }
    chunk.copy(target, this.#filled, position, position + taken);
    this.#filled = needed;
    return position + taken;
  }
}

function frameLength(bytes: Buffer, position: number): number {
  const length = bytes.readUInt32LE(position);
  if (length > LENGTH_LIMIT) throw new Error(`a frame of ${length} bytes came over a pipe`);
  return length;
}
