import type { Expiry, Step } from '../history/step.js';
import {
  allOf,
  asNumber,
  asOk,
  asRead,
  asYesOrNo,
  type Dice,
  nameIn,
  type Picking,
  type SimulatedCommand,
} from './command.js';

/** A command on deadlines, or one that looks whether a sequence is there. */
export function pickDeadlineCommand(
  { world, keys, wallMs }: Picking,
  key: string,
): SimulatedCommand {
  const name = nameIn(keys.database, key);
  const value = world.pick(1000);
  const time = pickTime(world, wallMs);
  const write = (expiry: Expiry | 'kept'): Step => {
    return { kind: 'write', key: name, value: BigInt(value), expiry };
  };
  const read: Step = { kind: 'read', key: name };
  const kind = world.pick(100);
  if (kind < 22) {
    return {
      requests: [['SET', key, String(value), ...time.words]],
      steps: [write(time.expiry)],
      answers: asOk,
    };
  }
  if (kind < 28) {
    const steps = [write('kept')];
    return { requests: [['SET', key, String(value), 'KEEPTTL']], steps, answers: asOk };
  }
  if (kind < 34) {
    const pairs = [[name, BigInt(value)]] as const;
    return {
      requests: [['SET', key, String(value), 'NX', ...time.words]],
      steps: [{ kind: 'create', pairs, expiry: time.expiry }],
      answers: (reply) => [reply !== null],
    };
  }
  if (kind < 48) {
    const words = [time.command, key, time.words[1]];
    return {
      requests: [words],
      steps: [{ kind: 'expire', key: name, expiry: time.expiry }],
      answers: asYesOrNo,
    };
  }
  if (kind < 54) {
    return {
      requests: [['PERSIST', key]],
      steps: [{ kind: 'expire', key: name }],
      answers: asYesOrNo,
    };
  }
  if (kind < 60) {
    return {
      requests: [['GETEX', key, ...time.words]],
      steps: [read, { kind: 'expire', key: name, expiry: time.expiry }],
      answers: (reply) => [asRead(reply)],
    };
  }
  if (kind < 84) return deadlineOf(keys.database, key, world.chance(0.5));
  if (kind < 88) {
    return {
      requests: [['GETDEL', key]],
      steps: [read, { kind: 'remove', key: name }],
      answers: (reply) => [asRead(reply)],
    };
  }
  if (kind < 92) {
    const steps: Step[] = [{ kind: 'exists', key: name }];
    return { requests: [['EXISTS', key]], steps, answers: asYesOrNo };
  }
  const all = allOf(keys);
  const isScan = world.chance(0.5);
  return {
    requests: [isScan ? ['SCAN', '0', 'COUNT', '1000'] : ['KEYS', '*']],
    steps: all.map((each) => ({ kind: 'exists', key: nameIn(keys.database, each) })),
    answers: (reply) => {
      const names = (isScan ? (reply as unknown[])[1] : reply) as string[];
      return all.map((each) => names.includes(each));
    },
  };
}

export function deadlineOf(database: number, key: string, isRelative = false): SimulatedCommand {
  return {
    requests: [[isRelative ? 'PTTL' : 'PEXPIRETIME', key]],
    steps: [{ kind: 'deadline', key: nameIn(database, key), isRelative }],
    answers: asNumber,
  };
}

export interface Time {
  readonly expiry: Expiry;
  /** As options of SET. */
  readonly words: readonly [string, string];
  /** The command that sets it. */
  readonly command: string;
}

/** Mostly soon; in the past, too, when it is told as a time of the clock. */
export function pickTime(world: Dice, wallMs: () => number): Time {
  const ms = 1 + world.pick(world.oneOf([3, 30, 100, 100, 3000, 1_000_000]));
  if (world.chance(0.7)) {
    const words = ['PX', String(ms)] as const;
    return { expiry: { kind: 'in', ms }, words, command: 'PEXPIRE' };
  }
  if (world.chance(0.2)) {
    const seconds = 1 + world.pick(2);
    const words = ['EX', String(seconds)] as const;
    return { expiry: { kind: 'in', ms: seconds * 1000 }, words, command: 'EXPIRE' };
  }
  const at = wallMs() + ms - 5;
  const words = ['PXAT', String(at)] as const;
  return { expiry: { kind: 'at', ms: at }, words, command: 'PEXPIREAT' };
}
