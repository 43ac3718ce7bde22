import type { Int64 } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, CommandError, type CommandRow, SYNTAX_ERROR } from './command.js';
import {
  KEY,
  KEYS,
  KEYS_AND_VALUES,
  manyKeys,
  oneKey,
  oneOf,
  optional,
  SET_TIMES,
  since,
  token,
  UNIX_TIMES,
  VALUE,
} from './documentation.js';
import type { KeyEvent } from './key-events.js';
import type { Keyspace } from './keyspace.js';
import { deadlineOf, type ExpiryUnit, parseGetexOption, parseSetOptions } from './set-options.js';
import { requireInteger, wrongArity } from './words.js';

/** The commands that read and set values. A value that is no 64-bit integer is refused, and nothing changes. */

const READ = {
  flags: ['readonly', 'fast'],
  categories: ['string'],
  group: 'string',
} as const;
const WRITE = {
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  group: 'string',
} as const;

export const counters: readonly CommandRow[] = [
  {
    ...READ,
    ...oneKey('RO', 'access'),
    runs: 'master',
    name: 'get',
    arity: 2,
    since: '1.0.0',
    summary: 'Read the value of a sequence',
    complexity: 'O(1)',
    arguments: [KEY],
    execute: (keyspace, request, reply) => value(reply, read(keyspace, request, 1)),
  },
  {
    ...WRITE,
    ...oneKey('RW', 'access', 'update', 'variable_flags'),
    keyNotes: 'RW and ACCESS due to the optional `GET` argument',
    runs: 'master',
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    since: '1.0.0',
    summary: 'Set the value of a sequence exactly, and create the sequence when it is absent',
    complexity: 'O(1)',
    arguments: [
      KEY,
      VALUE,
      optional(since('2.6.12', oneOf('condition', 'NX', 'XX'))),
      optional(since('6.2.0', token('GET'))),
      optional({
        name: 'expiration',
        type: 'oneof',
        arguments: [...SET_TIMES, since('6.0.0', token('KEEPTTL'))],
      }),
    ],
    execute: set,
  },
  {
    ...WRITE,
    ...oneKey('RW', 'access', 'update'),
    runs: 'master',
    name: 'getset',
    replacement: { since: '6.2.0', by: '`SET` with the `!GET` argument' },
    arity: 3,
    since: '1.0.0',
    summary: 'Set the value of a sequence and answer the old one',
    complexity: 'O(1)',
    arguments: [KEY, VALUE],
    execute: (keyspace, request, reply) => {
      const next = requireInteger(request, 2);
      const previous = read(keyspace, request, 1);
      write(keyspace, request, 1, next);
      notify(keyspace, request, 1, 'set');
      value(reply, previous);
    },
  },
  {
    ...WRITE,
    ...oneKey('OW', 'insert'),
    runs: 'master',
    name: 'setnx',
    arity: 3,
    since: '1.0.0',
    summary: 'Create a sequence with a value unless it is there',
    complexity: 'O(1)',
    arguments: [KEY, VALUE],
    execute: (keyspace, request, reply) => {
      const next = requireInteger(request, 2);
      const isAbsent = peek(keyspace, request, 1) === undefined;
      if (isAbsent) {
        write(keyspace, request, 1, next);
        notify(keyspace, request, 1, 'set');
      }
      reply.integer(isAbsent ? 1 : 0);
    },
  },
  {
    ...READ,
    ...manyKeys(1, 'RO', 'access'),
    runs: 'master',
    many: 'read',
    name: 'mget',
    arity: -2,
    tips: ['request_policy:multi_shard'],
    since: '1.0.0',
    summary: 'Read the values of several sequences at once',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS],
    execute: (keyspace, request, reply) => {
      reply.array(request.count - 1);
      for (let i = 1; i < request.count; i++) value(reply, read(keyspace, request, i));
    },
  },
  {
    ...WRITE,
    ...manyKeys(2, 'OW', 'update'),
    runs: 'master',
    many: 'write',
    name: 'mset',
    arity: -3,
    flags: ['write', 'denyoom'],
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    since: '1.0.1',
    summary: 'Set the values of several sequences at once',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS_AND_VALUES],
    execute: (keyspace, request, reply) => {
      pairs(request, 'mset').forEach((next, i) => {
        write(keyspace, request, 2 * i + 1, next);
        notify(keyspace, request, 2 * i + 1, 'set');
      });
      reply.ok();
    },
  },
  {
    ...WRITE,
    ...manyKeys(2, 'OW', 'insert'),
    runs: 'master',
    many: 'create',
    name: 'msetnx',
    arity: -3,
    flags: ['write', 'denyoom'],
    tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
    since: '1.0.1',
    summary: 'Create several sequences with values, unless one of them is there',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS_AND_VALUES],
    execute: (keyspace, request, reply) => {
      const values = pairs(request, 'msetnx');
      for (let i = 1; i < request.count; i += 2) {
        if (peek(keyspace, request, i) === undefined) continue;
        reply.integer(0);
        return;
      }
      values.forEach((next, i) => {
        write(keyspace, request, 2 * i + 1, next);
        notify(keyspace, request, 2 * i + 1, 'set');
      });
      reply.integer(1);
    },
  },
  {
    ...WRITE,
    ...oneKey('OW', 'update'),
    runs: 'master',
    name: 'setex',
    arity: 4,
    flags: ['write', 'denyoom'],
    since: '2.0.0',
    summary: 'Set the value of a sequence, and the seconds after which it expires',
    complexity: 'O(1)',
    arguments: [KEY, { name: 'seconds', type: 'integer' }, VALUE],
    execute: setFor('EX', 'setex'),
  },
  {
    ...WRITE,
    ...oneKey('OW', 'update'),
    runs: 'master',
    name: 'psetex',
    arity: 4,
    flags: ['write', 'denyoom'],
    since: '2.6.0',
    summary: 'Set the value of a sequence, and the milliseconds after which it expires',
    complexity: 'O(1)',
    arguments: [KEY, { name: 'milliseconds', type: 'integer' }, VALUE],
    execute: setFor('PX', 'psetex'),
  },
  {
    ...WRITE,
    ...oneKey('RW', 'access', 'delete'),
    runs: 'master',
    name: 'getdel',
    arity: 2,
    flags: ['write', 'fast'],
    since: '6.2.0',
    summary: 'Read the value of a sequence and remove it',
    complexity: 'O(1)',
    arguments: [KEY],
    execute: (keyspace, request, reply) => {
      const current = read(keyspace, request, 1);
      const start = request.starts[1] as number;
      if (current !== undefined) {
        keyspace.remove(request.bytes, start, request.ends[1] as number);
        notify(keyspace, request, 1, 'del');
      }
      value(reply, current);
    },
  },
  {
    ...WRITE,
    ...oneKey('RW', 'access', 'update'),
    keyNotes: 'RW and UPDATE because it changes the TTL',
    runs: 'master',
    name: 'getex',
    arity: -2,
    flags: ['write', 'fast'],
    since: '6.2.0',
    summary: 'Read the value of a sequence, and set when it expires',
    complexity: 'O(1)',
    arguments: [
      KEY,
      optional({ name: 'expiration', type: 'oneof', arguments: [...UNIX_TIMES, token('PERSIST')] }),
    ],
    execute: getex,
  },
];

