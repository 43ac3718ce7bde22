import type { ReplyWriter } from '../protocol/reply.js';
import type { Arguments, ContainerRow, ExecutableRow } from './command.js';
import { writeCommandDocs } from './command-docs.js';
import { type DescribedCommand, writeCommandInfo } from './command-info.js';
import { commandKeys } from './command-keys.js';
import { listNames } from './command-list.js';
import { NO_KEYS, optional } from './documentation.js';
import { help } from './help.js';
import { lowerCase } from './words.js';

const COMMAND = {
  ...NO_KEYS,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  group: 'server',
  since: '2.8.13',
  complexity: 'O(N) where N is the number of commands',
} as const;

const NAMES = {
  name: 'command-name',
  type: 'string',
  flags: ['optional', 'multiple'],
} as const;

/** COMMAND: what the table says of itself, at each call: all that can be called, and what a name (in lower case) calls. */
export function introspection(
  entries: () => readonly DescribedCommand[],
  find: (name: string) => DescribedCommand | undefined,
): ContainerRow {
  const describeAll = (reply: ReplyWriter) => {
    reply.array(entries().length);
    for (const entry of entries()) writeCommandInfo(reply, entry);
  };

  const facts = {
    ...COMMAND,
    name: 'command',
    arity: -1,
    tips: ['nondeterministic_output_order'],
    summary: 'The facts about all commands',
  };
  const alone: ExecutableRow = {
    ...facts,
    runs: 'worker',
    execute: (_session, _request, reply) => describeAll(reply),
  };

  const subcommands: readonly ExecutableRow[] = [
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|count',
      arity: 2,
      complexity: 'O(1)',
      summary: 'Count the commands',
      execute: (_session, _request, reply) => reply.integer(entries().length),
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|info',
      arity: -2,
      tips: ['nondeterministic_output_order'],
      summary: 'The facts about some commands, or all',
      arguments: [NAMES],
      execute: (_session, request, reply) => {
        if (request.count === 2) {
          describeAll(reply);
          return;
        }
        reply.array(request.count - 2);
        for (let i = 2; i < request.count; i++) {
          const command = findByFullName(find, request, i);
          if (command === undefined) reply.nil();
          else writeCommandInfo(reply, command);
        }
      },
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|docs',
      arity: -2,
      since: '7.0.0',
      tips: ['nondeterministic_output_order'],
      summary: 'What some commands do, or all, in sentences',
      arguments: [NAMES],
      execute: (_session, request, reply) => {
        const described = request.count === 2 ? entries() : named(find, request);
        reply.map(described.length);
        for (const command of described) {
          reply.bulkText(command.name);
          writeCommandDocs(reply, command);
        }
      },
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|list',
      arity: -2,
      since: '7.0.0',
      tips: ['nondeterministic_output_order'],
      summary: 'The names of all commands, or of those that fit a filter',
      arguments: [
        optional({
          name: 'filterby',
          type: 'oneof',
          token: 'FILTERBY',
          arguments: [
            { name: 'module-name', type: 'string', token: 'MODULE' },
            { name: 'category', type: 'string', token: 'ACLCAT' },
            { name: 'pattern', type: 'pattern', token: 'PATTERN' },
          ],
        }),
      ],
      execute: (_session, request, reply) => listNames(entries(), request, reply),
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|getkeys',
      arity: -4,
      complexity: 'O(N) where N is the number of arguments to the command',
      summary: 'The keys of a whole command',
      execute: (_session, request, reply) => commandKeys(find, request, reply, false),
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|getkeysandflags',
      arity: -4,
      since: '7.0.0',
      complexity: 'O(N) where N is the number of arguments to the command',
      summary: 'The keys of a whole command, and what it does with each',
      execute: (_session, request, reply) => commandKeys(find, request, reply, true),
    },
    {
      ...COMMAND,
      runs: 'worker',
      name: 'command|help',
      arity: 2,
      since: '5.0.0',
      complexity: 'O(1)',
      summary: 'List the subcommands',
      execute: help('COMMAND', HELP),
    },
  ];

  return { ...facts, runs: 'container', alone, subcommands };
}

/** The entry, or its subcommand, of a full name such as `config|set`, whatever its case. */
function findByFullName(
  find: (name: string) => DescribedCommand | undefined,
  request: Arguments,
  index: number,
): DescribedCommand | undefined {
  const full = lowerCase(request.text(index));
  const [name = ''] = full.split('|', 1);
  const entry = find(name);
  if (entry === undefined || full === name) return entry;
  const subcommand = `${entry.name}${full.slice(name.length)}`;
  return entry.subcommands?.find((each) => each.name === subcommand);
}

/** Those of the names that there are, in the request's order. */
function named(
  find: (name: string) => DescribedCommand | undefined,
  request: Arguments,
): DescribedCommand[] {
  const described: DescribedCommand[] = [];
  for (let i = 2; i < request.count; i++) {
    const command = findByFullName(find, request, i);
    if (command !== undefined) described.push(command);
  }
  return described;
}

const HELP = [
  '(no subcommand)',
  '    Return details about all Redis commands.',
  'COUNT',
  '    Return the total number of commands in this Redis server.',
  'LIST',
  '    Return a list of all commands in this Redis server.',
  'INFO [<command-name> ...]',
  '    Return details about multiple Redis commands.',
  '    If no command names are given, documentation details for all',
  '    commands are returned.',
  'DOCS [<command-name> ...]',
  '    Return documentation details about multiple Redis commands.',
  '    If no command names are given, documentation details for all',
  '    commands are returned.',
  'GETKEYS <full-command>',
  '    Return the keys from a full Redis command.',
  'GETKEYSANDFLAGS <full-command>',
  '    Return the keys and the access flags from a full Redis command.',
];
