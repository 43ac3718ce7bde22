import type { Random } from './random.js';
import { anyCase, integer, key, message, pattern, word } from './sample.js';
import {
  CLUSTER_WORDS,
  CURSORS,
  FAILOVERS,
  FLOATS,
  FUNCTIONS,
  PLAIN_NAMES,
  UNKNOWN_NAMES,
  WHOLE_COMMANDS,
} from './sample-words.js';
import { randomScript } from './scripts.js';

/** A request as both servers get it, and how their answers compare. */
export interface TestCommand {
  /** Latin1, the name first. */
  readonly arguments: readonly string[];
  /** `bytes` unless the answers can't be equal. */
  readonly compare: 'bytes' | 'set' | 'scan' | 'shape' | 'near';
  readonly isInline: boolean;
}

type Row = readonly [
  weight: number,
  make: (random: Random) => readonly string[],
  compare?: TestCommand['compare'],
];

const some = (random: Random, make: (random: Random) => string, most = 4): string[] =>
  Array.from({ length: random.between(1, most) }, () => make(random));

const maybe = (random: Random, make: () => readonly string[], probability = 0.5): string[] =>
  random.chance(probability) ? [...make()] : [];

/** Any number of SET's options, well-formed or not. */
function setOptions(random: Random): string[] {
  const options: string[] = [];
  while (random.chance(0.55)) {
    const option = random.pick([
      'NX',
      'XX',
      'GET',
      'KEEPTTL',
      'EX',
      'PX',
      'EXAT',
      'PXAT',
      'NX',
      'XX',
      'GET',
    ]);
    options.push(word(random, option));
    if (option.startsWith('EX') || option.startsWith('PX')) {
      const time = option.endsWith('AT')
        ? farDate(random, option === 'EXAT' ? 's' : 'ms')
        : far(random);
      options.push(...maybe(random, () => [time === '1' ? '0' : time], 0.9));
    }
  }
  return options;
}

/**
 * No time, or one at which nothing is left to wait for: what expires during a round, or has expired and is not removed yet, is not the
 * same for both.
 */
const NO_TIMES = [
  '0',
  '-1',
  '-100',
  'abc',
  '',
  '1.5',
  ' 1',
  '9223372036854775807',
  '99999999999999999999',
];

/**
 * Each a little different: the same time from now, asked for twice, is the same deadline for one server and a later one for the
 * other, as the milliseconds fall.
 */
function far(random: Random): string {
  if (random.chance(0.1)) return random.pick(NO_TIMES);
  const overflow = '9223372036854775';
  const seconds = random.pick(['1000', '5000', '100000', '2000000000', overflow]);
  return seconds === overflow ? seconds : String(Number(seconds) + 10 * random.between(0, 9999));
}

function farDate(random: Random, unit: 's' | 'ms'): string {
  if (random.chance(0.1)) return random.pick(NO_TIMES);
  const seconds = random.pick(['4000000000', '5000000000', '99999999999']);
  return unit === 's' ? seconds : `${seconds}123`;
}

function expireOptions(random: Random): string[] {
  const options: string[] = [];
  while (random.chance(0.4)) options.push(word(random, random.pick(['NX', 'XX', 'GT', 'LT'])));
  return options;
}

function expiration(random: Random): string[] {
  return random.pick([
    () => [word(random, 'EX'), far(random)],
    () => [word(random, 'PX'), `${far(random)}000`],
    () => [word(random, 'EXAT'), farDate(random, 's')],
    () => [word(random, 'PXAT'), farDate(random, 'ms')],
  ])();
}

