/**
 * How often something took how long: buckets of nanoseconds, sixteen to each power of two, so that a percentile is off by a
 * sixteenth at most. 2 KB.
 */
const STEPS = 16;
const STEP_BITS = 4;
const LONGEST_NS = 2 ** 31 - 1;
const BUCKETS = (31 - STEP_BITS + 1) * STEPS;

/** Buckets and their counts in turn, in ascending order; without those of count 0. */
export type SparseCounts = readonly number[];

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);

  add(nanoseconds: number): void {
    const bucket = bucketOf(nanoseconds);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  sparse(): SparseCounts {
    const pairs: number[] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) pairs.push(bucket, count);
    });
    return pairs;
  }
}

function bucketOf(nanoseconds: number): number {
  const value = Math.min(LONGEST_NS, Math.max(0, Math.round(nanoseconds)));
  if (value < STEPS) return value;
  const exponent = 31 - Math.clz32(value);
  return (exponent - STEP_BITS + 1) * STEPS + ((value >>> (exponent - STEP_BITS)) & (STEPS - 1));
}

/** The longest time that a bucket counts. */
function longestOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const shift = Math.floor(bucket / STEPS) - 1;
  return (STEPS + (bucket % STEPS) + 1) * 2 ** shift - 1;
}

/** The counts of two processes together. */
export function addCounts(a: SparseCounts, b: SparseCounts): SparseCounts {
  const sums = new Map<number, number>();
  for (const counts of [a, b]) {
    for (let i = 0; i < counts.length; i += 2) {
      const bucket = counts[i] as number;
      sums.set(bucket, (sums.get(bucket) ?? 0) + (counts[i + 1] as number));
    }
  }
  return [...sums].sort(([x], [y]) => x - y).flat();
}

/** The nanoseconds within which `percent` of what was counted took place; 0 without anything. */
export function percentile(counts: SparseCounts, percent: number): number {
  const wanted = Math.max(1, Math.ceil((total(counts) * percent) / 100));
  let seen = 0;
  for (let i = 0; i < counts.length; i += 2) {
    seen += counts[i + 1] as number;
    if (seen >= wanted) return longestOf(counts[i] as number);
  }
  return 0;
}

/**
 * Redis's form: for each power of two, from 1024 ns on, in which something was counted, its microseconds and how many of `calls` took no
 * longer, as many as their part of what was counted.
 */
export function cumulative(counts: SparseCounts, calls: number): [number, number][] {
  const all = total(counts);
  const steps = new Map<number, number>();
  let seen = 0;
  for (let i = 0; i < counts.length; i += 2) {
    seen += counts[i + 1] as number;
    steps.set(microseconds(longestOf(counts[i] as number)), Math.round((seen / all) * calls));
  }
  return [...steps];
}

/** The end of the power of two that holds a time, as Redis's own buckets have it: 1, 2, 4, 8, 16, 33, 66, … */
function microseconds(nanoseconds: number): number {
  const exponent = Math.max(10, Math.ceil(Math.log2(nanoseconds + 1)));
  return Math.floor((2 ** exponent + 2 ** (exponent - 7) - 1) / 1000);
}

function total(counts: SparseCounts): number {
  let sum = 0;
  for (let i = 1; i < counts.length; i += 2) sum += counts[i] as number;
  return sum;
}
