import { REDIS_COMMANDS } from '#dist/acl/redis-commands.js';
import { CATEGORIES } from '#dist/commands/categories.js';
import { allCommands } from '#dist/commands/table.js';
import { Random } from './random.js';
import type { Step } from './transactions.js';

/** Random requests about users and rights, and requests that those allow or deny. */

const USERS = ['alice', 'bob', 'carol', '\xe9"x'];
const PASSWORDS = ['pw', 'other', ''];
const HASH = 'ad'.repeat(32);
const NAMES = REDIS_COMMANDS.flatMap(([, names]) => names.split(' '));
const OURS = new Set(allCommands().map(({ name }) => name));
/** Redis has them, too. */
const COMMON = NAMES.filter((name) => OURS.has(name));
const REDIS_CATEGORIES = CATEGORIES.filter((name) => name !== 'sequence');

const WORDS = [
  ...['on', 'off', 'ON', 'nopass', 'resetpass', 'reset', '', 'nosuch', 'on\0x', 'a b'],
  ...['>pw', '>other', '<pw', '<other', `#${HASH}`, `!${HASH}`, '#12', `!${HASH}0`, '>'],
  ...['allkeys', 'resetkeys', '~*', '~a*', '~b?', '~\xff*', '~', '~a b', '~AllKeys'],
  ...['%R~a*', '%W~b*', '%RW~c*', '%wr~d', '%r~*', '%RR~y', '%Q~z', '%R', '%W~a*', '%R~'],
  ...['allchannels', 'resetchannels', '&*', '&c*', '&c1', '&', '&x y'],
  ...['allcommands', 'nocommands', '+@all', '-@all', '+@nosuch', '-@', '+', '-', '+nosuch'],
  ...['+select|0', '+select|1', '+SELECT|0', '+get|x', '+config|get', '+config|nosuch', '+client|'],
  ...['+config|get|x', '-config|set', '-select|0', '+nosuch|x', '+memory|usage', '-nosuch'],
  ...['sanitize-payload', 'skip-sanitize-payload', 'clearselectors'],
  ...['(', ')', '()', '(+get', '~x*)', '(+@read ~a*)', '(%W~b* +set &c*)', '(nosuch)', '(+get "x)'],
];

export function randomAclRequest(random: Random): string[][] {
  const user = random.pick(USERS);
  const kind = random.next();
  if (kind < 0.3) return [['ACL', 'SETUSER', user, ...rules(random)]];
  if (kind < 0.34)
    return [
      ['AUTH', 'default', 'x'],
      ['ACL', 'SETUSER', user, 'reset'],
    ];
  if (kind < 0.4) return [['acl', 'getuser', random.chance(0.1) ? 'default' : user]];
  if (kind < 0.45) return [['ACL', random.pick(['LIST', 'USERS', 'WHOAMI', 'whoami'])]];
  if (kind < 0.48) {
    // Nobody ends its own connection here.
    const names = [user, random.pick([...USERS, 'default', 'nobody'])];
    return [
      ['AUTH', 'default', 'x'],
      ['ACL', 'DELUSER', ...names],
    ];
  }
  if (kind < 0.68) return [['ACL', 'DRYRUN', user, ...plainRequest(random)]];
  if (kind < 0.76) return [['AUTH', user, random.pick(PASSWORDS)]];
  if (kind < 0.8)
    return [
      ['ACL', 'SETUSER', user, 'on', 'nopass'],
      ['AUTH', user, 'x'],
    ];
  if (kind < 0.84) return [['AUTH', 'default', 'x']];
  if (kind < 0.86) return [['ACL', 'LOG', ...random.pick([[], ['3'], ['-1'], ['x'], ['RESET']])]];
  if (kind < 0.88) return [random.pick(ODD)];
  return [plainRequest(random)];
}

const ODD = [
  ['ACL'],
  ['ACL', 'NOSUCH', 'x'],
  ['ACL', 'HELP'],
  ['ACL', 'SETUSER'],
  ['ACL', 'SETUSER', 'a b', 'on'],
  ['ACL', 'SETUSER', '', 'off'],
  ['ACL', 'GETUSER', 'a', 'b'],
  ['ACL', 'LOAD'],
  ['ACL', 'SAVE'],
  ['ACL', 'CAT', 'nosuch'],
  ['ACL', 'CAT', 'read', 'x'],
  ['ACL', 'GENPASS', 'x'],
  ['ACL', 'GENPASS', '0'],
  ['ACL', 'GENPASS', '4097'],
  ['ACL', 'GENPASS', '5', '6'],
  ['ACL', 'LOG', '1', '2'],
  ['ACL', 'DRYRUN', 'nobody', 'get', 'a'],
  ['ACL', 'DRYRUN', 'default', 'nosuch'],
  ['ACL', 'DRYRUN', 'default', 'get'],
  ['ACL', 'DRYRUN', 'default', 'client'],
  ['ACL', 'DRYRUN', 'default', 'client', 'nosuch'],
  ['CLIENT', 'KILL', 'USER', 'nobody'],
  ['CLIENT', 'KILL', 'USER', 'alice', 'ID', '999999999999'],
  ['HELLO', '3', 'AUTH', 'alice', 'pw'],
  ['HELLO', '2', 'AUTH', 'nobody', 'pw'],
  ['RESET'],
];