const rows: readonly Row[] = [
  [12, (r) => randomScript(r, () => randomCommand(r))],
  [5, (r) => ['expire', key(r), far(r), ...expireOptions(r)]],
  [3, (r) => ['pexpire', key(r), `${far(r)}000`, ...expireOptions(r)]],
  [5, (r) => ['expireat', key(r), farDate(r, 's'), ...expireOptions(r)]],
  [3, (r) => ['pexpireat', key(r), farDate(r, 'ms'), ...expireOptions(r)]],
  [2, (r) => ['expire', key(r), r.pick(['0', '-1', '-100'])]],
  [4, (r) => ['ttl', key(r)], 'near'],
  [4, (r) => ['pttl', key(r)], 'near'],
  [3, (r) => ['expiretime', key(r)], 'near'],
  [3, (r) => ['pexpiretime', key(r)], 'near'],
  [3, (r) => ['persist', key(r)]],
  [4, (r) => ['setex', key(r), far(r), integer(r)]],
  [2, (r) => ['psetex', key(r), `${far(r)}000`, integer(r)]],
  [3, (r) => ['getdel', key(r)]],
  [
    4,
    (r) => [
      'getex',
      key(r),
      ...maybe(r, () => expiration(r)),
      ...maybe(r, () => [word(r, 'PERSIST')], 0.2),
    ],
  ],
  [3, (r) => ['msetnx', ...some(r, () => key(r)).flatMap((name) => [name, integer(r)])]],
  [4, (r) => ['rename', key(r), key(r)]],
  [4, (r) => ['renamenx', key(r), key(r)]],
  [
    5,
    (r) => [
      'copy',
      key(r),
      key(r),
      ...maybe(r, () => [word(r, 'DB'), r.pick(['0', '1', '15', '16', '-1', integer(r)])]),
      ...maybe(r, () => [word(r, 'REPLACE')]),
    ],
  ],
  [3, (r) => ['move', key(r), r.pick(['0', '1', '15', '16', '-1', integer(r)])]],
  [
    1,
    (r) => ['swapdb', r.pick(['0', '1', '15', integer(r)]), r.pick(['0', '1', '16', integer(r)])],
  ],
  [3, (r) => ['strlen', key(r)]],
  [4, (r) => [r.pick(['getrange', 'substr']), key(r), integer(r), integer(r)]],
  [2, (r) => ['touch', ...some(r, key)]],
  [12, (r) => ['incr', key(r)]],
  [8, (r) => ['decr', key(r)]],
  [10, (r) => ['incrby', key(r), integer(r)]],
  [8, (r) => ['decrby', key(r), integer(r)]],
  [10, (r) => ['get', key(r)]],
  [8, (r) => ['set', key(r), integer(r)]],
  [10, (r) => ['set', key(r), integer(r), ...setOptions(r)]],
  [5, (r) => ['getset', key(r), integer(r)]],
  [5, (r) => ['setnx', key(r), integer(r)]],
  [5, (r) => ['mget', ...some(r, key)]],
  [5, (r) => ['mset', ...some(r, () => key(r)).flatMap((name) => [name, integer(r)])]],
  [4, (r) => ['del', ...some(r, key)]],
  [2, (r) => ['unlink', ...some(r, key)]],
  [4, (r) => ['exists', ...some(r, key)]],
  [2, (r) => ['type', key(r)]],
  [3, (r) => ['keys', pattern(r)], 'set'],
  [3, (r) => ['scan', '0', 'COUNT', '100000', ...maybe(r, () => ['MATCH', pattern(r)])], 'scan'],
  [
    2,
    (r) => [
      'scan',
      '0',
      'COUNT',
      '100000',
      word(r, 'TYPE'),
      r.pick(['string', 'STRING', 'list', 'x']),
    ],
    'scan',
  ],
  [
    3,
    (r) => [
      'scan',
      r.pick(CURSORS),
      ...maybe(r, () => [word(r, 'COUNT'), integer(r)]),
      ...maybe(r, () => [word(r, 'MATCH')], 0.1),
    ],
    'shape',
  ],
  [2, () => ['dbsize']],
  [1, () => ['randomkey'], 'shape'],
  [0.3, (r) => ['flushdb', ...maybe(r, () => [word(r, r.pick(['SYNC', 'ASYNC']))])]],
  [0.2, (r) => ['flushall', ...maybe(r, () => [word(r, r.pick(['SYNC', 'ASYNC']))])]],
  [2, (r) => ['ping', ...maybe(r, () => [message(r)])]],
  [2, (r) => ['echo', message(r)]],
  [
    3,
    (r) => [
      'select',
      r.pick(['0', '1', '15', '0', '16', '-1', '2147483647', '2147483648', integer(r)]),
    ],
  ],
  [0.3, (r) => ['quit', ...maybe(r, () => ['now'], 0.2)]],
  [0.5, () => ['reset']],
  [0.5, (r) => ['auth', ...some(r, () => r.pick(['default', 'secret', '']), 3)]],
  [
    1,
    (r) => [
      'hello',
      ...maybe(
        r,
        () => [r.pick(['2', '3', '3', '4', '1', 'x', '02', '']), ...helloOptions(r)],
        0.9,
      ),
    ],
  ],
  [1, () => ['client', 'id'], 'shape'],
  [1, () => ['client', 'info'], 'shape'],
  [
    1,
    (r) => [
      'client',
      'list',
      ...maybe(r, () => [
        word(r, 'TYPE'),
        word(r, r.pick(['normal', 'pubsub', 'master', 'replica', 'slave'])),
      ]),
    ],
    'shape',
  ],
  [
    0.5,
    (r) => ['client', 'list', ...maybe(r, () => ['ID', r.pick(['0', '-1', 'x', '99999999'])])],
    'shape',
  ],
  [1, () => ['client', 'getname']],
  [
    1,
    (r) => [
      'client',
      'setname',
      r.pick(['worker-1', '', 'two words', 'line\n', '\x7f', '!~', '\xe9']),
    ],
  ],
  [1, (r) => ['client', 'no-evict', word(r, r.pick(['on', 'off']))]],
  [1, (r) => [r.pick(['publish', 'spublish']), key(r), message(r)]],
  [
    1,
    (r) => [
      'pubsub',
      ...r.pick([['numpat'], ['numsub', 'a', 'b'], ['channels'], ['shardnumsub', 'a'], ['FOO']]),
    ],
  ],
  [
    1,
    (r) => [
      'client',
      ...r.pick([['getredir'], ['trackinginfo'], ['caching', 'yes'], ['unblock', '0', 'ERROR']]),
    ],
  ],
  [2, (r) => ['incrbyfloat', 'differential:float', r.pick(FLOATS)]],
  [2, (r) => ['object', anyCase(r, r.pick(['encoding', 'freq', 'help'])), key(r)]],
  // Redis keeps small numbers once for all, but not those that COPY made.
  [1, (r) => ['object', anyCase(r, r.pick(['idletime', 'refcount'])), key(r)], 'shape'],
  [1, (r) => ['object', r.pick(['help', 'encoding', 'FOO', ''])]],
  [
    1,
    (r) => ['memory', 'usage', key(r), ...maybe(r, () => [word(r, 'SAMPLES'), integer(r)])],
    'shape',
  ],
  [0.5, (r) => ['memory', r.pick(['help', 'purge', 'FOO', 'usage'])]],
  [0.2, (r) => ['memory', r.pick(['stats', 'doctor'])], 'shape'],
  [1, (r) => ['wait', r.pick(['0', '-1', integer(r)]), r.pick(['1', '2', '-1', 'x'])]],
  [0.5, () => ['role']],
  [0.5, (r) => [r.pick(['readonly', 'readwrite', 'asking'])]],
  [1, (r) => ['cluster', r.pick(CLUSTER_WORDS), ...maybe(r, () => some(r, () => integer(r)))]],
  [
    0.5,
    (r) => ['module', ...r.pick([['list'], ['help'], ['unload', 'x'], ['load', 'x'], ['FOO']])],
  ],
  [0.5, (r) => ['lolwut', ...maybe(r, () => [r.pick(['7', 'VERSION']), r.pick(['7', 'x', '8'])])]],
  [0.5, (r) => [r.pick(['replicaof', 'slaveof']), word(r, 'no'), word(r, 'one')]],
  [0.5, (r) => ['failover', ...r.pick(FAILOVERS)]],
  [1, (r) => ['function', ...r.pick(FUNCTIONS)]],
  [1, (r) => [r.pick(['fcall', 'fcall_ro']), ...some(r, () => r.pick(['f', '0', '1', 'a']))]],
  [0.5, () => ['info'], 'shape'],
  [0.5, (r) => ['info', ...some(r, () => r.pick(['nosuch', 'cluster', '', 'CLUSTER', 'modules']))]],
  [0.5, () => ['time'], 'shape'],
  [0.5, () => ['lastsave'], 'shape'],
  [0.5, (r) => ['bgsave', r.pick(['FOO', 'SCHEDULE X', ''])]],
  [
    0.5,
    (r) => [
      'shutdown',
      ...r.pick([['FOO'], ['ABORT'], ['ABORT', 'NOW'], ['SAVE', 'NOSAVE'], ['now', 'x']]),
    ],
  ],
  [1, (r) => ['command', 'info', ...some(r, () => anyCase(r, r.pick(PLAIN_NAMES)))]],
  [1, (r) => ['command', 'docs', r.pick(['nosuch', 'config|nosuch', 'get|set', ''])]],
  [0.5, () => ['command', 'count'], 'shape'],
  [1, (r) => ['command', 'getkeys', ...r.pick(WHOLE_COMMANDS)]],
  [1, (r) => ['command', 'getkeysandflags', ...r.pick(WHOLE_COMMANDS)]],
  [
    1,
    (r) => [
      'command',
      'list',
      word(r, 'FILTERBY'),
      word(r, r.pick(['MODULE', 'ACLCAT', 'PATTERN'])),
      r.pick(['decr', 'echo', 'nosuch', 'GETSET']),
    ],
  ],
  [
    0.5,
    (r) => [
      'config',
      'get',
      r.pick(['databases', 'DATABASES', 'nosuch', 'requirepass', '', 'd?tabases']),
    ],
  ],
  [
    0.5,
    (r) => [
      'config',
      'set',
      ...r.pick([['nosuch', '1'], ['databases'], ['a', 'b', 'c'], ['databases', '4']]),
    ],
  ],
  [0.5, () => ['config', 'resetstat']],
  [1, (r) => ['config', r.pick(['FOO', '', 'ge', 'no\x00x', 'g\r\nt', 'y'.repeat(300)])]],
  [0.5, (r) => ['client', r.pick(['FOO', 'li', 'listx'])]],
  [
    2,
    (r) => [
      r.pick(UNKNOWN_NAMES),
      ...maybe(r, () => some(r, () => r.pick([key(r), message(r), integer(r)]))),
    ],
  ],
];

