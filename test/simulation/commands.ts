import type { Step } from '../history/step.js';
import {
  allOf,
  asCount,
  asNumber,
  asOk,
  asRead,
  KEY_SETS,
  nameIn,
  type Picking,
  type SimulatedCommand,
} from './command.js';
import { pickDeadlineCommand } from './deadline-commands.js';
import { pickNameCommand } from './name-commands.js';
import { pickScript } from './script-commands.js';

/** A command picked at random. */
export function pickCommand(picking: Picking): SimulatedCommand {
  const { world, keys, repertoire } = picking;
  const all = allOf(keys);
  const key = world.oneOf(all);
  if (repertoire.hasFlushAll && world.chance(0.01)) return flushAll();
  if (repertoire.hasScripts && world.chance(0.2)) return pickScript(picking, key);
  if (keys.mixed.includes(key)) {
    if (repertoire.hasDeadlines && world.chance(0.5)) return pickDeadlineCommand(picking, key);
    if (repertoire.hasNames && world.chance(0.3)) return pickNameCommand(picking, key);
  }
  return pickPlain(picking, key);
}

function pickPlain({ world, keys }: Picking, key: string): SimulatedCommand {
  const all = allOf(keys);
  const name = nameIn(keys.database, key);
  const count = 1 + world.pick(world.chance(0.1) ? 40 : 5);
  const kind = world.pick(keys.mixed.includes(key) ? 100 : 62);
  const take = (amount: number): Step => ({ kind: 'take', key: name, amount: BigInt(amount) });
  if (kind < 30) return { requests: [['INCR', key]], steps: [take(1)], answers: asNumber };
  if (kind < 38) {
    return { requests: [['INCRBY', key, String(count)]], steps: [take(count)], answers: asNumber };
  }
  if (kind < 46) {
    return {
      requests: [['SEQ.NEXT', key, 'COUNT', String(count)]],
      steps: [take(count)],
      answers: (reply) => [rangeTop(reply, count)],
    };
  }
  if (kind < 56) return readOf(keys.database, key);
  if (kind < 62) {
    return {
      requests: [['MGET', ...all]],
      steps: all.map((each) => ({ kind: 'read', key: nameIn(keys.database, each) })),
      answers: (reply) => (reply as unknown[]).map(asRead),
    };
  }
  if (kind < 74) return { requests: [['DECR', key]], steps: [take(-1)], answers: asNumber };
  if (kind < 88) {
    const value = world.pick(1000);
    return {
      requests: [['SET', key, String(value)]],
      steps: [{ kind: 'write', key: name, value: BigInt(value) }],
      answers: asOk,
    };
  }
  if (kind < 91 && keys.mixed.length > 1) {
    const pairs = keys.mixed.map((each): [string, number] => [each, world.pick(1000)]);
    return {
      requests: [['MSET', ...pairs.flatMap(([each, value]) => [each, String(value)])]],
      steps: pairs.map(([each, value]) => {
        return { kind: 'write', key: nameIn(keys.database, each), value: BigInt(value) };
      }),
      answers: asOk,
    };
  }
  if (kind < 94 && keys.mixed.length > 1) {
    return {
      requests: [['DEL', ...keys.mixed]],
      steps: keys.mixed.map((each) => ({ kind: 'remove', key: nameIn(keys.database, each) })),
      answers: asCount,
    };
  }
  if (kind < 97 || keys.rising.length > 0) {
    return {
      requests: [['DEL', key]],
      steps: [{ kind: 'remove', key: name }],
      answers: (reply) => [reply === '1'],
    };
  }
  return {
    requests: [['FLUSHDB']],
    steps: all.map((each) => ({ kind: 'remove', key: nameIn(keys.database, each) })),
    answers: asOk,
  };
}

export function readOf(database: number, key: string): SimulatedCommand {
  return {
    requests: [['GET', key]],
    steps: [{ kind: 'read', key: nameIn(database, key) }],
    answers: (reply) => [asRead(reply)],
  };
}

function flushAll(): SimulatedCommand {
  const names = KEY_SETS.flatMap((keys) => allOf(keys).map((key) => nameIn(keys.database, key)));
  return {
    requests: [['FLUSHALL']],
    steps: names.map((key) => ({ kind: 'remove', key })),
    answers: asOk,
  };
}

function rangeTop(reply: unknown, count: number): bigint {
  const [first, last] = (reply as string[]).map(BigInt) as [bigint, bigint];
  if (last - first !== BigInt(count) - 1n) throw new Error(`a range of ${count} came as ${reply}`);
  return last;
}
