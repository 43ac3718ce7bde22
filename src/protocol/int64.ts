/**
 * Exact arithmetic over the whole signed 64-bit range.
 *
 * An Int64 is a `number` while it is a safe integer and a `bigint` beyond; never the other way round, so that
 * `===` compares two of them. Sums and differences of safe integers stay within 2^54, where a double is either
 * exact or detectably unsafe, so the fast path needs no bigint.
 */
export type Int64 = number | bigint;

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;

const TWO_32 = 4294967296;
const ZERO = 48;
const MINUS = 45;

/** The canonical form of a bigint within the 64-bit range. */
export function fromBigInt(value: bigint): Int64 {
  const double = Number(value);
  return Number.isSafeInteger(double) ? double : value;
}

/** a + b, or undefined when the sum leaves the 64-bit range. */
export function add(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return inRange(BigInt(a) + BigInt(b));
}

/** a - b, or undefined when the difference leaves the 64-bit range. */
export function subtract(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return inRange(BigInt(a) - BigInt(b));
}

/** a × b, or undefined when the product leaves the 64-bit range. */
export function multiply(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // The addition of 0 turns -0 into 0: a value never has a signed zero.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return inRange(BigInt(a) * BigInt(b));
}

/** value + step × count, or undefined when it leaves the 64-bit range; the product alone may. */
export function advance(value: Int64, step: Int64, count: number): Int64 | undefined {
  if (typeof value === 'number' && typeof step === 'number') {
    const product = step * count;
    const sum = value + product;
    if (Number.isSafeInteger(product) && Number.isSafeInteger(sum)) return sum + 0;
  }
  return inRange(BigInt(value) + BigInt(step) * BigInt(count));
}

/** a - b exactly, though it leave the 64-bit range: two of its values may lie 2^64 apart. */
export function distance(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return fromBigInt(BigInt(a) - BigInt(b));
}

function inRange(value: bigint): Int64 | undefined {
  return value > INT64_MAX || value < INT64_MIN ? undefined : fromBigInt(value);
}

/**
 * The integer written in `bytes[start, end)`, or undefined when it is not one.
 * Redis's grammar (string2ll): `0`, or an optional minus and digits without a leading zero, within 64 bits.
 */
export function parseInt64(bytes: Uint8Array, start: number, end: number): Int64 | undefined {
  let position = start;
  if (position >= end) return undefined;
  const negative = bytes[position] === MINUS;
  if (negative) position++;
  const digits = end - position;
  if (digits < 1 || digits > 19) return undefined;
  const first = (bytes[position] as number) - ZERO;
  if (first === 0) return digits === 1 && !negative ? 0 : undefined;
  if (first < 1 || first > 9) return undefined;
  let value = first;
  const exact = Math.min(end, position + 15);
  for (position++; position < exact; position++) {
    const digit = (bytes[position] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (position === end) return negative ? -value : value;
  let long = BigInt(value);
  for (; position < end; position++) {
    const digit = (bytes[position] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    long = long * 10n + BigInt(digit);
  }
  return inRange(negative ? -long : long);
}

/** Reads 8 bytes, little-endian two's complement. */
export function readInt64(bytes: Uint8Array, offset: number): Int64 {
  return fromWords(readWord(bytes, offset), readWord(bytes, offset + 4));
}

/** Writes 8 bytes, little-endian two's complement. */
export function writeInt64(bytes: Uint8Array, offset: number, value: Int64): void {
  writeWord(bytes, offset, lowWord(value));
  writeWord(bytes, offset + 4, highWord(value));
}

/** An Int64 from its low and its high 32 bits, each signed or unsigned. */
export function fromWords(low: number, high: number): Int64 {
  const value = (high | 0) * TWO_32 + (low >>> 0);
  if (Number.isSafeInteger(value)) return value;
  return fromBigInt((BigInt(high | 0) << 32n) | BigInt(low >>> 0));
}

export function lowWord(value: Int64): number {
  // `| 0` is ECMAScript's ToInt32: exact modulo 2^32 for every safe integer.
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
}

export function highWord(value: Int64): number {
  return typeof value === 'number' ? Math.floor(value / TWO_32) | 0 : Number(value >> 32n);
}

function readWord(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

function writeWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word;
  bytes[offset + 1] = word >>> 8;
  bytes[offset + 2] = word >>> 16;
  bytes[offset + 3] = word >>> 24;
}
