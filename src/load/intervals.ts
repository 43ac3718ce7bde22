/**
 * A set of whole numbers, kept as the runs that they form:
 *
 *   ■■■■■■□■■■□□■■   firsts 1 8 13,  lasts 6 10 14
 *
 * Invariant: the runs rise, and at least one number is missing between two of them. So numbers that come nearly in order take
 * no room, however many they are.
 */
export class Intervals {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  /** Of runs, not of numbers. */
  get size(): number {
    return this.#firsts.length;
  }

  /** Adds `first` to `last`. False, with nothing added, when one of them is there already. */
  add(first: number, last: number): boolean {
    const firsts = this.#firsts;
    const lasts = this.#lasts;
    const at = this.#firstEndingFrom(first);
    if (at < firsts.length && (firsts[at] ?? 0) <= last) return false;
    const joinsLeft = at > 0 && lasts[at - 1] === first - 1;
    const joinsRight = at < firsts.length && firsts[at] === last + 1;
    if (joinsLeft && joinsRight) {
      lasts[at - 1] = lasts[at] ?? last;
      firsts.splice(at, 1);
      lasts.splice(at, 1);
    } else if (joinsLeft) {
      lasts[at - 1] = last;
    } else if (joinsRight) {
      firsts[at] = first;
    } else {
      firsts.splice(at, 0, first);
      lasts.splice(at, 0, last);
    }
    return true;
  }

  /** Forgets the runs that end at `value` or below. */
  dropUpTo(value: number): void {
    const kept = this.#firstEndingFrom(value + 1);
    this.#firsts.splice(0, kept);
    this.#lasts.splice(0, kept);
  }

  /** The place of the first run that ends at `value` or above. */
  #firstEndingFrom(value: number): number {
    let low = 0;
    let high = this.#lasts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lasts[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
