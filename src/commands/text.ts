import { type Int64, subtract } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import type { Arguments, CommandRow } from './command.js';
import { KEY, KEYS, manyKeys, oneKey } from './documentation.js';
import type { Keyspace } from './keyspace.js';
import { requireInteger } from './words.js';

/** The commands that see a value as its decimal text, and those that only look whether it is there. */

const TEXT = {
  flags: ['readonly'],
  categories: ['string'],
  group: 'string',
} as const;
const RANGE = {
  ...TEXT,
  ...oneKey('RO', 'access'),
  arity: 4,
  complexity: 'O(1)',
  arguments: [KEY, { name: 'start', type: 'integer' }, { name: 'end', type: 'integer' }],
  execute: range,
} as const;

export const text: readonly CommandRow[] = [
  {
    ...TEXT,
    ...oneKey('RO'),
    runs: 'master',
    name: 'strlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    since: '2.2.0',
    summary: 'Count the characters of a value',
    complexity: 'O(1)',
    arguments: [KEY],
    execute: (keyspace, request, reply) => reply.integer(textOf(keyspace, request).length),
  },
  {
    ...RANGE,
    runs: 'master',
    name: 'getrange',
    since: '2.4.0',
    summary: 'Read a part of the text of a value',
  },
  {
    ...RANGE,
    runs: 'master',
    name: 'substr',
    replacement: { since: '2.0.0', by: '`GETRANGE`' },
    since: '1.0.0',
    summary: 'Read a part of the text of a value; the older name of GETRANGE',
  },
  {
    ...manyKeys(1, 'RO'),
    runs: 'master',
    many: 'count',
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    group: 'generic',
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    since: '3.2.1',
    summary: 'Count those of the names that are sequences',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS],
    execute: (keyspace, request, reply) => {
      let count = 0;
      for (let i = 1; i < request.count; i++) {
        const start = request.starts[i] as number;
        const end = request.ends[i] as number;
        if (keyspace.read(request.bytes, start, end) !== undefined) count++;
      }
      reply.integer(count);
    },
  },
];

function range(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  const start = requireInteger(request, 2);
  const end = requireInteger(request, 3);
  const whole = textOf(keyspace, request);
  const isEmpty = start < 0 && end < 0 && start > end;
  reply.bulkText(isEmpty ? '' : whole.slice(place(start, whole), place(end, whole) + 1));
}

/** A position in the text; a negative one counts from its end. */
function place(position: Int64, whole: string): number {
  const length = whole.length;
  const fromStart = position < 0 ? (subtract(position, -length) ?? position) : position;
  if (fromStart < 0) return 0;
  return fromStart > length ? length : Number(fromStart);
}

function textOf(keyspace: Keyspace, request: Arguments): string {
  const start = request.starts[1] as number;
  const value = keyspace.read(request.bytes, start, request.ends[1] as number);
  return value === undefined ? '' : value.toString();
}
