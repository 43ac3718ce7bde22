import { allCommands } from './table.js';

/** What was measured of a command: so many calls took so many microseconds together. */
export interface Timing {
  readonly measured: number;
  readonly microseconds: number;
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

  record(index: number, milliseconds: number): void {
    this.#measured[index] = (this.#measured[index] as number) + 1;
    this.#microseconds[index] = (this.#microseconds[index] as number) + milliseconds * 1000;
  }

  of(index: number): Timing {
    const [measured, microseconds] = [this.#measured[index], this.#microseconds[index]];
    return { measured: measured as number, microseconds: microseconds as number };
  }

  /** By name; commands without a sample are left out. */
  all(): Record<string, Timing> {
    const timed = allCommands().filter(({ index }) => (this.#measured[index] as number) > 0);
    return Object.fromEntries(timed.map(({ name, index }) => [name, this.of(index)]));
  }

  reset(): void {
    this.#measured.fill(0);
    this.#microseconds.fill(0);
  }
}
