import type { Config } from './directives.js';

/** How long a command may take before somebody wants to know of it. */
export interface Slowness {
  /** In microseconds; Infinity: nobody wants to know. */
  readonly from: number;
  /** So little that commands have to be timed which are fast by their kind, too. */
  readonly isPrecise: boolean;
}

/** Commands that are fast by their kind stay below this, in microseconds. */
const FAST = 1000;

export function slowness(
  config: Pick<Config, 'slowlog-log-slower-than' | 'latency-monitor-threshold'>,
): Slowness {
  const slowerThan = config['slowlog-log-slower-than'];
  const threshold = config['latency-monitor-threshold'];
  const logged = slowerThan < 0 ? Number.POSITIVE_INFINITY : slowerThan;
  const sampled = threshold === 0 ? Number.POSITIVE_INFINITY : threshold * 1000;
  const from = Math.min(logged, sampled);
  return { from, isPrecise: from < FAST };
}