/** SETEX and PSETEX: the time stands before the value. */
function setFor(unit: ExpiryUnit, command: string) {
  return (keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void => {
    const deadline = deadlineOf(request, { unit, index: 2 }, keyspace.nowMs, command);
    write(keyspace, request, 1, requireInteger(request, 3), deadline);
    notify(keyspace, request, 1, 'set');
    notify(keyspace, request, 1, 'expire');
    reply.ok();
  };
}

/** Looks at the name before the time, as Redis does. */
function getex(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  const option = parseGetexOption(request);
  const current = read(keyspace, request, 1);
  if (current !== undefined && option !== undefined) {
    const deadline =
      option === 'PERSIST' ? 0 : deadlineOf(request, option, keyspace.nowMs, 'getex');
    if (deadline !== 0 || deadlineAt(keyspace, request, 1) !== 0) {
      write(keyspace, request, 1, current, deadline);
      notify(keyspace, request, 1, eventOf(deadline, keyspace.nowMs));
    }
  }
  value(reply, current);
}

/** The values of MSET and MSETNX; throws for the first that is none. */
function pairs(request: Arguments, command: string): Int64[] {
  if (request.count % 2 === 0) throw new CommandError(wrongArity(command));
  const values: Int64[] = [];
  for (let i = 2; i < request.count; i += 2) values.push(requireInteger(request, i));
  return values;
}

/** The order of the checks is Redis's: options, expiry, value, and only then what is there. */
function set(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  if (request.count === 3) {
    write(keyspace, request, 1, requireInteger(request, 2));
    notify(keyspace, request, 1, 'set');
    reply.ok();
    return;
  }
  const options = parseSetOptions(request);
  if (options === undefined) throw new CommandError(SYNTAX_ERROR);
  const { expiry } = options;
  const deadline = expiry === undefined ? 0 : deadlineOf(request, expiry, keyspace.nowMs, 'set');
  const next = requireInteger(request, 2);
  // Only a condition or GET looks at the old value: a plain SET must not wait for it to be durable.
  const previous =
    options.condition === undefined && !options.isGet
      ? undefined
      : (options.isGet ? read : peek)(keyspace, request, 1);
  const isMet =
    options.condition === undefined || (options.condition === 'NX') === (previous === undefined);
  if (isMet) {
    const kept = options.keepsTtl ? (deadlineAt(keyspace, request, 1) ?? 0) : deadline;
    write(keyspace, request, 1, next, kept);
    notify(keyspace, request, 1, 'set');
    if (expiry !== undefined) notify(keyspace, request, 1, 'expire');
    // Redis finds a time that has passed when it looks again.
    if (kept !== 0 && kept <= keyspace.nowMs) notify(keyspace, request, 1, 'expired');
  }
  if (options.isGet) value(reply, previous);
  else if (isMet) reply.ok();
  else reply.nil();
}

function peek(keyspace: Keyspace, request: Arguments, index: number): Int64 | undefined {
  const start = request.starts[index] as number;
  return keyspace.peek(request.bytes, start, request.ends[index] as number);
}

function read(keyspace: Keyspace, request: Arguments, index: number): Int64 | undefined {
  return keyspace.read(
    request.bytes,
    request.starts[index] as number,
    request.ends[index] as number,
  );
}

function write(
  keyspace: Keyspace,
  request: Arguments,
  index: number,
  next: Int64,
  deadline: Int64 = 0,
): void {
  const start = request.starts[index] as number;
  keyspace.write(request.bytes, start, request.ends[index] as number, next, deadline);
}

/** What it is called when a sequence gets a deadline. */
function eventOf(deadline: Int64, nowMs: number): KeyEvent {
  if (deadline === 0) return 'persist';
  return deadline <= nowMs ? 'del' : 'expire';
}

function notify(keyspace: Keyspace, request: Arguments, index: number, event: KeyEvent): void {
  const start = request.starts[index] as number;
  keyspace.notify(event, request.bytes, start, request.ends[index] as number);
}

function deadlineAt(keyspace: Keyspace, request: Arguments, index: number): Int64 | undefined {
  const start = request.starts[index] as number;
  return keyspace.deadline(request.bytes, start, request.ends[index] as number);
}

function value(reply: ReplyWriter, current: Int64 | undefined): void {
  if (current === undefined) reply.nil();
  else reply.bulkInteger(current);
}
