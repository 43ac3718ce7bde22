import type { Int64 } from '../protocol/int64.js';

/** So many 64-bit numbers, each of which may be absent: doubles while they are safe integers, which nearly all are. */
export class Int64Column {
  readonly #numbers: Float64Array;
  readonly #large = new Map<number, bigint>();

  constructor(length: number) {
    this.#numbers = new Float64Array(length).fill(Number.NaN);
  }

  get(index: number): Int64 | undefined {
    const number = this.#numbers[index] as number;
    return Number.isNaN(number) ? this.#large.get(index) : number;
  }

  set(index: number, value: Int64 | undefined): void {
    this.#large.delete(index);
    this.#numbers[index] = typeof value === 'number' ? value : Number.NaN;
    if (typeof value === 'bigint') this.#large.set(index, value);
  }

  has(index: number): boolean {
    return !Number.isNaN(this.#numbers[index]) || this.#large.has(index);
  }
}
