import { type Int64, parseInt64 } from '../protocol/int64.js';
import { type Arguments, CommandError, NOT_AN_INTEGER } from './command.js';

/** How handlers read the words of a request. */

/** Option words compare as Redis compares them: ASCII case does not matter, and a NUL ends the word. */
export function optionWord(request: Arguments, index: number): string {
  return upperCase(untilNul(request.text(index)));
}

/** Only ASCII letters change: a latin1 byte is not a letter (`ß` would become `SS`). */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Redis quotes a client's words in errors as C strings, which a NUL ends. */
export function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

export function integerAt(request: Arguments, index: number): Int64 | undefined {
  return parseInt64(request.bytes, request.starts[index] as number, request.ends[index] as number);
}

/** The integer in the argument, or a CommandError. */
export function requireInteger(request: Arguments, index: number): Int64 {
  const value = integerAt(request, index);
  if (value === undefined) throw new CommandError(NOT_AN_INTEGER);
  return value;
}

const INT_MAX = 2147483647;

/** An integer of 32 bits, with Redis's texts for a larger one and for what is none, or `error` for both. */
export function requireInt(request: Arguments, index: number, error?: string): number {
  const value = integerAt(request, index);
  if (value === undefined) throw new CommandError(error ?? NOT_AN_INTEGER);
  if (value < -INT_MAX - 1 || value > INT_MAX) {
    throw new CommandError(
      error ?? `ERR value is out of range, value must between ${-INT_MAX - 1} and ${INT_MAX}`,
    );
  }
  return Number(value);
}

/** What a request took on the wire, as far as it can be told from its words. */
export function requestBytes(request: Arguments): number {
  const { count, starts, ends } = request;
  let bytes = request.isInline === true ? 1 : countLine(count);
  for (let i = 0; i < count; i++) {
    const length = (ends[i] as number) - (starts[i] as number);
    bytes += request.isInline === true ? length + 1 : countLine(length) + length + 2;
  }
  return bytes;
}

/** `*3\r\n` */
function countLine(count: number): number {
  return String(count).length + 3;
}

/** The argument as UTF-8, which is the encoding of everything in the configuration. */
export function utf8At(request: Arguments, index: number): string {
  return request.bytes.toString('utf8', request.starts[index], request.ends[index]);
}

export function wrongArity(name: string): string {
  return `ERR wrong number of arguments for '${name}' command`;
}

/** Redis's text where a subcommand itself, not the table, minds how many arguments there are. */
export function wrongSubcommandArity(request: Arguments): string {
  const word = untilNul(request.text(1)).slice(0, 128);
  const container = upperCase(untilNul(request.text(0)));
  return `ERR unknown subcommand or wrong number of arguments for '${word}'. Try ${container} HELP.`;
}
