/** One command that was sent: when it was due, and for what. */
export interface Sent {
  dueMs: number;
  verb: number;
  key: number;
  floor: number;
}

/**
 * The commands of one connection that were not answered yet, oldest first; typed arrays in a circle, since there is one for
 * every command that is measured.
 */
export class UnderWay {
  readonly #mask: number;
  readonly #dueMs: Float64Array;
  readonly #floor: Float64Array;
  readonly #key: Uint32Array;
  readonly #verb: Uint8Array;
  #first = 0;
  #count = 0;

  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.#mask = size - 1;
    this.#dueMs = new Float64Array(size);
    this.#floor = new Float64Array(size);
    this.#key = new Uint32Array(size);
    this.#verb = new Uint8Array(size);
  }

  get count(): number {
    return this.#count;
  }

  push(dueMs: number, verb: number, key: number, floor: number): void {
    const at = (this.#first + this.#count++) & this.#mask;
    this.#dueMs[at] = dueMs;
    this.#verb[at] = verb;
    this.#key[at] = key;
    this.#floor[at] = floor;
  }

  /** Removes the oldest and writes it to `sent`. False when there is none. */
  shift(sent: Sent): boolean {
    if (this.#count === 0) return false;
    const at = this.#first;
    this.#first = (at + 1) & this.#mask;
    this.#count--;
    sent.dueMs = this.#dueMs[at] ?? 0;
    sent.verb = this.#verb[at] ?? 0;
    sent.key = this.#key[at] ?? 0;
    sent.floor = this.#floor[at] ?? 0;
    return true;
  }

  /** The least floor of those for `key`; infinity when there is none. */
  lowestFloor(key: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) & this.#mask;
      if (this.#key[at] === key) lowest = Math.min(lowest, this.#floor[at] ?? lowest);
    }
    return lowest;
  }
}
