import type { ByteWriter } from './bytes.js';
import { add, type Int64 } from './int64.js';

export type ProtocolVersion = 2 | 3;

const COLON = 58;
const DOLLAR = 36;
const STAR = 42;
const PERCENT = 37;
const TILDE = 126;
const GREATER = 62;
const MINUS = 45;
const ZERO = 48;
const CR = 13;
const LF = 10;

/** Room for `:-9223372036854775808\r\n`. */
const INTEGER_ROOM = 24;

/**
 * Writes replies as RESP2 or RESP3 bytes. What RESP2 lacks takes its RESP2 form: a map becomes an array of twice the
 * length, null a null bulk string, a verbatim string a bulk string.
 */
export class ReplyWriter {
  out: ByteWriter;
  protocol: ProtocolVersion = 2;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  status(text: string): void {
    this.out.latin1(`+${text}\r\n`);
  }

  ok(): void {
    this.out.latin1('+OK\r\n');
  }

  /** `text` starts with its code (`ERR …`); line ends in it become spaces, as in Redis. */
  error(text: string): void {
    this.out.latin1(`-${text.replace(/[\r\n]/g, ' ')}\r\n`);
  }

  integer(value: Int64): void {
    writeIntegerLine(this.out, COLON, value);
  }

  nil(): void {
    this.out.latin1(this.protocol === 3 ? '_\r\n' : '$-1\r\n');
  }

  nilArray(): void {
    this.out.latin1(this.protocol === 3 ? '_\r\n' : '*-1\r\n');
  }

  bulk(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const out = this.out;
    writeIntegerLine(out, DOLLAR, end - start);
    out.copy(bytes, start, end);
    writeLineEnd(out);
  }

  /** A bulk string of latin1 text (a JavaScript string whose characters are bytes). */
  bulkText(text: string): void {
    writeIntegerLine(this.out, DOLLAR, text.length);
    this.out.latin1(text);
    writeLineEnd(this.out);
  }

  /** A bulk string of the decimal digits of an integer. */
  bulkInteger(value: Int64): void {
    this.bulkText(String(value));
  }

  /** RESP3's double, with as many digits as Redis writes. */
  double(value: number): void {
    const digits = String(Number.isInteger(value) ? value : value.toPrecision(17));
    const text = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
    if (this.protocol === 3) this.out.latin1(`,${text}\r\n`);
    else this.bulkText(text);
  }

  array(length: number): void {
    writeIntegerLine(this.out, STAR, length);
  }

  /** The head of a map; `length` pairs must follow. */
  map(length: number): void {
    if (this.protocol === 3) writeIntegerLine(this.out, PERCENT, length);
    else writeIntegerLine(this.out, STAR, length * 2);
  }

  /** What the client did not ask for, or not just now (RESP3's push); in RESP2 an array. */
  push(length: number): void {
    writeIntegerLine(this.out, this.protocol === 3 ? GREATER : STAR, length);
  }

  set(length: number): void {
    writeIntegerLine(this.out, this.protocol === 3 ? TILDE : STAR, length);
  }

  /** Plain text that a RESP3 client shows as it is (INFO, CLIENT LIST). */
  verbatim(text: string): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    this.out.latin1(`=${text.length + 4}\r\ntxt:${text}\r\n`);
  }
}

/** `<prefix><value>\r\n` */
export function writeIntegerLine(out: ByteWriter, prefix: number, value: Int64): void {
  out.reserve(INTEGER_ROOM);
  const bytes = out.bytes;
  let position = out.length;
  bytes[position++] = prefix;
  if (typeof value === 'number') position = writeDigits(bytes, position, value);
  else position += bytes.write(value.toString(), position, 'latin1');
  bytes[position++] = CR;
  bytes[position++] = LF;
  out.length = position;
}

/**
 * `:<first>\r\n:<first + step>\r\n` … for `count` numbers. While they stay safe and go up by 1, each line is the one
 * before with its digits counted up in place: half the cost of dividing anew.
 */
export function writeIntegerRun(out: ByteWriter, first: Int64, step: Int64, count: number): void {
  if (step !== 1 || typeof first !== 'number' || first < 0 || first + count > 9e15) {
    let value: Int64 = first;
    for (let left = count; left > 0; left--) {
      writeIntegerLine(out, COLON, value);
      if (left > 1) value = add(value, step) as Int64;
    }
    return;
  }
  writeIntegerLine(out, COLON, first);
  let line = 1 + countDigits(first) + 2;
  for (let i = 1; i < count; i++) {
    out.reserve(INTEGER_ROOM);
    const { bytes } = out;
    const at = out.length;
    for (let j = 0; j < line; j++) bytes[at + j] = bytes[at - line + j] as number;
    let digit = at + line - 3;
    while (bytes[digit] === ZERO + 9) bytes[digit--] = ZERO;
    if (digit === at) {
      // 99 became 00: one digit more.
      writeIntegerLine(out, COLON, first + i);
      line++;
      continue;
    }
    bytes[digit] = (bytes[digit] as number) + 1;
    out.length = at + line;
  }
}

/** Writes a safe integer in decimal; the position behind it. */
export function writeDigits(bytes: Uint8Array, start: number, value: number): number {
  let position = start;
  let rest = value;
  if (rest < 0) {
    bytes[position++] = MINUS;
    rest = -rest;
  }
  const length = countDigits(rest);
  let at = position + length;
  // Integer division of a double is slow; below 2^31 the machine's own is used.
  while (rest > 0x7fffffff) {
    const quotient = Math.floor(rest / 10);
    bytes[--at] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    bytes[--at] = ZERO + (small - quotient * 10);
    small = quotient;
  } while (at > position);
  return position + length;
}

function countDigits(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10000) return 4;
  if (value < 100000) return 5;
  if (value < 1000000) return 6;
  if (value < 10000000) return 7;
  if (value < 100000000) return 8;
  let digits = 9;
  for (let bound = 1e9; value >= bound; bound *= 10) digits++;
  return digits;
}

function writeLineEnd(out: ByteWriter): void {
  out.reserve(2);
  out.bytes[out.length++] = CR;
  out.bytes[out.length++] = LF;
}
