/** Where values lie on an axis, and which of them are written beside it. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Powers of ten, from the one at or below `least` to the one at or above `greatest`; both above zero. */
export function logScale(least: number, greatest: number, from: number, to: number): Scale {
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(greatest)));
  return {
    at: (value) => from + ((to - from) * (Math.log10(value) - low)) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
  };
}

/** 1234567 as 1.23M, 0.5 as 0.5: three digits at most. */
export function short(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e3) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
