import { fromBigInt, type Int64, parseInt64 } from '../protocol/int64.js';

/** Longer texts are no numbers to Redis. */
const LENGTH_LIMIT = 5 * 1024;
/** What the widest floating-point number of C holds, in powers of ten; beyond, it is out of range. */
const EXPONENT_LIMIT = 4932;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * The integer that a decimal number is, be it written with a fraction or an exponent: `12.0`, `1.5e1`. `fraction` when it is
 * none of 64 bits, `none` for what is no number.
 */
export function exactInteger(text: string): Int64 | 'fraction' | 'infinite' | 'none' {
  if (text.length >= LENGTH_LIMIT) return 'none';
  const [, hexSign, hex] = /^([+-]?)(0x[0-9a-f]+)$/i.exec(text) ?? [];
  if (hex !== undefined) return fromBigInt64(BigInt(hex) * (hexSign === '-' ? -1n : 1n));
  if (/^[+-]?inf(inity)?$/i.test(text)) return 'infinite';
  const [matched, sign, whole = '', behind = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (matched === undefined || whole + behind === '') return 'none';
  const digits = (whole + behind).replace(/^0+/, '');
  if (digits === '') return 0;
  // The number is 0.<digits> × 10^scale.
  const scale = Number(exponent) + digits.length - behind.length;
  if (scale > EXPONENT_LIMIT + 1 || scale < -EXPONENT_LIMIT) return 'none';
  const significant = digits.replace(/0+$/, '');
  if (scale < significant.length || scale > 19) return 'fraction';
  const bytes = Buffer.from(`${sign === '-' ? '-' : ''}${significant.padEnd(scale, '0')}`);
  return parseInt64(bytes, 0, bytes.length) ?? 'fraction';
}

function fromBigInt64(value: bigint): Int64 | 'fraction' {
  return BigInt.asIntN(64, value) === value ? fromBigInt(value) : 'fraction';
}
