import type { Random } from './random.js';

/**
 * Ranks from 1 to `count`, rank r in proportion to 1 / r^exponent, without a table of them: rejection-inversion
 * (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", 1996). It draws
 * from the area under the smooth curve x^-exponent and seldom has to draw again.
 */
export function zipf(count: number, exponent: number, random: Random): () => number {
  const height = (x: number) => x ** -exponent;
  const areaBelowOne = area(1.5, exponent) - 1;
  const wholeArea = area(count + 0.5, exponent);
  const surelyInside = 2 - inverseArea(area(2.5, exponent) - height(2), exponent);
  return () => {
    for (;;) {
      const drawn = wholeArea + random() * (areaBelowOne - wholeArea);
      const x = inverseArea(drawn, exponent);
      const rank = Math.min(count, Math.max(1, Math.round(x)));
      if (rank - x <= surelyInside || drawn >= area(rank + 0.5, exponent) - height(rank)) {
        return rank;
      }
    }
  };
}

/** The integral of t^-exponent from 1 to x. Both functions are exact near an exponent of 1, too. */
function area(x: number, exponent: number): number {
  const log = Math.log(x);
  const power = (1 - exponent) * log;
  return power === 0 ? log : (Math.expm1(power) / power) * log;
}

function inverseArea(value: number, exponent: number): number {
  const scaled = Math.max(-1, value * (1 - exponent));
  return Math.exp(scaled === 0 ? value : (Math.log1p(scaled) / scaled) * value);
}
