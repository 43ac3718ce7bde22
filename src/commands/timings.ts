import { Histogram, type SparseCounts } from './histogram.js';
import { allCommands } from './table.js';

/** What was measured of a command: so many calls took so many microseconds together. */
export interface Timing {
  readonly measured: number;
  readonly microseconds: number;
}

/** The same with how the times are spread. */
export interface SpreadTiming extends Timing {
  readonly histogram: SparseCounts;
}

/** One call of each command in so many is timed, the first among them: a clock reading costs as much as an INCR. */
const SAMPLED_OF = 64;

/** Whether the call with this number, from 1, is one of those. */
export function isSampled(call: number): boolean {
  return (call & (SAMPLED_OF - 1)) === 1;
}

/** How long the commands of this process take, by samples. */
export class Timings {
  readonly #measured = new Float64Array(allCommands().length);
  readonly #microseconds = new Float64Array(allCommands().length);
  /** Made at a command's first sample. */
  readonly #histograms: (Histogram | undefined)[] = [];

  record(index: number, milliseconds: number): void {
    this.#histograms[index] ??= new Histogram();
    this.#histograms[index].add(milliseconds * 1e6);
    this.#measured[index] = (this.#measured[index] as number) + 1;
    this.#microseconds[index] = (this.#microseconds[index] as number) + milliseconds * 1000;
  }

  of(index: number): SpreadTiming {
    const [measured, microseconds] = [this.#measured[index], this.#microseconds[index]];
    return {
      measured: measured as number,
      microseconds: microseconds as number,
      histogram: this.#histograms[index]?.sparse() ?? [],
    };
  }

  /** By name; commands without a sample are left out. */
  all(): Record<string, SpreadTiming> {
    const timed = allCommands().filter(({ index }) => (this.#measured[index] as number) > 0);
    return Object.fromEntries(timed.map(({ name, index }) => [name, this.of(index)]));
  }

  reset(): void {
    this.#measured.fill(0);
    this.#microseconds.fill(0);
    this.#histograms.length = 0;
  }
}
