import type { ArgumentDoc, KeyFacts, KeyFlag } from './command.js';

/** The shapes that rows of the table share: where the keys are, and COMMAND DOCS' arguments. */

export const NO_KEYS: KeyFacts = { keys: [0, 0, 0], keyFlags: [] };

/** The first argument is the only key. */
export function oneKey(...keyFlags: KeyFlag[]): KeyFacts {
  return { keys: [1, 1, 1], keyFlags };
}

/** All arguments are keys, or with a step of 2 every other. */
export function manyKeys(step: 1 | 2, ...keyFlags: KeyFlag[]): KeyFacts {
  return { keys: [1, -1, step], keyFlags };
}

export const KEY: ArgumentDoc = { name: 'key', type: 'key' };
export const KEYS: ArgumentDoc = { name: 'key', type: 'key', flags: ['multiple'] };
export function secondKey(name: string): ArgumentDoc {
  return { name, type: 'key', isSecondKey: true };
}

/** The first two arguments are keys, used differently. */
export function twoKeys(
  keyFlags: readonly KeyFlag[],
  secondKeyFlags: readonly KeyFlag[],
): KeyFacts {
  return { keys: [1, 2, 1], keyFlags, secondKeyFlags };
}

export const UNIX_TIMES: readonly ArgumentDoc[] = [
  { name: 'seconds', type: 'integer', token: 'EX' },
  { name: 'milliseconds', type: 'integer', token: 'PX' },
  { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
  { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
];
export const VALUE: ArgumentDoc = { name: 'value', type: 'integer' };
export const KEYS_AND_VALUES: ArgumentDoc = {
  name: 'key_value',
  type: 'block',
  flags: ['multiple'],
  arguments: [KEY, VALUE],
};

/** The options of SET that speak of time, which came one after the other; those of GETEX came together. */
export const SET_TIMES: readonly ArgumentDoc[] = UNIX_TIMES.map((argument) =>
  since(argument.token?.endsWith('AT') === true ? '6.2.0' : '2.6.12', argument),
);

/** Of an argument that came later than its command. */
export function since(version: string, argument: ArgumentDoc): ArgumentDoc {
  return { ...argument, since: version };
}

/** A word that stands for itself, such as NX. */
export function token(word: string): ArgumentDoc {
  return { name: word.toLowerCase(), type: 'pure-token', token: word };
}

/** One of several words. */
export function oneOf(name: string, ...words: string[]): ArgumentDoc {
  return { name, type: 'oneof', arguments: words.map(token) };
}

export function optional(argument: ArgumentDoc): ArgumentDoc {
  return { ...argument, flags: [...(argument.flags ?? []), 'optional'] };
}
