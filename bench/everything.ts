import type { IdleResult } from './idle.js';
import type { LatencyResult } from './latency.js';
import type { Machine } from './machine.js';
import type { MemoryResult } from './memory.js';
import type { ShapeRuns } from './rates.js';
import type { ShapeSummary } from './rates-summary.js';
import type { ScalingResult } from './scaling.js';

/** Rates, summed up and run by run. */
export interface RatesFigures {
  readonly summaries: readonly ShapeSummary[];
  readonly runs: readonly ShapeRuns[];
}

/** What the parts of a whole benchmark give; a part that was left out or failed is not there. */
export interface Figures {
  rates?: RatesFigures;
  random?: RatesFigures;
  latency?: readonly LatencyResult[];
  idle?: readonly IdleResult[];
  master?: readonly ScalingResult[];
  memory?: readonly MemoryResult[];
}

export const PART_NAMES = ['rates', 'random', 'latency', 'idle', 'master', 'memory'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** All of one benchmark, as it is kept in bench/results. */
export interface Everything {
  readonly version: string;
  readonly machine: Machine;
  readonly isQuick: boolean;
  readonly figures: Figures;
  /** Why parts are missing. */
  readonly failures: readonly { readonly part: PartName; readonly reason: string }[];
}
