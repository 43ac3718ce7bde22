import type { ClockStep, Operation } from './history.js';

/**
 * What the server's clock may have shown when an operation was executed, in whole ms. It shows what the machine's does, but never less than
 * it has shown before; so it is ahead of the right time by no less than the machine's clock is now, and by no more than that ever was.
 */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
  /** By which the machine's clock was ahead of the right time at least. */
  readonly offsetMs: number;
}

/** The moment of an operation that was answered, or was executed before `untilMs`, if at all. */
export function momentOf(
  { sentMs, answeredMs, outcome }: Operation,
  untilMs: number,
  steps: readonly ClockStep[],
): Moment {
  if (Number.isNaN(sentMs)) return { earliest: -Infinity, latest: Infinity, offsetMs: -Infinity };
  const endMs = outcome === 'ok' ? answeredMs : untilMs;
  let least = 0;
  let most = 0;
  for (const { atMs, offsetMs } of steps) {
    if (atMs > endMs) break;
    least = atMs < sentMs ? offsetMs : Math.min(least, offsetMs);
    most = Math.max(most, offsetMs);
  }
  const latest = Math.floor(endMs + most);
  return { earliest: Math.floor(sentMs + least), latest, offsetMs: least };
}

/** The moment, when the server's clock is known to be ahead by `offsetMs` at least, or to show no less than `floorMs`. */
export function notBefore(
  { earliest, latest, offsetMs: own }: Moment,
  offsetMs: number,
  floorMs: number,
): Moment {
  const ahead = offsetMs > own ? earliest - own + offsetMs : earliest;
  return { earliest: Math.max(Math.floor(ahead), floorMs), latest, offsetMs: own };
}