function rules(random: Random): string[] {
  const count = random.between(0, 5);
  return Array.from({ length: count }, () => rule(random));
}

function rule(random: Random): string {
  const kind = random.next();
  const sign = random.pick(['+', '-']);
  if (kind < 0.35) return random.pick(WORDS);
  if (kind < 0.6) return `${sign}@${random.pick(REDIS_CATEGORIES)}`;
  if (kind < 0.9) return sign + random.pick(NAMES);
  return sign + random.pick(COMMON).toUpperCase();
}

const KEYS = ['a1', 'a2', 'b1', 'c1', 'd', 'x1', '\xff1', ''];
const CHANNELS = ['c1', 'c2', 'd1', 'c*', ''];

function plainRequest(random: Random): string[] {
  const key = () => random.pick(KEYS);
  const channel = () => random.pick(CHANNELS);
  return random.pick([
    ['GET', key()],
    ['SET', key(), '5'],
    ['SET', key(), '5', 'get'],
    ['set', key(), '5', 'KEEPTTL', 'GET'],
    ['INCR', key()],
    ['MGET', key(), key(), key()],
    ['MSET', key(), '1', key(), '2'],
    ['MSET', key(), '1', key()],
    ['DEL', key(), key()],
    ['EXISTS', key(), key()],
    ['COPY', key(), key(), 'REPLACE'],
    ['RENAMENX', key(), key()],
    ['GETSET', key(), '7'],
    ['EXPIRE', key(), '1000'],
    ['TYPE', key()],
    ['LATENCY', 'HISTORY'],
    ['DBSIZE'],
    ['PUBLISH', channel(), 'x'],
    ['SPUBLISH', channel(), 'x'],
    ['SELECT', random.pick(['0', '0', '1'])],
    ['PING'],
    ['CLIENT', 'GETNAME'],
    ['CONFIG', 'GET', 'requirepass'],
    ['COMMAND', 'COUNT', 'x'],
    ['NOSUCH', 'x'],
    ['GET'],
  ]);
}

/** An administrator who changes what a user may do, and that user, who queues and executes meanwhile. */
export function randomAclSteps(seed: number, length: number): Step[] {
  const random = new Random(seed);
  const steps: Step[] = [
    { client: 0, words: ['ACL', 'SETUSER', 'alice', 'reset', 'on', 'nopass', '+@all', '~*'] },
    { client: 1, words: ['AUTH', 'alice', 'x'] },
  ];
  while (steps.length < length) {
    const kind = random.next();
    if (kind < 0.2) steps.push({ client: 0, words: ['ACL', 'SETUSER', 'alice', ...rules(random)] });
    else if (kind < 0.25) steps.push({ client: 0, words: ['ACL', 'LOG'] });
    else if (kind < 0.3) steps.push({ client: 0, words: ['ACL', 'GETUSER', 'alice'] });
    else if (kind < 0.35) steps.push({ client: 0, words: ['ACL', 'SETUSER', 'alice', '+@all'] });
    else if (kind < 0.45) steps.push({ client: 1, words: ['MULTI'] });
    else if (kind < 0.55) steps.push({ client: 1, words: ['EXEC'] });
    else if (kind < 0.57) steps.push({ client: 1, words: ['DISCARD'] });
    else if (kind < 0.59) steps.push({ client: 1, words: ['ACL', 'WHOAMI'] });
    else steps.push({ client: 1, words: plainRequest(random) });
  }
  return steps;
}

/** Subscriptions change what a connection may do, so they are only tried. */
export function dryRuns(random: Random): string[] {
  const name = random.pick([
    'SUBSCRIBE',
    'PSUBSCRIBE',
    'SSUBSCRIBE',
    'UNSUBSCRIBE',
    'PUNSUBSCRIBE',
  ]);
  return ['ACL', 'DRYRUN', random.pick(USERS), name, random.pick(CHANNELS), random.pick(CHANNELS)];
}
