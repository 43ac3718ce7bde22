import { randomBytes } from 'node:crypto';
import { hashName } from './name-hash.js';

/**
 * The names of one command, in its order, and where each is among them: typed arrays outside V8's heap, so that a million of them
 * is no work for the collector. A name that comes again stands for its first place.
 */
export class NameList {
  readonly bytes: Buffer;
  /** Name i is `bytes[starts[i], starts[i + 1])`. */
  readonly starts: Uint32Array;
  length = 0;
  readonly #key0: number;
  readonly #key1: number;
  /** Open addressing; places count from 1, 0 is empty. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  /** The first place of a name that came again, counted from 1; made when one does. */
  #first: Uint32Array | undefined;

  /** Room for so many names of so many bytes in all. */
  constructor(count: number, bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.starts = new Uint32Array(count + 1);
    let size = 16;
    while (size < count * 2) size *= 2;
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
    const key = randomBytes(8);
    this.#key0 = key.readInt32LE(0);
    this.#key1 = key.readInt32LE(4);
  }

  /** Adds a name at the end; the first place that it has. */
  add(source: Uint8Array, start: number, end: number): number {
    const at = this.starts[this.length] as number;
    const place = this.length++;
    const { bytes } = this;
    for (let i = start, to = at; i < end; i++) bytes[to++] = source[i] as number;
    this.starts[place + 1] = at + end - start;
    const slot = this.#slotOf(source, start, end);
    const found = this.#slots[slot] as number;
    if (found === 0) {
      this.#slots[slot] = place + 1;
      return place;
    }
    if (this.#first === undefined) this.#first = new Uint32Array(this.starts.length);
    this.#first[place] = found;
    return found - 1;
  }

  /** The first place of a name, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return (this.#slots[this.#slotOf(bytes, start, end)] as number) - 1;
  }

  /** The first place of the name at this one. */
  firstOf(place: number): number {
    const first = this.#first === undefined ? 0 : (this.#first[place] as number);
    return first === 0 ? place : first - 1;
  }

  #slotOf(source: Uint8Array, start: number, end: number): number {
    let slot = hashName(this.#key0, this.#key1, source, start, end) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot] as number;
      if (place === 0 || this.#isNamed(place - 1, source, start, end)) return slot;
    }
  }

  #isNamed(place: number, source: Uint8Array, start: number, end: number): boolean {
    const { bytes, starts } = this;
    let at = starts[place] as number;
    if ((starts[place + 1] as number) - at !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[at++] !== source[i]) return false;
    return true;
  }
}
