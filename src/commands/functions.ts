import type { ReplyWriter } from '../protocol/reply.js';
import type { Arguments, CommandFacts, CommandRow, WorkerCommand } from './command.js';
import { NO_KEYS, oneOf, optional, token } from './documentation.js';
import { HELP, help } from './help.js';
import { INVOKED } from './scripting.js';
import { optionWord, untilNul, wrongSubcommandArity } from './words.js';

/**
 * FUNCTION: libraries of functions are not kept here, so there are none to list, remove or save. The commands are there because tools that
 * empty a server, and Redis's own tests, send FUNCTION FLUSH beside FLUSHALL.
 */
const FUNCTION = {
  ...NO_KEYS,
  runs: 'worker',
  flags: ['noscript'],
  categories: ['scripting'],
  group: 'scripting',
  since: '7.0.0',
  complexity: 'O(1)',
} as const;

const CHANGES = {
  ...FUNCTION,
  flags: ['write', 'noscript'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
} as const satisfies Partial<CommandFacts>;

const NOT_KEPT = 'ERR functions are not supported: use EVAL';

/** What Redis 7.0 dumps where there is no library: the version of its format, and a checksum. */
const EMPTY_DUMP = Buffer.from('0a005d9b5c400f7fa2da', 'hex');

/** What is dumped here can be restored; what another server has dumped is refused. */
function restore(request: Arguments, reply: ReplyWriter): void {
  const payload = request.bytes.subarray(request.starts[2], request.ends[2]);
  const policy = request.count === 3 ? 'APPEND' : optionWord(request, 3);
  if (request.count > 4) reply.error(wrongSubcommandArity(request));
  else if (!['FLUSH', 'APPEND', 'REPLACE'].includes(policy)) {
    const words = 'value should be either FLUSH, APPEND or REPLACE';
    reply.error(`ERR Wrong restore policy given, ${words}.`);
  } else if (payload.length < EMPTY_DUMP.length) {
    reply.error('ERR DUMP payload version or checksum are wrong');
  } else if (EMPTY_DUMP.equals(payload)) reply.ok();
  else reply.error(NOT_KEPT);
}

const subcommands: readonly WorkerCommand[] = [
  {
    ...CHANGES,
    name: 'function|load',
    arity: -3,
    flags: ['write', 'denyoom', 'noscript'],
    summary: 'Refused: libraries of functions are not kept here',
    complexity: 'O(1) (considering compilation time is redundant)',
    arguments: [optional(token('REPLACE')), { name: 'function-code', type: 'string' }],
    execute: (_session, _request, reply) => reply.error(NOT_KEPT),
  },
  {
    ...CHANGES,
    name: 'function|restore',
    arity: -3,
    flags: ['write', 'denyoom', 'noscript'],
    summary: 'Refused, unless it is what FUNCTION DUMP answers here',
    complexity: 'O(N) where N is the number of functions on the payload',
    arguments: [
      { name: 'serialized-value', type: 'string' },
      optional(oneOf('policy', 'FLUSH', 'APPEND', 'REPLACE')),
    ],
    execute: (_session, request, reply) => restore(request, reply),
  },
  {
    ...CHANGES,
    name: 'function|delete',
    arity: 3,
    summary: 'Refused: there is no library',
    arguments: [{ name: 'library-name', type: 'string' }],
    execute: (_session, _request, reply) => reply.error('ERR Library not found'),
  },
  {
    ...CHANGES,
    name: 'function|flush',
    arity: -2,
    summary: 'Accepted: there is no library to remove',
    complexity: 'O(N) where N is the number of functions deleted',
    arguments: [optional(oneOf('async', 'ASYNC', 'SYNC'))],
    execute: (_session, request, reply) => {
      const mode = request.count === 2 ? 'SYNC' : optionWord(request, 2);
      if (request.count > 3) reply.error(wrongSubcommandArity(request));
      else if (mode !== 'SYNC' && mode !== 'ASYNC')
        reply.error('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
      else reply.ok();
    },
  },
  {
    ...FUNCTION,
    name: 'function|list',
    arity: -2,
    tips: ['nondeterministic_output_order'],
    summary: 'Answer an empty list: there is no library',
    complexity: 'O(N) where N is the number of functions',
    arguments: [
      optional({ name: 'library-name-pattern', type: 'string', token: 'LIBRARYNAME' }),
      optional(token('WITHCODE')),
    ],
    execute: (_session, request, reply) => {
      const problem = problemOfList(request);
      if (problem === undefined) reply.array(0);
      else reply.error(problem);
    },
  },
  {
    ...FUNCTION,
    name: 'function|stats',
    arity: 2,
    flags: ['noscript', 'allow_busy'],
    tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
    summary: 'Tell that no function runs, and that there is none',
    execute: (_session, _request, reply) => {
      reply.map(2);
      reply.bulkText('running_script');
      reply.nil();
      reply.bulkText('engines');
      reply.map(1);
      reply.bulkText('LUA');
      reply.map(2);
      reply.bulkText('libraries_count');
      reply.integer(0);
      reply.bulkText('functions_count');
      reply.integer(0);
    },
  },
  {
    ...FUNCTION,
    name: 'function|kill',
    arity: 2,
    flags: ['noscript', 'allow_busy'],
    tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
    summary: 'Refused: no function runs',
    execute: (_session, _request, reply) =>
      reply.error('NOTBUSY No scripts in execution right now.'),
  },
  {
    ...FUNCTION,
    name: 'function|dump',
    arity: 2,
    summary: 'Answer what a Redis without libraries dumps',
    complexity: 'O(N) where N is the number of functions',
    execute: (_session, _request, reply) => reply.bulk(EMPTY_DUMP),
  },
  {
    ...FUNCTION,
    ...HELP,
    name: 'function|help',
    execute: help('FUNCTION', [
      'LOAD [REPLACE] <FUNCTION CODE>',
      '    Create a new library with the given library name and code.',
      'DELETE <LIBRARY NAME>',
      '    Delete the given library.',
      'LIST [LIBRARYNAME PATTERN] [WITHCODE]',
      '    Return general information on all the libraries:',
      '    * Library name',
      '    * The engine used to run the Library',
      '    * Library description',
      '    * Functions list',
      '    * Library code (if WITHCODE is given)',
      '    It also possible to get only function that matches a pattern using LIBRARYNAME argument.',
      'STATS',
      '    Return information about the current function running:',
      '    * Function name',
      '    * Command used to run the function',
      '    * Duration in MS that the function is running',
      '    If no function is running, return nil',
      '    In addition, returns a list of available engines.',
      'KILL',
      '    Kill the current running function.',
      'FLUSH [ASYNC|SYNC]',
      '    Delete all the libraries.',
      '    When called without the optional mode argument, the behavior is determined by the',
      '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
      '    * ASYNC: Asynchronously flush the libraries.',
      '    * SYNC: Synchronously flush the libraries.',
      'DUMP',
      '    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command',
      'RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]',
      '    Restore the libraries represented by the given payload, it is possible to give a restore policy to',
      '    control how to handle existing libraries (default APPEND):',
      '    * FLUSH: delete all existing libraries.',
      '    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.',
      '    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old',
      '      libraries with the new libraries (notice that even on this option there is a chance of failure',
      '      in case of functions name collision with another library).',
    ]),
  },
];

function problemOfList(request: Arguments): string | undefined {
  const given = new Set<string>();
  for (let i = 2; i < request.count; i++) {
    const word = optionWord(request, i);
    const isNew = !given.has(word);
    given.add(word);
    if (word === 'WITHCODE' && isNew) continue;
    if (word !== 'LIBRARYNAME' || !isNew)
      return `ERR Unknown argument ${untilNul(request.text(i))}`;
    if (++i === request.count) return 'ERR library name argument was not given';
  }
  return undefined;
}

const CALLS = {
  complexity: 'Depends on the function that is executed.',
  arguments: [{ name: 'function', type: 'string' }, ...INVOKED.arguments],
} as const;

const calls: readonly WorkerCommand[] = [
  {
    ...INVOKED.writing,
    ...CALLS,
    runs: 'worker',
    name: 'fcall',
    since: '7.0.0',
    summary: 'Refused: there is no function',
    execute: (_session, _request, reply) => reply.error('ERR Function not found'),
  },
  {
    ...INVOKED.reading,
    ...CALLS,
    runs: 'worker',
    name: 'fcall_ro',
    since: '7.0.0',
    summary: 'Refused: there is no function',
    execute: (_session, _request, reply) => reply.error('ERR Function not found'),
  },
];

export const functions: readonly CommandRow[] = [
  ...calls,
  {
    ...NO_KEYS,
    runs: 'container',
    name: 'function',
    arity: -2,
    flags: [],
    categories: [],
    group: 'scripting',
    since: '7.0.0',
    summary: 'Libraries of functions, of which there are none here',
    complexity: 'Depends on subcommand.',
    subcommands,
  },
];
