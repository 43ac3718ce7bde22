import { INT64_MIN, type Int64, subtract } from '../protocol/int64.js';
import { type CommandRow, NOT_AN_INTEGER, type Take, type TakeForm } from './command.js';
import { KEY, oneKey, optional } from './documentation.js';
import { integerAt, optionWord } from './words.js';

/** The commands that take numbers from a sequence. */

const TAKE = {
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  group: 'string',
  since: '1.0.0',
  complexity: 'O(1)',
  ...oneKey('RW', 'access', 'update'),
} as const;

/** Our own commands on sequences. */
const SEQUENCE_TAKE = {
  ...TAKE,
  categories: ['sequence'],
  group: 'sequence',
  since: '7.0.0',
} as const;

export const takes: readonly CommandRow[] = [
  {
    ...TAKE,
    runs: 'take',
    name: 'incr',
    arity: 2,
    summary: 'Take the next number of a sequence',
    arguments: [KEY],
    take: (_request, take) => fill(take, 1, true, 'integer'),
  },
  {
    ...TAKE,
    runs: 'take',
    name: 'incrby',
    arity: 3,
    summary: 'Move a sequence up by an amount and answer its value',
    arguments: [KEY, { name: 'increment', type: 'integer' }],
    take: (request, take) => {
      const amount = integerAt(request, 2);
      if (amount === undefined) return NOT_AN_INTEGER;
      return fill(take, amount, false, 'integer');
    },
  },
  {
    ...TAKE,
    runs: 'take',
    name: 'decr',
    arity: 2,
    summary: 'Move a sequence down by one and answer its value',
    arguments: [KEY],
    take: (_request, take) => fill(take, -1, true, 'integer'),
  },
  {
    ...TAKE,
    runs: 'take',
    name: 'decrby',
    arity: 3,
    summary: 'Move a sequence down by an amount and answer its value',
    arguments: [KEY, { name: 'decrement', type: 'integer' }],
    take: (request, take) => {
      const amount = integerAt(request, 2);
      if (amount === undefined) return NOT_AN_INTEGER;
      if (amount === INT64_MIN) return 'ERR decrement would overflow';
      return fill(take, subtract(0, amount) as Int64, false, 'integer');
    },
  },
  {
    ...SEQUENCE_TAKE,
    runs: 'take',
    name: 'seq.next',
    arity: -2,
    summary: 'Take the next number of a sequence, or a range of consecutive ones',
    arguments: [KEY, optional({ name: 'count', type: 'integer', token: 'COUNT' })],
    take: (request, take) => {
      if (request.count === 2) return fill(take, 1, true, 'integer');
      if (request.count !== 4 || optionWord(request, 2) !== 'COUNT') return 'ERR syntax error';
      const count = integerAt(request, 3);
      if (count === undefined) return NOT_AN_INTEGER;
      if (count < 1) return 'ERR COUNT must be at least 1';
      return fill(take, count, true, 'range');
    },
  },
  {
    ...SEQUENCE_TAKE,
    runs: 'take',
    name: 'next',
    arity: 2,
    summary: 'Take the next number of a sequence; as a line it answers a bare line, as in 2009',
    arguments: [KEY],
    take: (request, take) => fill(take, 1, true, request.isInline === true ? 'line' : 'integer'),
  },
];

function fill(take: Take, amount: Int64, inUnits: boolean, form: TakeForm): undefined {
  take.amount = amount;
  take.inUnits = inUnits;
  take.form = form;
}
