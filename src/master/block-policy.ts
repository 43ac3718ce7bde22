/** Milliseconds in one tick of the clock that reservations are dated with. */
export const TICK_MS = 10;

/** A block that lasted this many times the block time was far too large. */
const FAR_LONGER = 8;

/** The settings that decide how large the next block is. */
export interface BlockSettings {
  /** The smallest block; 1 makes every sequence exact. */
  readonly block: number;
  readonly blockMax: number;
  /** Percent of a block: when less is left, the next one is reserved. */
  readonly threshold: number;
  /** A block that lasted less is followed by one twice as large. */
  readonly blockTimeMs: number;
}

/**
 * The exponent of the next block (block × 2^shift), from that of the last one and the ticks that one lasted. A block
 * that lasted less than the block time is doubled; one that lasted far longer is halved as often as it was too large,
 * so that a sequence that has become slow leaves a small gap after the next crash.
 */
export function nextShift(settings: BlockSettings, shift: number, ticks: number): number {
  if (settings.block === 1) return 0;
  const target = settings.blockTimeMs / TICK_MS;
  if (ticks < target) {
    return blockSize(settings, shift) < settings.blockMax ? shift + 1 : shift;
  }
  let smaller = shift;
  for (let rest = ticks; rest > target * FAR_LONGER && smaller > 0; rest /= 2) smaller--;
  return smaller;
}

export function blockSize(settings: BlockSettings, shift: number): number {
  if (settings.block === 1) return 1;
  return Math.min(settings.block * 2 ** shift, Math.max(settings.blockMax, settings.block));
}

/** Whether so little is left of a block that the next one is due. Blocks of 1 are never reserved ahead. */
export function isRefillDue(settings: BlockSettings, left: number, block: number): boolean {
  return block > 1 && left * 100 < block * settings.threshold;
}
