/** A set of small numbers: which commands a selector allows. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array((size + 31) >> 5);
  }

  has(bit: number): boolean {
    return ((this.#words[bit >> 5] as number) & (1 << (bit & 31))) !== 0;
  }

  set(bit: number, isSet: boolean): void {
    const word = this.#words[bit >> 5] as number;
    const mask = 1 << (bit & 31);
    this.#words[bit >> 5] = isSet ? word | mask : word & ~mask;
  }

  fill(isSet: boolean): void {
    this.#words.fill(isSet ? 0xffffffff : 0);
  }

  /** Sets or clears all that `mask` has. */
  change(mask: Bits, isSet: boolean): void {
    for (let i = 0; i < this.#words.length; i++) {
      const word = this.#words[i] as number;
      const other = mask.#words[i] as number;
      this.#words[i] = isSet ? word | other : word & ~other;
    }
  }

  /** How many of `mask` are set. */
  count(mask: Bits): number {
    let sum = 0;
    for (let i = 0; i < this.#words.length; i++) {
      sum += ones((this.#words[i] as number) & (mask.#words[i] as number));
    }
    return sum;
  }

  copy(): Bits {
    const copy = new Bits(this.#words.length * 32);
    copy.#words.set(this.#words);
    return copy;
  }

  toText(): string {
    return Buffer.from(this.#words.buffer).toString('base64');
  }

  static fromText(text: string): Bits {
    const bytes = Buffer.from(text, 'base64');
    const bits = new Bits(bytes.length * 8);
    for (let i = 0; i < bits.#words.length; i++) bits.#words[i] = bytes.readUInt32LE(i * 4);
    return bits;
  }
}

function ones(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return (((count + (count >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
