import { createHistogram } from 'node:perf_hooks';

/** Milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly 'p99.9': number;
  readonly 'p99.99': number;
  /** Percentile and value, for a curve: each halving of what is left above it in four steps. */
  readonly distribution: readonly (readonly [percentile: number, ms: number])[];
}

const HOUR_US = 3_600_000_000;
const STEPS_PER_HALVING = 4;

/**
 * Latencies in an HdrHistogram: microseconds, to three digits, from one microsecond to an hour. It is the one of Node itself
 * (HdrHistogram_c), which takes a third of the time per value that hdr-histogram-js does.
 */
export class Latencies {
  readonly #histogram = createHistogram({ lowest: 1, highest: HOUR_US, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.min(HOUR_US, Math.max(1, Math.round(ms * 1000))));
  }

  clear(): void {
    this.#histogram.reset();
  }

  /** Not a number when nothing was recorded. */
  atPercentile(percentile: number): number {
    if (this.#histogram.count === 0) return Number.NaN;
    return this.#histogram.percentile(percentile) / 1000;
  }

  summary(): LatencySummary {
    const { count, mean, min, max } = this.#histogram;
    return {
      count,
      mean: count === 0 ? Number.NaN : mean / 1000,
      min: count === 0 ? Number.NaN : min / 1000,
      max: count === 0 ? Number.NaN : max / 1000,
      p50: this.atPercentile(50),
      p90: this.atPercentile(90),
      p99: this.atPercentile(99),
      'p99.9': this.atPercentile(99.9),
      'p99.99': this.atPercentile(99.99),
      distribution: this.#distribution(count),
    };
  }

  #distribution(count: number): [number, number][] {
    const points: [number, number][] = [];
    for (let step = 0; 2 ** (step / STEPS_PER_HALVING) <= count; step++) {
      const percentile = 100 * (1 - 2 ** (-step / STEPS_PER_HALVING));
      points.push([percentile, this.atPercentile(Math.max(percentile, 1e-9))]);
    }
    if (count > 0) points.push([100, this.#histogram.max / 1000]);
    return points;
  }
}
