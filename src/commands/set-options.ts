import { add, multiply } from '../protocol/int64.js';
import { type Arguments, CommandError } from './command.js';
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

/** Throws the CommandError for a time that Redis refuses, and for the others until there is expiry. */
export function checkExpiry(request: Arguments, expiry: ExpiryOption): never {
  const time = requireInteger(request, expiry.index);
  const isSeconds = expiry.unit === 'EX' || expiry.unit === 'EXAT';
  const isRelative = expiry.unit === 'EX' || expiry.unit === 'PX';
  const milliseconds = isSeconds ? multiply(time, 1000) : time;
  const isInRange =
    time > 0 &&
    milliseconds !== undefined &&
    (!isRelative || add(milliseconds, Date.now()) !== undefined);
  if (!isInRange) throw new CommandError("ERR invalid expire time in 'set' command");
  throw new CommandError('ERR expiry is not supported yet');
}
