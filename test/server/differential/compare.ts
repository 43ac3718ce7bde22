import { comparable, type Translation } from './differences.js';
import type { TestCommand } from './stream.js';
import { type Reply, show } from './wire.js';

/** Undefined when the two replies agree as far as the command allows, else both in readable form. */
export function difference(
  command: TestCommand,
  ours: Reply,
  redis: Reply,
  translation: Translation | undefined,
): string | undefined {
  const expected = translation?.expected(redis) ?? redis.raw;
  if (isEqual(command, ours, redis, expected)) return undefined;
  return `${show(ours.raw)}, Redis ${show(expected)}`;
}

function isEqual(command: TestCommand, ours: Reply, redis: Reply, expected: Buffer): boolean {
  const words = command.arguments;
  if (comparable(words, ours.raw) === comparable(words, expected)) return true;
  // An error is an error byte for byte, also where answers differ.
  if (ours.type === '-' || redis.type === '-') return false;
  switch (command.compare) {
    case 'bytes':
      return false;
    case 'set':
      return ours.type === redis.type && isSameSet(ours, redis);
    case 'scan': {
      const [ourNames, redisNames] = [ours.parts[1], redis.parts[1]];
      if (ourNames === undefined || redisNames === undefined) return false;
      return ours.parts[0]?.text === redis.parts[0]?.text && isSameSet(ourNames, redisNames);
    }
    case 'near':
      return ours.type === redis.type && isNear(ours.text, redis.text);
    case 'shape':
      return isSameShape(ours, redis);
  }
}

/** Times are told by two clocks; what is negative is no time. */
function isNear(ours: string, redis: string): boolean {
  const [our, its] = [BigInt(ours), BigInt(redis)];
  if (our < 0n || its < 0n) return our === its;
  return our - its < 5000n && its - our < 5000n;
}

function isSameSet(ours: Reply, redis: Reply): boolean {
  const sorted = (reply: Reply) => JSON.stringify(reply.parts.map((part) => part.text).sort());
  return sorted(ours) === sorted(redis);
}

/** The same types; the elements of a short array too. */
function isSameShape(ours: Reply, redis: Reply): boolean {
  if (ours.type !== redis.type) return false;
  if (redis.parts.length !== 2 || redis.type !== '*') return true;
  return (
    ours.parts.length === 2 && ours.parts.every((part, i) => part.type === redis.parts[i]?.type)
  );
}
