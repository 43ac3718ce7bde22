import type { Random } from './random.js';
import { zipf } from './zipf.js';

/** Which of several sequences a command is for. */
export interface KeyChoice {
  readonly distribution: 'hot' | 'uniform' | 'zipf';
  /** How many there are. */
  readonly count: number;
  /** Of `zipf`: the sequence of rank r is asked for in proportion to 1 / r^exponent. */
  readonly exponent: number;
}

export const HOT: KeyChoice = { distribution: 'hot', count: 1, exponent: 0 };
export const ZIPF_EXPONENT = 0.99;

/** The number of the next sequence, from 0 up to the count, not the count itself. */
export function keyPicker(choice: KeyChoice, random: Random): () => number {
  const { count } = choice;
  switch (choice.distribution) {
    case 'hot':
      return () => 0;
    case 'uniform':
      return () => Math.floor(random() * count);
    case 'zipf': {
      const rank = zipf(count, choice.exponent, random);
      return () => rank() - 1;
    }
  }
}

/** Reads `hot`, `uniform:1000` or `zipf:1000`, `zipf:1000:1.2`. Undefined for anything else. */
export function parseKeyChoice(text: string): KeyChoice | undefined {
  if (text === 'hot') return HOT;
  const [, distribution, digits, exponent] =
    /^(uniform|zipf):([1-9]\d{0,7})(?::(\d{1,2}(?:\.\d{1,4})?))?$/.exec(text) ?? [];
  const count = Number(digits);
  if (distribution === 'uniform' && exponent === undefined) {
    return { distribution, count, exponent: 0 };
  }
  if (distribution !== 'zipf') return undefined;
  return { distribution, count, exponent: Number(exponent ?? ZIPF_EXPONENT) };
}

/** As `parseKeyChoice` reads it. */
export function describeKeys({ distribution, count, exponent }: KeyChoice): string {
  if (distribution === 'hot') return 'hot';
  return distribution === 'uniform' ? `uniform:${count}` : `zipf:${count}:${exponent}`;
}

const DIGITS = 12;

/** The name of sequence `key`: the prefix alone when there is only one, else with twelve digits. */
export function keyName(prefix: string, { count }: KeyChoice, key: number): string {
  return count === 1 ? prefix : `${prefix}:${String(key + 1).padStart(DIGITS, '0')}`;
}
