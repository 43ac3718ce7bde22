import type { Answer, Step } from '../history/history.js';
import type { World } from './world.js';

/** A request, what it does to which sequences, and how its reply is read. */
export interface SimulatedCommand {
  readonly words: readonly string[];
  readonly steps: Step[];
  readonly answers: (reply: unknown) => Answer[];
}

/** Keys of one database. Nothing but takes upwards and reads is done to those that rise. */
export interface KeySet {
  readonly database: number;
  readonly rising: readonly string[];
  readonly mixed: readonly string[];
}

export const KEY_SETS: readonly [KeySet, KeySet] = [
  { database: 0, rising: ['a', 'b'], mixed: ['m'] },
  { database: 1, rising: [], mixed: ['p', 'q'] },
];

const asNumber = (reply: unknown): Answer[] => [BigInt(reply as string)];
const asNothing = (): Answer[] => [];
const asRead = (reply: unknown): Answer => (reply === null ? null : BigInt(reply as string));

/** A command picked at random. */
export function pickCommand(world: World, keys: KeySet): SimulatedCommand {
  const all = [...keys.rising, ...keys.mixed];
  const key = world.oneOf(all);
  const name = `${keys.database}/${key}`;
  const count = 1 + world.pick(world.chance(0.1) ? 40 : 5);
  const isMixed = keys.mixed.includes(key);
  const kind = world.pick(isMixed ? 100 : 62);
  const take = (amount: number): Step => ({ kind: 'take', key: name, amount: BigInt(amount) });
  if (kind < 30) return { words: ['INCR', key], steps: [take(1)], answers: asNumber };
  if (kind < 38) {
    return { words: ['INCRBY', key, String(count)], steps: [take(count)], answers: asNumber };
  }
  if (kind < 46) {
    return {
      words: ['SEQ.NEXT', key, 'COUNT', String(count)],
      steps: [take(count)],
      answers: (reply) => [rangeTop(reply, count)],
    };
  }
  if (kind < 56) {
    return {
      words: ['GET', key],
      steps: [{ kind: 'read', key: name }],
      answers: (reply) => [asRead(reply)],
    };
  }
  if (kind < 62) {
    return {
      words: ['MGET', ...all],
      steps: all.map((each) => ({ kind: 'read', key: `${keys.database}/${each}` })),
      answers: (reply) => (reply as unknown[]).map(asRead),
    };
  }
  if (kind < 74) return { words: ['DECR', key], steps: [take(-1)], answers: asNumber };
  if (kind < 88) {
    const value = world.pick(1000);
    return {
      words: ['SET', key, String(value)],
      steps: [{ kind: 'write', key: name, value: BigInt(value) }],
      answers: asNothing,
    };
  }
  if (kind < 91 && keys.mixed.length > 1) {
    const pairs = keys.mixed.map((each): [string, number] => [each, world.pick(1000)]);
    return {
      words: ['MSET', ...pairs.flatMap(([each, value]) => [each, String(value)])],
      steps: pairs.map(([each, value]) => {
        return { kind: 'write', key: `${keys.database}/${each}`, value: BigInt(value) };
      }),
      answers: asNothing,
    };
  }
  if (kind < 94 && keys.mixed.length > 1) {
    return {
      words: ['DEL', ...keys.mixed],
      steps: keys.mixed.map((each) => ({ kind: 'remove', key: `${keys.database}/${each}` })),
      answers: asNothing,
    };
  }
  if (kind < 97 || keys.rising.length > 0) {
    return {
      words: ['DEL', key],
      steps: [{ kind: 'remove', key: name }],
      answers: (reply) => [reply === '1'],
    };
  }
  return {
    words: ['FLUSHDB'],
    steps: all.map((each) => ({ kind: 'remove', key: `${keys.database}/${each}` })),
    answers: asNothing,
  };
}

function rangeTop(reply: unknown, count: number): bigint {
  const [first, last] = (reply as string[]).map(BigInt) as [bigint, bigint];
  if (last - first !== BigInt(count) - 1n) throw new Error(`a range of ${count} came as ${reply}`);
  return last;
}

/** The bytes of a request. */
export function encode(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}
