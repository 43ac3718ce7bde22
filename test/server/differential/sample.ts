import type { Random } from './random.js';

/** Keys, values and option words at the edges of what they may be. All are latin1 text: a character is a byte. */

/** Few, so that the commands of a stream meet on them. */
const KEYS = [
  ...[
    'a',
    'b',
    'c',
    'A',
    '{tag}a',
    'key with space',
    '',
    '\x00\xff\xfe',
    'line\r\nend',
    'h[a-c]?*',
  ],
  ...['x'.repeat(300), '\xc3\xa9', '"quoted"', "it's"],
];

/** Integers in Redis's grammar. */
const INTEGERS = [
  ...['0', '1', '-1', '7', '10', '-12', '99', '100', '1000000'],
  ...['9007199254740990', '9007199254740991', '9007199254740992', '9007199254740993'],
  ...['-9007199254740991', '-9007199254740992', '-9007199254740993'],
  ...['2147483647', '-2147483648', '4294967296', '123456789012345', '1234567890123456'],
  ...['9223372036854775806', '9223372036854775807'],
  ...['-9223372036854775807', '-9223372036854775808', '4611686018427387904'],
];

/** What Redis does not take for one. */
const NO_INTEGERS = [
  ...['', '+1', '01', '-0', '00', '-01', ' 1', '1 ', '1.0', '1e3', '0x10', 'abc', '-', '--1', '+'],
  ...['9223372036854775808', '-9223372036854775809', '99999999999999999999', '1'.repeat(40)],
  ...['1\x00', '\x001', '1\r\n', '\xb9', '1_000', 'inf', 'nan', '-9223372036854775808 '],
];

const PATTERNS = [
  ...['*', '?', 'a', '[a-c]', '[^a]', '*a*', '\\*', 'h\\[*', '[', '[a', '[]', '[c-a]', '**', 'A'],
  ...['', '\\', '?*', '*?', '[\\a]', '\xff', '*\xff*', '*\n*', 'key*space', '[^]', '[a-'],
];

export function key(random: Random): string {
  return random.pick(KEYS);
}

export function pattern(random: Random): string {
  return random.pick(PATTERNS);
}

/** Mostly an integer. */
export function integer(random: Random): string {
  if (random.chance(0.15)) return random.pick(NO_INTEGERS);
  return random.chance(0.5) ? String(random.between(-3, 20)) : random.pick(INTEGERS);
}

export function message(random: Random): string {
  return random.pick(['hello', '', '\x00\r\n\xff', 'two words', 'x'.repeat(5000), '1']);
}

/** The word in upper, lower or mixed case; rarely another. */
export function word(random: Random, text: string): string {
  switch (random.between(0, 20)) {
    case 0:
      return random.pick(['FOO', '', `${text}X`, `${text} `, `${text}\x00x`, text.slice(1)]);
    case 1:
    case 2:
    case 3:
      return anyCase(random, text);
    default:
      return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase();
  }
}

export function anyCase(random: Random, text: string): string {
  // Only ASCII letters have two cases: the other characters stand for bytes.
  return text.replace(/[A-Za-z]/g, (c) => (random.chance(0.5) ? c.toUpperCase() : c.toLowerCase()));
}

export function isInteger(text: string): boolean {
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return false;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
