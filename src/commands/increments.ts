import { add, INT64_MAX, INT64_MIN, type Int64, subtract } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import {
  type Arguments,
  CommandError,
  type MasterCommand,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
} from './command.js';
import { exactInteger } from './decimal.js';
import { KEY, oneKey, optional, token, UNIX_TIMES } from './documentation.js';
import type { Keyspace } from './keyspace.js';
import { deadlineOf, type ExpiryOption, isExpiryUnit } from './set-options.js';
import { optionWord, requireInteger } from './words.js';

/** The increments that are more than a take: within bounds, with a deadline, or written as a decimal fraction. */

const INCREMENT = {
  ...oneKey('RW', 'access', 'update'),
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  group: 'string',
  complexity: 'O(1)',
} as const;

export const increments: readonly MasterCommand[] = [
  {
    ...INCREMENT,
    runs: 'master',
    name: 'incrbyfloat',
    arity: 3,
    since: '2.6.0',
    summary: 'Move a sequence by a decimal number, as long as its value stays an integer',
    arguments: [KEY, { name: 'increment', type: 'double' }],
    execute: incrementByFloat,
  },
  {
    ...INCREMENT,
    runs: 'master',
    name: 'increx',
    arity: -2,
    since: '8.8.0',
    summary: 'Move a sequence within bounds, and set when it expires',
    arguments: [
      KEY,
      optional({ name: 'increment', type: 'integer', token: 'BYINT' }),
      optional(token('SATURATE')),
      optional({ name: 'lowerbound', type: 'integer', token: 'LBOUND' }),
      optional({ name: 'upperbound', type: 'integer', token: 'UBOUND' }),
      optional({
        name: 'expiration',
        type: 'oneof',
        arguments: [...UNIX_TIMES, token('PERSIST')],
      }),
      optional(token('ENX')),
    ],
    execute: increx,
  },
];

function incrementByFloat(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  const { bytes, starts, ends } = request;
  const [start, end] = [starts[1] as number, ends[1] as number];
  const current = keyspace.peek(bytes, start, end) ?? 0;
  const amount = exactInteger(request.text(2));
  if (amount === 'none') throw new CommandError('ERR value is not a valid float');
  if (amount === 'infinite') throw new CommandError('ERR increment would produce NaN or Infinity');
  const next = amount === 'fraction' ? undefined : add(current, amount);
  if (next === undefined) throw new CommandError(NOT_AN_INTEGER);
  keyspace.write(bytes, start, end, next, keyspace.deadline(bytes, start, end) ?? 0);
  keyspace.notify('incrbyfloat', bytes, start, end);
  reply.bulkInteger(next);
}

interface IncrexOptions {
  amount: Int64;
  lower: Int64;
  upper: Int64;
  saturates: boolean;
  expiry: ExpiryOption | 'PERSIST' | undefined;
  /** Only a sequence without a deadline gets one. */
  isForNew: boolean;
}

/** The order of the checks: options, bounds, expiry, and only then what is there. */
function increx(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  const { bytes, starts, ends } = request;
  const [start, end] = [starts[1] as number, ends[1] as number];
  const { amount, lower, upper, saturates, expiry, isForNew } = parseIncrex(request);
  const given =
    typeof expiry === 'object' ? deadlineOf(request, expiry, keyspace.nowMs, 'increx') : 0;
  const current = keyspace.peek(bytes, start, end) ?? 0;
  const next = within(add(current, amount), amount, lower, upper, saturates);
  reply.array(2);
  // What was applied may be more than 64 bits hold, from one bound to the other: then the value jumped, and the bound tells.
  const applied = next === undefined ? 0 : subtract(next, current);
  if (next === undefined || applied === undefined) {
    reply.integer(current);
    reply.integer(0);
    return;
  }
  const had = keyspace.deadline(bytes, start, end) ?? 0;
  const isKept = expiry === undefined || (isForNew && had !== 0);
  keyspace.write(bytes, start, end, next, isKept ? had : given);
  keyspace.notify('incrby', bytes, start, end);
  if (!isKept && given !== 0) keyspace.notify('expire', bytes, start, end);
  else if (!isKept && had !== 0) keyspace.notify('persist', bytes, start, end);
  reply.integer(next);
  reply.integer(applied);
}

/** The value to set; undefined when it stays. `sum` is undefined when it is beyond 64 bits. */
function within(
  sum: Int64 | undefined,
  amount: Int64,
  lower: Int64,
  upper: Int64,
  saturates: boolean,
): Int64 | undefined {
  const isAbove = sum === undefined ? amount > 0 : sum > upper;
  const isBelow = sum === undefined ? amount < 0 : sum < lower;
  if (!isAbove && !isBelow) return sum;
  if (!saturates) return undefined;
  return isAbove ? upper : lower;
}

function parseIncrex(request: Arguments): IncrexOptions {
  const options: IncrexOptions = {
    amount: 1,
    lower: INT64_MIN,
    upper: INT64_MAX,
    saturates: false,
    expiry: undefined,
    isForNew: false,
  };
  const given = new Set<string>();
  for (let i = 2; i < request.count; i++) {
    const word = optionWord(request, i);
    if (given.has(word)) throw new CommandError(SYNTAX_ERROR);
    given.add(word);
    if (word === 'SATURATE') options.saturates = true;
    else if (word === 'ENX') options.isForNew = true;
    else if (word === 'PERSIST') options.expiry = only(options.expiry, word);
    else if (++i === request.count) throw new CommandError(SYNTAX_ERROR);
    else if (word === 'BYINT') options.amount = requireInteger(request, i);
    else if (word === 'LBOUND') options.lower = requireInteger(request, i);
    else if (word === 'UBOUND') options.upper = requireInteger(request, i);
    else if (isExpiryUnit(word)) options.expiry = only(options.expiry, { unit: word, index: i });
    else throw new CommandError(SYNTAX_ERROR);
  }
  if (options.lower > options.upper)
    throw new CommandError("ERR LBOUND can't be greater than UBOUND");
  if (options.isForNew && options.expiry === 'PERSIST') throw new CommandError(SYNTAX_ERROR);
  if (options.isForNew && options.expiry === undefined)
    throw new CommandError('ERR ENX flag requires an expiration');
  return options;
}

/** There is one option that speaks of time. */
function only<T>(before: T | undefined, option: T): T {
  if (before !== undefined) throw new CommandError(SYNTAX_ERROR);
  return option;
}
