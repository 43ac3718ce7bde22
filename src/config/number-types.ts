import { parseInt64 } from '../protocol/int64.js';
import { Refusal, shown, type ValueType } from './value-type.js';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What C's long long holds, and its next double: bounds of Redis. What lies between two doubles is rounded. */
export const LONG_MAX = 2 ** 63;

/** In all its digits. */
function digits(value: number): string {
  return value >= LONG_MAX ? '9223372036854775807' : String(BigInt(value));
}

export function integer(options: Bounds & { readonly unit?: string }): ValueType<number> {
  const bounds = `${options.min} to ${digits(options.max)}`;
  return {
    placeholder: options.unit ?? 'number',
    range: options.unit === undefined ? bounds : `${options.unit}, ${bounds}`,
    isList: false,
    parse: ([word = '']) => parseInteger(word, options),
    format: digits,
    write: digits,
  };
}

/** An integer of percent; `%` may follow it. */
export function percent(options: Bounds): ValueType<number> {
  return {
    ...integer({ ...options, unit: 'percent' }),
    parse: ([word = '']) => parseInteger(word.replace(/%$/, ''), options),
  };
}

/** Any number of percentages, with fractions; one empty word is none. */
export function percentages(): ValueType<readonly number[]> {
  const parse = (words: readonly string[]): readonly number[] | Refusal => {
    const values = words.length === 1 && words[0] === '' ? [] : words.map(Number);
    if (words.some((word, i) => !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(word) && i < values.length)) {
      const text = 'Invalid latency-tracking-info-percentiles parameters';
      return new Refusal(text, text);
    }
    if (values.every((value) => value >= 0 && value <= 100)) return values;
    const text = 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]';
    return new Refusal(text, text);
  };
  return {
    placeholder: 'percentages',
    range: 'any number of percentages',
    isList: true,
    parse,
    format: (values) => values.join(' '),
    write: (values) => (values.length === 0 ? '""' : values.join(' ')),
  };
}

/** A file's permissions. */
export function octal(options: Bounds): ValueType<number> {
  const bounds = `${options.min.toString(8)} to ${options.max.toString(8)}`;
  return {
    placeholder: 'octal',
    range: `octal, ${bounds}`,
    isList: false,
    parse: ([word = '']) => {
      if (!/^[0-7]+$/.test(word)) return notAnInteger(`${shown(word)} is not an octal number`);
      const value = Number.parseInt(word, 8);
      return value >= options.min && value <= options.max ? value : outOfRange(word, options, 8);
    },
    format: (value) => value.toString(8),
    write: (value) => value.toString(8),
  };
}

const BYTE_UNITS = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', 1024],
  ['m', 1000 ** 2],
  ['mb', 1024 ** 2],
  ['g', 1000 ** 3],
  ['gb', 1024 ** 3],
]);

export function bytes(options: Bounds): ValueType<number> {
  return {
    placeholder: 'bytes',
    range: `bytes, ${writeBytes(options.min)} to ${writeBytes(options.max)}`,
    isList: false,
    parse: ([word = '']) => {
      const value = parseBytes(word);
      if (value === undefined) {
        return new Refusal(
          'argument must be a memory value',
          `${shown(word)} is not a number of bytes (such as 100kb, 64mb or 1gb)`,
        );
      }
      // LONG_MAX itself is rounded up to what is one too many.
      const isTooMuch = options.max === LONG_MAX && /^0*9223372036854775808b?$/i.test(word);
      if (value >= options.min && value <= options.max && !isTooMuch) return value;
      return outOfRange(word, options, 10, writeBytes);
    },
    format: digits,
    write: writeBytes,
  };
}

/** A number of bytes in Redis's form: `1k` is 1000, `1kb` is 1024, likewise m and g; undefined when it is none. */
export function parseBytes(word: string): number | undefined {
  const [, digits, unit] = /^([0-9]+)([a-z]*)$/i.exec(word) ?? [];
  const factor = BYTE_UNITS.get(unit?.toLowerCase() ?? '');
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** With the largest unit that leaves no fraction. */
export function writeBytes(count: number): string {
  for (const unit of ['gb', 'mb', 'kb']) {
    const factor = BYTE_UNITS.get(unit) as number;
    if (count > 0 && count % factor === 0) return `${count / factor}${unit}`;
  }
  return digits(count);
}

function parseInteger(word: string, bounds: Bounds): number | Refusal {
  const text = Buffer.from(word);
  const value = parseInt64(text, 0, text.length);
  if (value === undefined) {
    const range = `${bounds.min} to ${digits(bounds.max)}`;
    return notAnInteger(`${shown(word)} is not a whole number (${range})`);
  }
  if (value >= bounds.min && value <= bounds.max) return Number(value);
  return outOfRange(word, bounds, 10);
}

function notAnInteger(text: string): Refusal {
  return new Refusal("argument couldn't be parsed into an integer", text);
}

function outOfRange(
  word: string,
  { min, max }: Bounds,
  radix: number,
  write?: (value: number) => string,
): Refusal {
  const [low, high] =
    radix === 10 ? [digits(min), digits(max)] : [min, max].map((each) => each.toString(radix));
  return new Refusal(
    `argument must be between ${low} and ${high} inclusive`,
    `${shown(word)} is out of range (${write?.(min) ?? low} to ${write?.(max) ?? high})`,
  );
}
