import { add, fromBigInt, type Int64, multiply, subtract } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { type ArgumentDoc, type Arguments, CommandError, type CommandRow } from './command.js';
import { KEY, oneKey, oneOf, optional } from './documentation.js';
import type { Keyspace } from './keyspace.js';
import { invalidTime } from './set-options.js';
import { optionWord, requireInteger, untilNul } from './words.js';

/** The commands on when a sequence expires. */

const SET_DEADLINE = {
  ...oneKey('RW', 'update'),
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  complexity: 'O(1)',
} as const;
const TELL = {
  ...oneKey('RO', 'access'),
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  complexity: 'O(1)',
  arguments: [KEY],
} as const;

const ABSENT = -2;
const FOREVER = -1;

export const expiry: readonly CommandRow[] = [
  expire('expire', '1.0.0', 1000, true, { name: 'seconds', type: 'integer' }),
  expire('pexpire', '2.6.0', 1, true, { name: 'milliseconds', type: 'integer' }),
  expire('expireat', '1.2.0', 1000, false, { name: 'unix-time-seconds', type: 'unix-time' }),
  expire('pexpireat', '2.6.0', 1, false, { name: 'unix-time-milliseconds', type: 'unix-time' }),
  {
    ...SET_DEADLINE,
    runs: 'master',
    name: 'persist',
    arity: 2,
    since: '2.2.0',
    summary: 'Let a sequence never expire',
    arguments: [KEY],
    execute: (keyspace, request, reply) => {
      const deadline = deadlineOf(keyspace, request);
      const has = deadline !== undefined && deadline !== 0;
      if (has) setDeadline(keyspace, request, 0);
      reply.integer(has ? 1 : 0);
    },
  },
  {
    ...TELL,
    runs: 'master',
    name: 'ttl',
    since: '1.0.0',
    tips: ['nondeterministic_output'],
    summary: 'Tell in how many seconds a sequence expires',
    execute: (keyspace, request, reply) => tell(keyspace, request, reply, true, true),
  },
  {
    ...TELL,
    runs: 'master',
    name: 'pttl',
    since: '2.6.0',
    tips: ['nondeterministic_output'],
    summary: 'Tell in how many milliseconds a sequence expires',
    execute: (keyspace, request, reply) => tell(keyspace, request, reply, true, false),
  },
  {
    ...TELL,
    runs: 'master',
    name: 'expiretime',
    since: '7.0.0',
    summary: 'Tell when a sequence expires, in seconds since 1970',
    execute: (keyspace, request, reply) => tell(keyspace, request, reply, false, true),
  },
  {
    ...TELL,
    runs: 'master',
    name: 'pexpiretime',
    since: '7.0.0',
    summary: 'Tell when a sequence expires, in milliseconds since 1970',
    execute: (keyspace, request, reply) => tell(keyspace, request, reply, false, false),
  },
];

function expire(
  name: string,
  since: string,
  unitMs: number,
  isRelative: boolean,
  time: ArgumentDoc,
): CommandRow {
  const condition = { ...oneOf('condition', 'NX', 'XX', 'GT', 'LT'), since: '7.0.0' };
  return {
    ...SET_DEADLINE,
    runs: 'master',
    name,
    since,
    summary: `Set when a sequence expires, in ${unitMs === 1 ? 'milli' : ''}seconds ${isRelative ? 'from now' : 'since 1970'}`,
    arguments: [KEY, time, optional(condition)],
    execute: (keyspace, request, reply) => {
      const conditions = parseConditions(request);
      const deadline = parseDeadline(request, unitMs, isRelative ? keyspace.nowMs : 0, name);
      const current = deadlineOf(keyspace, request);
      const isMet = current !== undefined && conditions.every((each) => each(current, deadline));
      // A deadline of 0 is none in the table, and has passed in any case.
      if (isMet) setDeadline(keyspace, request, deadline === 0 ? -1 : deadline);
      reply.integer(isMet ? 1 : 0);
    },
  };
}

/** Whether a deadline may replace the current one, which is 0 when there is none: then it counts as infinite. */
type Condition = (current: Int64, deadline: Int64) => boolean;

const CONDITIONS: Readonly<Record<string, Condition>> = {
  NX: (current) => current === 0,
  XX: (current) => current !== 0,
  GT: (current, deadline) => current !== 0 && deadline > current,
  LT: (current, deadline) => current === 0 || deadline < current,
};

function parseConditions(request: Arguments): Condition[] {
  const words = new Set<string>();
  for (let i = 3; i < request.count; i++) {
    const word = optionWord(request, i);
    if (CONDITIONS[word] === undefined) {
      // Redis takes line ends off the end of such a text.
      const text = untilNul(request.text(i)).replace(/[\r\n]+$/, '');
      throw new CommandError(`ERR Unsupported option ${text}`);
    }
    words.add(word);
  }
  if (words.has('NX') && words.size > 1) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (words.has('GT') && words.has('LT')) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible');
  }
  return [...words].map((word) => CONDITIONS[word] as Condition);
}

function parseDeadline(
  request: Arguments,
  unitMs: number,
  sinceMs: number,
  command: string,
): Int64 {
  const time = multiply(requireInteger(request, 2), unitMs);
  const deadline = time === undefined ? undefined : add(time, sinceMs);
  if (deadline === undefined) throw new CommandError(invalidTime(command));
  return deadline;
}

function tell(
  keyspace: Keyspace,
  request: Arguments,
  reply: ReplyWriter,
  isRelative: boolean,
  inSeconds: boolean,
): void {
  const deadline = deadlineOf(keyspace, request, true);
  if (deadline === undefined) reply.integer(ABSENT);
  else if (deadline === 0) reply.integer(FOREVER);
  else {
    const time = isRelative ? (subtract(deadline, keyspace.nowMs) ?? deadline) : deadline;
    const shown = time < 0 ? 0 : time;
    reply.integer(inSeconds ? secondsOf(shown) : shown);
  }
}

function secondsOf(milliseconds: Int64): Int64 {
  if (typeof milliseconds === 'number') return Math.floor((milliseconds + 500) / 1000);
  return fromBigInt((milliseconds + 500n) / 1000n);
}

function deadlineOf(keyspace: Keyspace, request: Arguments, isRead = false): Int64 | undefined {
  const { bytes, starts, ends } = request;
  return keyspace.deadline(bytes, starts[1] as number, ends[1] as number, isRead);
}

/** The value stays as it is. */
function setDeadline(keyspace: Keyspace, request: Arguments, deadline: Int64): void {
  const start = request.starts[1] as number;
  const end = request.ends[1] as number;
  const value = keyspace.peek(request.bytes, start, end) as Int64;
  keyspace.write(request.bytes, start, end, value, deadline);
  const isGone = deadline !== 0 && deadline <= keyspace.nowMs;
  const event = deadline === 0 ? 'persist' : isGone ? 'del' : 'expire';
  keyspace.notify(event, request.bytes, start, end);
}