function helloOptions(random: Random): string[] {
  return random.pick([
    [],
    [],
    ['SETNAME', 'me'],
    ['SETNAME', 'not me'],
    ['AUTH', 'default', 'any'],
    ['AUTH', 'nobody', 'any'],
    ['AUTH', 'default'],
    [word(random, 'setname')],
    ['AUTH', 'default', 'x', 'SETNAME', 'you', 'FOO'],
    ['b\x00ad'],
  ]);
}

/** Their argument must not get lost: without it they would stop the server, or begin a save. */
const NEVER_CHANGED = ['shutdown', 'bgsave'];

/** Without an argument they tell of the whole server. */
const TELLS_ALL = ['command', 'info', 'client'];

const totalWeight = rows.reduce((sum, [weight]) => sum + weight, 0);

export function randomCommand(random: Random): TestCommand {
  const [, make, compare = 'bytes'] = pickRow(random);
  const made = make(random);
  const isChanged = random.chance(0.04) && !NEVER_CHANGED.includes(made[0] ?? '');
  const words = isChanged ? withWrongArity(random, made) : made;
  const [name = '', ...rest] = words;
  // A changed command may mean another thing (all of INFO): what it answers still has a shape.
  return {
    arguments: [random.chance(0.2) ? anyCase(random, name) : name, ...rest],
    compare: isChanged && (compare !== 'bytes' || TELLS_ALL.includes(name)) ? 'shape' : compare,
    isInline: random.chance(0.15),
  };
}

function withWrongArity(random: Random, words: readonly string[]): readonly string[] {
  if (random.chance(0.5)) return words.slice(0, -1);
  // Behind an option without its time, a number would be one that has passed.
  const isTime = /^[ep]x(at)?$/i.test(words.at(-1) ?? '');
  return [...words, isTime ? 'x' : integer(random)];
}

function pickRow(random: Random): Row {
  let place = random.next() * totalWeight;
  for (const row of rows) {
    place -= row[0];
    if (place < 0) return row;
  }
  throw new Error('no row');
}
