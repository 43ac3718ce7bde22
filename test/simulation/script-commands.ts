import { createHash } from 'node:crypto';
import type { Step } from '../history/step.js';
import { asOk, asRead, type Dice, nameIn, type Picking, type SimulatedCommand } from './command.js';
import { pickTime } from './deadline-commands.js';

/** In Lua: `n` has the names, whether they are declared as keys or given as arguments. */
const HEAD = 'local n = #KEYS > 0 and KEYS or ARGV ';

/** A script that tells all that its commands answered, so that it can be judged as a transaction is. */
export function pickScript(picking: Picking, key: string): SimulatedCommand {
  const { world, keys } = picking;
  const name = (each: string) => nameIn(keys.database, each);
  const pause = pickPause(world);
  const amount = BigInt(1 + world.pick(5));
  const value = BigInt(world.pick(1000));
  const take = (each: string, by: bigint): Step => {
    return { kind: 'take', key: name(each), amount: by };
  };
  const time = pickTime(world, picking.wallMs);
  const mixed = world.oneOf(keys.mixed);
  const other = world.oneOf(keys.mixed);
  const isMixed = keys.mixed.includes(key);
  const kind = world.pick(100);
  if (kind < 20 && isMixed) {
    // What a limiter of rates does.
    const set = `redis.call('SET', n[1], '${value}', '${time.words.join("', '")}', 'NX')`;
    return script(world, [key], {
      code:
        `local isSet = ${set} and 1 or 0 ${pause} ` +
        `return {isSet, redis.call('INCRBY', n[1], '${amount}'), redis.call('PTTL', n[1])}`,
      steps: [
        { kind: 'create', pairs: [[name(key), value]], expiry: time.expiry },
        take(key, amount),
        { kind: 'deadline', key: name(key), isRelative: true },
      ],
      answers: (reply) => {
        const [isSet, counted, left] = reply as string[];
        return [isSet === '1', BigInt(counted ?? ''), BigInt(left ?? '')];
      },
    });
  }
  if (kind < 40 && isMixed) {
    return script(world, [key], {
      code:
        `local counted = redis.call('INCRBY', n[1], '${amount}') ${pause} ` +
        `return {counted, redis.call('${time.command}', n[1], '${time.words[1]}')}`,
      steps: [take(key, amount), { kind: 'expire', key: name(key), expiry: time.expiry }],
      answers: (reply) => {
        const [counted, isSet] = reply as string[];
        return [BigInt(counted ?? ''), isSet === '1'];
      },
    });
  }
  if (kind < 60) {
    const steps: Step[] = [
      { kind: 'read', key: name(key) },
      { kind: 'read', key: name(other) },
      { kind: 'write', key: name(mixed), value },
    ];
    return script(world, [key, other, mixed], {
      code:
        `local one = redis.call('GET', n[1]) ${pause} local two = redis.call('GET', n[2]) ` +
        `redis.call('SET', n[3], '${value}') return {one, two}`,
      steps,
      answers: (reply) => (reply as unknown[]).map(asRead),
    });
  }
  if (kind < 75) {
    return script(world, [mixed, key], {
      code:
        `local less = redis.call('DECRBY', n[1], '${amount}') ${pause} ` +
        `return {less, redis.call('INCRBY', n[2], '${amount}')}`,
      steps: [take(mixed, -amount), take(key, amount)],
      answers: (reply) => (reply as string[]).map(BigInt),
    });
  }
  if (kind < 90) {
    // What it has done before the error stays, whichever error that is.
    const steps: Step[] = [take(key, amount), { kind: 'exists', key: name(key) }];
    const code = `redis.call('INCRBY', n[1], '${amount}') ${pause} redis.call('SET', n[1], 'no number')`;
    return script(
      world,
      [key],
      { code, steps, answers: asOk },
      'value is not an integer or out of range',
    );
  }
  return script(world, [key, other], {
    code: `local one = redis.call('GET', n[1]) ${pause} return {one, redis.call('GET', n[2])}`,
    steps: [key, other].map((each) => ({ kind: 'read', key: name(each) })),
    answers: (reply) => (reply as unknown[]).map(asRead),
  });
}

type Scripted = Pick<SimulatedCommand, 'steps' | 'answers'> & { readonly code: string };

/** `error`: what the script ends with, without an answer to any of its steps. */
function script(
  world: Dice,
  names: readonly string[],
  { code, steps, answers }: Scripted,
  error?: string,
): SimulatedCommand {
  const source = HEAD + code;
  const declared = world.chance(0.5) ? names.length : 0;
  const requests = [['EVAL', source, String(declared), ...names]];
  if (error === undefined) return { requests, steps, answers };
  const id = createHash('sha1').update(source).digest('hex');
  const errors = { [`ERR ${error} script: ${id}, on @user_script:1.`]: [] };
  return { requests, steps, answers, errors };
}

/** So long a loop that the script may be suspended in the midst of it, or nothing. */
function pickPause(world: Dice): string {
  return world.chance(0.1) ? 'for _ = 1, 100000 do end' : '';
}
