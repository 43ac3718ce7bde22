import { configGet } from '../config/config-get.js';
import { CommandError, type ContainerRow, type ExecutableRow, SYNTAX_ERROR } from './command.js';
import { NO_KEYS } from './documentation.js';
import { HELP, help } from './help.js';
import { answerLater } from './server-answer.js';
import { utf8At } from './words.js';

/** CONFIG, executed by the master, so that a GET sees what a SET before it has set. */

const CONFIG = {
  ...NO_KEYS,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '2.0.0',
} as const;

const subcommands: readonly ExecutableRow[] = [
  {
    ...CONFIG,
    runs: 'server',
    name: 'config|get',
    arity: -3,
    summary: 'Read the directives that match any of the patterns',
    complexity: 'O(N) when N is the number of configuration parameters provided',
    arguments: [
      {
        name: 'parameter',
        type: 'block',
        flags: ['multiple'],
        arguments: [{ name: 'parameter', type: 'string' }],
      },
    ],
    execute: (server, request, answer) => {
      const patterns: string[] = [];
      for (let i = 2; i < request.count; i++) patterns.push(utf8At(request, i));
      const found = configGet(server.config, patterns);
      answer((reply) => {
        reply.map(found.length);
        for (const [name, text] of found) {
          reply.bulkText(name);
          reply.bulk(Buffer.from(text));
        }
      });
    },
  },
  {
    ...CONFIG,
    runs: 'server',
    isBarrier: true,
    name: 'config|set',
    arity: -4,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Change directives of the running server, all or none of them',
    complexity: 'O(N) when N is the number of configuration parameters provided',
    arguments: [
      {
        name: 'parameter_value',
        type: 'block',
        flags: ['multiple'],
        arguments: [
          { name: 'parameter', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
    ],
    execute: (server, request, answer) => {
      if (request.count % 2 === 1) throw new CommandError(SYNTAX_ERROR);
      const pairs: [string, string][] = [];
      for (let i = 2; i < request.count; i += 2) {
        pairs.push([utf8At(request, i), utf8At(request, i + 1)]);
      }
      server.setConfig(pairs, (error) =>
        answer((reply) => {
          if (error === undefined) reply.ok();
          else reply.error(error);
        }),
      );
    },
  },
  {
    ...CONFIG,
    runs: 'server',
    name: 'config|resetstat',
    isBarrier: true,
    arity: 2,
    summary: 'Set the counters that INFO shows to zero',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      server.resetStatistics();
      answer((reply) => reply.ok());
    },
  },
  {
    ...CONFIG,
    runs: 'server',
    name: 'config|rewrite',
    arity: 2,
    since: '2.8.0',
    summary:
      'Write what is in force into the configuration file, which keeps its comments and order',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      answerLater(answer, server.rewriteConfig(), (_done, reply) => reply.ok());
    },
  },
  {
    ...CONFIG,
    ...HELP,
    name: 'config|help',
    since: '5.0.0',
    execute: help('CONFIG', [
      'GET <pattern>',
      '    Return parameters matching the glob-like <pattern> and their values.',
      'SET <directive> <value>',
      '    Set the configuration <directive> to <value>.',
      'RESETSTAT',
      '    Reset statistics reported by the INFO command.',
      'REWRITE',
      '    Rewrite the configuration file.',
    ]),
  },
];

export const configuration: ContainerRow = {
  ...CONFIG,
  runs: 'container',
  name: 'config',
  arity: -2,
  flags: [],
  summary: 'The commands on the configuration',
  complexity: 'Depends on subcommand.',
  subcommands,
};
