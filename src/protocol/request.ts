const NOTHING = Buffer.alloc(0);

/** Arguments there is room for while a connection is idle, and the room from which on it is given back. */
const FIRST_ROOM = 8;
const LARGE_ROOM = 64;

/**
 * A client's request: where its arguments lie in the bytes that carried it. One object per connection takes all its
 * requests in turn, so what it holds may be relied on only while the request is being handed out.
 */
export class Request {
  bytes: Buffer = NOTHING;
  /** The number of arguments, the command's name included; at least 1 in a request that is handed out. */
  count = 0;
  /** Argument i is `bytes[starts[i], ends[i])`, for i < count. */
  starts = new Int32Array(FIRST_ROOM);
  ends = new Int32Array(FIRST_ROOM);
  /** It came as an inline line, not as an array. */
  isInline = false;

  /** A view of the argument, valid as long as the request. */
  argument(index: number): Buffer {
    return this.bytes.subarray(this.starts[index], this.ends[index]);
  }

  /** The argument with each byte as one character, which loses nothing. */
  text(index: number): string {
    return this.bytes.toString('latin1', this.starts[index], this.ends[index]);
  }

  protected add(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
  }

  /** The arguments lie `distance` bytes further to the front. */
  protected moveToFront(distance: number): void {
    for (let i = 0; i < this.count; i++) {
      this.starts[i] = (this.starts[i] as number) - distance;
      this.ends[i] = (this.ends[i] as number) - distance;
    }
  }

  /** Lets go of the bytes; the positions stay, for the bytes are to be found elsewhere. */
  protected detach(): void {
    this.bytes = NOTHING;
  }

  /** Forgets the arguments and gives back the room of many. */
  protected clear(): void {
    this.bytes = NOTHING;
    this.count = 0;
    if (this.starts.length <= LARGE_ROOM) return;
    this.starts = new Int32Array(FIRST_ROOM);
    this.ends = new Int32Array(FIRST_ROOM);
  }
}

/** A request that may be kept. */
export class Kept {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(bytes: Buffer, starts: Int32Array, ends: Int32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  get count(): number {
    return this.starts.length;
  }

  text(index: number): string {
    return this.bytes.toString('latin1', this.starts[index], this.ends[index]);
  }
}

function doubled(positions: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(positions.length * 2);
  larger.set(positions);
  return larger;
}
