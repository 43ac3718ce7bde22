import type { Int64 } from '../protocol/int64.js';
import { CommandError, type CommandRow, type ExecutableRow } from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { HELP, help } from './help.js';
import { integerAt, wrongSubcommandArity } from './words.js';

/** SLOWLOG: what took long, over all processes. */

const SLOW_LOG = {
  ...NO_KEYS,
  flags: ['admin', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '2.2.12',
} as const;

const BAD_COUNT = 'ERR count should be greater than or equal to -1';
const DEFAULT_COUNT = 10;

/** A command that took long; words and name are latin1, and cut to what is worth keeping. */
export interface SlowCommand {
  readonly seconds: number;
  readonly microseconds: number;
  readonly words: readonly string[];
  readonly address: string;
  readonly name: string;
}

const WORDS_KEPT = 32;
const LENGTH_KEPT = 128;

/** The words as the slow log keeps them: so many of them, and so much of each. There are `total`; the first ones are enough. */
export function trimmedWords(words: readonly string[], total = words.length): string[] {
  const isLong = total > WORDS_KEPT;
  const kept = (isLong ? words.slice(0, WORDS_KEPT - 1) : words).map((word) =>
    word.length > LENGTH_KEPT
      ? `${word.slice(0, LENGTH_KEPT)}... (${word.length - LENGTH_KEPT} more bytes)`
      : word,
  );
  if (isLong) kept.push(`... (${total - WORDS_KEPT + 1} more arguments)`);
  return kept;
}

const subcommands: readonly ExecutableRow[] = [
  {
    ...SLOW_LOG,
    runs: 'server',
    name: 'slowlog|get',
    arity: -2,
    tips: ['request_policy:all_nodes', 'nondeterministic_output'],
    summary: 'Show the last commands that took long',
    complexity: 'O(N) where N is the number of entries returned',
    arguments: [optional({ name: 'count', type: 'integer' })],
    execute: (server, request, answer) => {
      if (request.count > 3) throw new CommandError(wrongSubcommandArity(request));
      const count = request.count === 2 ? DEFAULT_COUNT : boundedCount(integerAt(request, 2));
      const entries = server.slowLog.newest(count);
      answer((reply) => {
        reply.array(entries.length);
        for (const { id, seconds, microseconds, words, address, name } of entries) {
          reply.array(6);
          reply.integer(id);
          reply.integer(seconds);
          reply.integer(microseconds);
          reply.array(words.length);
          for (const word of words) reply.bulkText(word);
          reply.bulkText(address);
          reply.bulkText(name);
        }
      });
    },
  },
  {
    ...SLOW_LOG,
    runs: 'server',
    name: 'slowlog|len',
    arity: 2,
    tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
    summary: 'Count the commands in the slow log',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      const { length } = server.slowLog;
      answer((reply) => reply.integer(length));
    },
  },
  {
    ...SLOW_LOG,
    runs: 'server',
    name: 'slowlog|reset',
    arity: 2,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Empty the slow log',
    complexity: 'O(N) where N is the number of entries in the slowlog',
    execute: (server, _request, answer) => {
      server.slowLog.reset();
      answer((reply) => reply.ok());
    },
  },
  {
    ...SLOW_LOG,
    ...HELP,
    name: 'slowlog|help',
    since: '6.2.0',
    execute: help('SLOWLOG', [
      'GET [<count>]',
      '    Return top <count> entries from the slowlog (default: 10, -1 mean all).',
      '    Entries are made of:',
      '    id, timestamp, time in microseconds, arguments array, client IP and port,',
      '    client name',
      'LEN',
      '    Return the length of the slowlog.',
      'RESET',
      '    Reset the slowlog.',
    ]),
  },
];

export const slowLog: CommandRow = {
  ...NO_KEYS,
  runs: 'container',
  name: 'slowlog',
  arity: -2,
  flags: [],
  categories: [],
  group: 'server',
  since: '2.2.12',
  summary: 'The commands that took long',
  complexity: 'Depends on subcommand.',
  subcommands,
};

function boundedCount(count: Int64 | undefined): number {
  if (count === undefined || count < -1) throw new CommandError(BAD_COUNT);
  return count === -1 ? Number.POSITIVE_INFINITY : Number(count);
}
