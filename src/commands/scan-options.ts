import { fromBigInt, INT64_MAX, type Int64 } from '../protocol/int64.js';
import { type Arguments, CommandError, SYNTAX_ERROR } from './command.js';
import { optionWord, requireInteger, untilNul } from './words.js';

export interface Scan {
  readonly cursor: Int64;
  readonly count: number;
  /** Undefined matches every name. */
  readonly pattern: Buffer | undefined;
  /** False when a TYPE was asked for that no sequence has. */
  readonly isForStrings: boolean;
}

/** The arguments of SCAN; throws the CommandError for what Redis refuses. */
export function parseScan(request: Arguments): Scan {
  const cursor = parseCursor(request.text(1));
  let count = 10;
  let pattern: Buffer | undefined;
  let isForStrings = true;
  for (let i = 2; i < request.count; i += 2) {
    if (i + 1 === request.count) throw new CommandError(SYNTAX_ERROR);
    switch (optionWord(request, i)) {
      case 'COUNT': {
        const asked = requireInteger(request, i + 1);
        if (asked < 1) throw new CommandError(SYNTAX_ERROR);
        count = Number(asked);
        break;
      }
      case 'MATCH':
        pattern = request.bytes.subarray(request.starts[i + 1], request.ends[i + 1]);
        break;
      case 'TYPE':
        isForStrings = optionWord(request, i + 1) === 'STRING';
        break;
      default:
        throw new CommandError(SYNTAX_ERROR);
    }
  }
  return { cursor, count, pattern, isForStrings };
}

/**
 * A cursor as C's strtoul reads it: an empty one is 0, a sign is allowed, and a negative one wraps around. One beyond
 * any place is as good as the end, so those of 63 bits and more become the largest Int64.
 */
function parseCursor(argument: string): Int64 {
  const text = untilNul(argument);
  if (text === '') return 0;
  const parts = /^([+-]?)0*([0-9]{1,20})$/.exec(text);
  const size = BigInt(parts?.[2] ?? -1);
  if (size < 0n || BigInt.asUintN(64, size) !== size) {
    throw new CommandError('ERR invalid cursor');
  }
  const cursor = BigInt.asUintN(64, parts?.[1] === '-' ? -size : size);
  return cursor > INT64_MAX ? INT64_MAX : fromBigInt(cursor);
}
