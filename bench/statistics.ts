/** Middle, least and greatest of some figures. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** The middle value, or the mean of the two middle ones. Not a number without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}

/**
 * How one series compares with another that was measured beside it: the ratio is taken within each pair and the
 * spread over the pairs, so that a slow minute of the machine, which hits both, cancels out.
 */
export function ratioOfPairs(above: readonly number[], below: readonly number[]): Spread {
  const ratios: number[] = [];
  for (const [index, value] of above.entries()) {
    const other = below[index];
    if (other !== undefined && other > 0) ratios.push(value / other);
  }
  return spreadOf(ratios);
}
