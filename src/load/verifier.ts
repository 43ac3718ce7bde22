import { Intervals } from './intervals.js';
import type { ReplyKind } from './verbs.js';

/** What a reply broke. */
export interface Violation {
  /** `repeat`: a number came again. `order`: it is not above one that had been answered before it was asked for. */
  readonly kind: 'repeat' | 'order' | 'not-a-number';
  readonly key: number;
  readonly text: string;
}

/** Runs of numbers that are remembered of one sequence before those are looked for that can be forgotten. */
const RUNS_BEFORE_PRUNING = 1024;
const VIOLATIONS_KEPT = 10;

/**
 * Judges the numbers that several connections get, while they come. For each sequence:
 *
 * - no number comes twice;
 * - a number is above every one whose reply had arrived when it was asked for, on whichever connection (its *floor*);
 * - a connection's own numbers rise, also among commands that were under way together;
 * - a value that is read is not below its floor.
 *
 * Memory follows the commands under way, not the numbers served: what is at or below the lowest floor of them needs no
 * remembering, since it would break the second rule if it came again.
 */
export class Verifier {
  readonly violations: Violation[] = [];
  violationCount = 0;
  /** Numbers that came and broke nothing. */
  verified = 0;

  /** The highest number that was answered, by sequence. */
  readonly #highest: Float64Array;
  readonly #underWay: Uint32Array;
  readonly #seen = new Map<number, Intervals>();
  readonly #own: OwnNumbers[];
  readonly #lowestFloor: (key: number) => number;
  #pruneAt = RUNS_BEFORE_PRUNING;

  /** `lowestFloor` tells the least floor of the commands under way for a sequence, infinity when there is none. */
  constructor(
    keys: number,
    clients: number,
    pipeline: number,
    lowestFloor: (key: number) => number,
  ) {
    this.#highest = new Float64Array(keys);
    this.#underWay = new Uint32Array(keys);
    this.#own = Array.from({ length: clients }, () => new OwnNumbers(pipeline));
    this.#lowestFloor = lowestFloor;
  }

  /** What a sequence stood at before the first command. */
  begin(key: number, value: number): void {
    this.#highest[key] = value;
  }

  highestOf(key: number): number {
    return this.#highest[key] ?? 0;
  }

  /** A command goes out: the floor of what it will be answered, which is to be given back with the answer. */
  sent(key: number): number {
    this.#underWay[key] = (this.#underWay[key] ?? 0) + 1;
    return this.#highest[key] ?? 0;
  }

  /** A command whose answer is an error, or will never come. */
  unanswered(key: number): void {
    this.#leave(key);
  }

  /** The answer to a command: numbers `first` to `last`, or for a read the value, twice. */
  answered(
    kind: ReplyKind,
    client: number,
    key: number,
    floor: number,
    first: number,
    last: number,
  ): void {
    const others = this.#leave(key);
    if (kind === 'other') return;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first > last) {
      this.#violate('not-a-number', key, `${first} is no number from -2^53 to 2^53`);
      return;
    }
    const own = this.#own[client];
    const ownHighest = own?.get(key) ?? Number.NEGATIVE_INFINITY;
    const least = Math.max(floor, ownHighest);
    if (kind === 'read') {
      if (first < least) this.#violate('order', key, `${first} was read after ${least}`);
    } else if (this.#take(key, first, last, least, others > 0)) {
      this.verified += last - first + 1;
    }
    own?.set(key, Math.max(last, ownHighest));
    if (last > (this.#highest[key] ?? 0)) this.#highest[key] = last;
  }

  #take(key: number, first: number, last: number, least: number, isShared: boolean): boolean {
    let seen = this.#seen.get(key);
    // Without others under way the floors of all that follow are above these numbers.
    if (seen === undefined && isShared) {
      seen = new Intervals();
      this.#seen.set(key, seen);
    }
    if (seen !== undefined && !seen.add(first, last)) {
      this.#violate('repeat', key, `${first === last ? first : `${first} to ${last}`} came again`);
      return false;
    }
    if (seen !== undefined && !isShared) this.#seen.delete(key);
    else if (seen !== undefined && seen.size > this.#pruneAt) this.#prune(key, seen);
    if (first > least) return true;
    this.#violate('order', key, `${first} came after ${least} had been answered`);
    return false;
  }

  #prune(key: number, seen: Intervals): void {
    seen.dropUpTo(this.#lowestFloor(key));
    this.#pruneAt = Math.max(RUNS_BEFORE_PRUNING, 2 * seen.size);
  }

  /** How many commands for the sequence are still under way. */
  #leave(key: number): number {
    const left = (this.#underWay[key] ?? 1) - 1;
    this.#underWay[key] = left;
    return left;
  }

  #violate(kind: Violation['kind'], key: number, text: string): void {
    this.violationCount++;
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ kind, key, text });
  }
}

/**
 * The highest number that a connection got of each sequence, for as many answers as it has commands under way at least:
 * what is older is below the floors of the commands that follow.
 */
class OwnNumbers {
  readonly #kept: number;
  #young = new Map<number, number>();
  #old = new Map<number, number>();
  #sets = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  get(key: number): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: number, value: number): void {
    this.#young.set(key, value);
    if (++this.#sets < this.#kept) return;
    this.#sets = 0;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
