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

/** Collects frames until they are written to the pipe with one call. */
export class FrameWriter extends ByteWriter {
  #start = -1;

  begin(type: number): void {
    this.#start = this.length;
    this.u32(0);
    this.u8(type);
  }

  /** Closes the frame that `begin` opened. */
  end(): void {
    this.bytes.writeUInt32LE(this.length - this.#start - FRAME_HEADER, this.#start);
    this.#start = -1;
  }

  /** Gives the open frame another type. */
  retype(type: number): void {
    this.bytes[this.#start + 4] = type;
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
  /** The beginning of a frame whose rest has not arrived; `#filled` bytes of it are valid. */
  #partial: Buffer | undefined;
  #filled = 0;

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
    const size = rest < FRAME_HEADER ? FRAME_HEADER : FRAME_HEADER + frameLength(chunk, position);
    this.#partial = Buffer.allocUnsafeSlow(size);
    chunk.copy(this.#partial, 0, position);
    this.#filled = rest;
  }

  /** Adds to the partial frame what the chunk has of it; the position behind that. */
  #complete(chunk: Buffer): number {
    let position = 0;
    let partial = this.#partial as Buffer;
    if (this.#filled < FRAME_HEADER) {
      const taken = Math.min(FRAME_HEADER - this.#filled, chunk.length);
      chunk.copy(partial, this.#filled, 0, taken);
      this.#filled += taken;
      position = taken;
      if (this.#filled < FRAME_HEADER) return position;
      const whole = Buffer.allocUnsafeSlow(FRAME_HEADER + frameLength(partial, 0));
      partial.copy(whole, 0, 0, FRAME_HEADER);
      this.#partial = partial = whole;
    }
    const taken = Math.min(partial.length - this.#filled, chunk.length - position);
    chunk.copy(partial, this.#filled, position, position + taken);
    this.#filled += taken;
    if (this.#filled < partial.length) return position + taken;
    this.#partial = undefined;
    this.#onFrame(partial[4] as number, partial, FRAME_HEADER, partial.length);
    return position + taken;
  }
}

function frameLength(bytes: Buffer, position: number): number {
  const length = bytes.readUInt32LE(position);
  if (length > LENGTH_LIMIT) throw new Error(`a frame of ${length} bytes came over a pipe`);
  return length;
}
