import { REDIS_COMMANDS } from '#dist/acl/redis-commands.js';
import { allCommands } from '#dist/commands/table.js';
import { isInteger } from './sample.js';
import type { Reply } from './wire.js';

/**
 * Where we differ from Redis on purpose (COMPAT.md, intended differences), as what Redis is sent in place of a request
 * and what its reply becomes. Redis's keys must not change when we refuse a request that it would take, so it is
 * sent the same request with SCRATCH for every key; that still shows which errors come first.
 */
export interface Translation {
  readonly arguments: readonly string[];
  /** Sent to Redis afterwards; its reply is thrown away. */
  readonly cleanUp?: readonly string[];
  /** What we are expected to answer, given Redis's reply. */
  readonly expected: (reply: Reply) => Buffer;
}

const SCRATCH = 'differential:scratch';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';

/** Undefined when we are to answer what Redis answers. */
export function translate(words: readonly string[]): Translation | undefined {
  const name = (words[0] ?? '').toLowerCase();
  switch (name) {
    case 'set':
      return isInteger(words[2] ?? '') ? undefined : refused(words, [1], NOT_AN_INTEGER);
    case 'getset':
    case 'setnx':
      return isInteger(words[2] ?? '') ? undefined : refused(words, [1], NOT_AN_INTEGER);
    case 'setex':
    case 'psetex':
      return isInteger(words[3] ?? '') ? undefined : refused(words, [1], NOT_AN_INTEGER);
    case 'msetnx':
    case 'mset': {
      const isGood = words.every((word, i) => i === 0 || i % 2 === 1 || isInteger(word));
      const keys = words.map((_, i) => i).filter((i) => i % 2 === 1);
      return isGood ? undefined : refused(words, keys, NOT_AN_INTEGER);
    }
    default:
      return undefined;
  }
}

/** We refuse with `error` what Redis takes; what Redis refuses, we refuse with its words. */
function refused(words: readonly string[], keys: readonly number[], error: string): Translation {
  return {
    arguments: words.map((word, i) => (keys.includes(i) ? SCRATCH : word)),
    cleanUp: ['DEL', SCRATCH],
    expected: (reply) => (reply.type === '-' ? reply.raw : Buffer.from(`-${error}\r\n`)),
  };
}

/** Both replies with what can't be equal taken out. */
export function comparable(words: readonly string[], raw: Buffer): string {
  const text = raw.toString('latin1');
  const name = (words[0] ?? '').toLowerCase();
  if (name === 'acl') return comparableUsers(text);
  if (name === 'hello' || name === 'exec') return text.replace(/(\$2\r\nid\r\n:)[0-9]+/, '$1N');
  return text;
}

const REDIS_NAMES = new Set(REDIS_COMMANDS.flatMap(([, names]) => names.split(' ')));
/** Rules about what only we have: a category that fits may have one of ours in it, and then that is told. */
const OWN_RULES = new Set(
  [...allCommands().map(({ name }) => name), '@sequence']
    .filter((name) => !REDIS_NAMES.has(name))
    .flatMap((name) => [`+${name}`, `-${name}`]),
);

/** Redis tells single commands of a user in an order that each start decides; times and clients differ. */
function comparableUsers(text: string): string {
  return text
    .replace(/\$[0-9]+\r\n([^\r]*[+-]@all[^\r]*)/g, (_whole, line: string) =>
      line.replace(/[+-]@all[^)]*/g, (rules) =>
        rules
          .split(' ')
          .filter((rule) => !OWN_RULES.has(rule))
          .sort()
          .join(' '),
      ),
    )
    .replace(/(age-seconds\r\n)(?:\$[0-9]+\r\n|,)[0-9.]+/g, '$1N')
    .replace(/(client-info\r\n)\$[0-9]+\r\n[^\r]*/g, '$1N');
}
