import type { Int64 } from '../protocol/int64.js';

const ABSENT = 0;
const NUMBER = 1;
const LARGE = 2;

/**
 * So many 64-bit numbers, each of which may be absent: doubles while they are safe integers, which nearly all are. Nothing of a new one
 * is written to, so that its memory comes as it is used.
 */
export class Int64Column {
  readonly #numbers: Float64Array;
  readonly #kinds: Uint8Array;
  readonly #large = new Map<number, bigint>();

  constructor(length: number) {
    this.#numbers = new Float64Array(length);
    this.#kinds = new Uint8Array(length);
  }

  get(index: number): Int64 | undefined {
    const kind = this.#kinds[index];
    if (kind === ABSENT) return undefined;
    return kind === NUMBER ? this.#numbers[index] : this.#large.get(index);
  }

  set(index: number, value: Int64): void {
    if (typeof value === 'number') {
      this.#numbers[index] = value;
      this.#kinds[index] = NUMBER;
    } else {
      this.#large.set(index, value);
      this.#kinds[index] = LARGE;
    }
  }

  has(index: number): boolean {
    return this.#kinds[index] !== ABSENT;
  }
}
