import { add, type Int64, multiply } from '../protocol/int64.js';
import { type Arguments, CommandError, SYNTAX_ERROR } from './command.js';
import { optionWord, requireInteger } from './words.js';

export type ExpiryUnit = 'EX' | 'PX' | 'EXAT' | 'PXAT';

/** The time stands in argument `index`. */
export interface ExpiryOption {
  readonly unit: ExpiryUnit;
  readonly index: number;
}

export interface SetOptions {
  readonly condition: 'NX' | 'XX' | undefined;
  readonly isGet: boolean;
  readonly keepsTtl: boolean;
  readonly expiry: ExpiryOption | undefined;
}

/**
 * The options of SET from argument 3 on, in any order, or undefined for a syntax error. As in Redis, the same option
 * may come twice (the last time counts), but NX excludes XX, and of the five that speak of time there is one.
 */
export function parseSetOptions(request: Arguments): SetOptions | undefined {
  let condition: SetOptions['condition'];
  let isGet = false;
  let keepsTtl = false;
  let expiry: ExpiryOption | undefined;
  for (let i = 3; i < request.count; i++) {
    const word = optionWord(request, i);
    switch (word) {
      case 'NX':
      case 'XX':
        if (condition !== undefined && condition !== word) return undefined;
        condition = word;
        break;
      case 'GET':
        isGet = true;
        break;
      case 'KEEPTTL':
        if (expiry !== undefined) return undefined;
        keepsTtl = true;
        break;
      case 'EX':
      case 'PX':
      case 'EXAT':
      case 'PXAT':
        if (keepsTtl || (expiry !== undefined && expiry.unit !== word)) return undefined;
        if (++i === request.count) return undefined;
        expiry = { unit: word, index: i };
        break;
      default:
        return undefined;
    }
  }
  return { condition, isGet, keepsTtl, expiry };
}

/** The deadline that an option gives, in milliseconds since 1970; throws the CommandError for a time that Redis refuses. */
export function deadlineOf(
  request: Arguments,
  expiry: ExpiryOption,
  nowMs: number,
  command: string,
): Int64 {
  const time = requireInteger(request, expiry.index);
  const isSeconds = expiry.unit === 'EX' || expiry.unit === 'EXAT';
  const isRelative = expiry.unit === 'EX' || expiry.unit === 'PX';
  const milliseconds = isSeconds ? multiply(time, 1000) : time;
  const deadline =
    isRelative && milliseconds !== undefined ? add(milliseconds, nowMs) : milliseconds;
  if (time <= 0 || deadline === undefined) throw new CommandError(invalidTime(command));
  return deadline;
}

export function invalidTime(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}

/** The option of GETEX, from argument 2 on: undefined for none. Throws for a syntax error. */
export function parseGetexOption(request: Arguments): ExpiryOption | 'PERSIST' | undefined {
  let option: ExpiryOption | 'PERSIST' | undefined;
  for (let i = 2; i < request.count; i++) {
    const word = optionWord(request, i);
    if (word === 'PERSIST') {
      if (typeof option === 'object') throw new CommandError(SYNTAX_ERROR);
      option = word;
    } else if (isExpiryUnit(word)) {
      const isOther = option === 'PERSIST' || (option !== undefined && option.unit !== word);
      if (isOther || ++i === request.count) throw new CommandError(SYNTAX_ERROR);
      option = { unit: word, index: i };
    } else throw new CommandError(SYNTAX_ERROR);
  }
  return option;
}

export function isExpiryUnit(word: string): word is ExpiryUnit {
  return word === 'EX' || word === 'PX' || word === 'EXAT' || word === 'PXAT';
}
