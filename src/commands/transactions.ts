import type { TransactionCommand } from './command.js';
import { KEYS, manyKeys, NO_KEYS } from './documentation.js';

/** Commands that take effect together, or not at all. */

const TRANSACTION = {
  ...NO_KEYS,
  runs: 'transaction',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  group: 'transactions',
} as const;

export const transactions: readonly TransactionCommand[] = [
  {
    ...TRANSACTION,
    act: 'begin',
    name: 'multi',
    since: '1.2.0',
    summary: 'Begin a transaction: what follows is queued up to EXEC',
    complexity: 'O(1)',
  },
  {
    ...TRANSACTION,
    act: 'execute',
    name: 'exec',
    flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
    since: '1.2.0',
    summary: 'Execute what was queued since MULTI, in one piece',
    complexity: 'Depends on commands in the transaction',
  },
  {
    ...TRANSACTION,
    act: 'discard',
    name: 'discard',
    since: '2.0.0',
    summary: 'Forget what was queued since MULTI',
    complexity: 'O(N), when N is the number of queued commands',
  },
  {
    ...TRANSACTION,
    ...manyKeys(1, 'RO'),
    act: 'watch',
    name: 'watch',
    arity: -2,
    since: '2.2.0',
    summary: 'Let the next EXEC do nothing if one of the sequences changes before it',
    complexity: 'O(1) for every key.',
    arguments: [KEYS],
  },
  {
    ...TRANSACTION,
    act: 'unwatch',
    name: 'unwatch',
    since: '2.2.0',
    summary: 'Watch nothing any more',
    complexity: 'O(1)',
  },
];
