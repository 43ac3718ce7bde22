import {
  CommandError,
  type CommandRow,
  type ExecutableRow,
  type ScriptCommand,
} from './command.js';
import { NO_KEYS, oneOf, optional, since } from './documentation.js';
import { HELP, help } from './help.js';
import { optionWord } from './words.js';

/** Scripts in Lua, over the commands that are here. */

const SCRIPTS = { categories: ['scripting'], group: 'scripting' } as const;

const UNTOLD = 'We cannot tell how the keys will be used so we assume the worst, ';
const WRITES = `${UNTOLD}RW and UPDATE`;
const READS = `${UNTOLD}RO and ACCESS`;

const EVAL = {
  ...SCRIPTS,
  keys: [0, 0, 0],
  arity: -3,
  complexity: 'Depends on the script that is executed.',
} as const;

const WRITING = {
  ...EVAL,
  keyFlags: ['RW', 'access', 'update'],
  keyCountAt: 2,
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'],
} as const;

const READING = {
  ...EVAL,
  keyFlags: ['RO', 'access'],
  keyCountAt: 2,
  flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'],
} as const;

const NAMES = [
  { name: 'numkeys', type: 'integer' },
  { name: 'key', type: 'key', flags: ['optional', 'multiple'] },
  { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
] as const;

/** The facts of what is invoked with a number of keys: of scripts, and of functions. */
export const INVOKED = {
  writing: { ...WRITING, keyNotes: WRITES },
  reading: { ...READING, keyNotes: READS },
  arguments: NAMES,
} as const;

const BODY = [{ name: 'script', type: 'string' }, ...NAMES] as const;
const SHA = [{ name: 'sha1', type: 'string' }, ...NAMES] as const;

const evals: readonly ScriptCommand[] = [
  {
    ...WRITING,
    runs: 'script',
    isReadOnly: false,
    keyNotes: WRITES,
    name: 'eval',
    isByHash: false,
    since: '2.6.0',
    summary: 'Execute a script in Lua, in one piece',
    arguments: BODY,
  },
  {
    ...WRITING,
    runs: 'script',
    isReadOnly: false,
    name: 'evalsha',
    isByHash: true,
    since: '2.6.0',
    summary: 'Execute a script that is kept, by its SHA1',
    arguments: SHA,
  },
  {
    ...READING,
    runs: 'script',
    isReadOnly: true,
    keyNotes: READS,
    name: 'eval_ro',
    isByHash: false,
    since: '7.0.0',
    summary: 'Execute a script that may only read',
    arguments: BODY,
  },
  {
    ...READING,
    runs: 'script',
    isReadOnly: true,
    name: 'evalsha_ro',
    isByHash: true,
    since: '7.0.0',
    summary: 'Execute a script that is kept and may only read, by its SHA1',
    arguments: SHA,
  },
];

const NO_DEBUGGER = 'ERR scripts have no debugger here';

const SCRIPT = { ...SCRIPTS, ...NO_KEYS, since: '2.6.0', flags: ['noscript'] } as const;

const subcommands: readonly ExecutableRow[] = [
  {
    ...SCRIPT,
    runs: 'server',
    name: 'script|load',
    arity: 3,
    flags: ['noscript', 'stale'],
    isBarrier: true,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Keep a script, and answer its SHA1',
    complexity: 'O(N) with N being the length in bytes of the script body.',
    arguments: [{ name: 'script', type: 'string' }],
    execute: (server, request, answer) => {
      const source = Buffer.from(request.bytes.subarray(request.starts[2], request.ends[2]));
      server.scripts.begin(() => answer((reply) => reply.bulkText(server.scripts.load(source))));
    },
  },
  {
    ...SCRIPT,
    runs: 'server',
    name: 'script|exists',
    arity: -3,
    tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
    summary: 'Tell which scripts are kept',
    complexity:
      'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
    arguments: [{ name: 'sha1', type: 'string', flags: ['multiple'] }],
    execute: (server, request, answer) => {
      answer((reply) => {
        reply.array(request.count - 2);
        for (let i = 2; i < request.count; i++) {
          reply.integer(server.scripts.has(request.text(i)) ? 1 : 0);
        }
      });
    },
  },
  {
    ...SCRIPT,
    runs: 'server',
    name: 'script|flush',
    arity: -2,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Keep no script any more',
    complexity: 'O(N) with N being the number of scripts in cache',
    arguments: [optional(since('6.2.0', oneOf('async', 'ASYNC', 'SYNC')))],
    execute: (server, request, answer) => {
      const mode = request.count === 2 ? 'SYNC' : optionWord(request, 2);
      if (request.count > 3 || (mode !== 'SYNC' && mode !== 'ASYNC')) {
        throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
      }
      server.scripts.flush();
      answer((reply) => reply.ok());
    },
  },
  {
    ...SCRIPT,
    runs: 'server',
    name: 'script|kill',
    arity: 2,
    flags: ['noscript', 'allow_busy'],
    tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
    summary: 'End the script that has been running for long, if it has written nothing',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      server.scripts.kill();
      answer((reply) => reply.ok());
    },
  },
  {
    ...SCRIPT,
    runs: 'worker',
    name: 'script|debug',
    arity: 3,
    since: '3.2.0',
    summary: 'Accepted to end what was never begun: there is no debugger',
    complexity: 'O(1)',
    arguments: [oneOf('mode', 'YES', 'SYNC', 'NO')],
    execute: (_session, request, reply) => {
      const mode = optionWord(request, 2);
      if (mode === 'NO') reply.ok();
      else if (mode === 'YES' || mode === 'SYNC') reply.error(NO_DEBUGGER);
      else reply.error('ERR Use SCRIPT DEBUG YES/SYNC/NO');
    },
  },
  {
    ...SCRIPT,
    ...HELP,
    name: 'script|help',
    since: '5.0.0',
    execute: help('SCRIPT', [
      'DEBUG (YES|SYNC|NO)',
      '    Set the debug mode for subsequent scripts executed.',
      'EXISTS <sha1> [<sha1> ...]',
      '    Return information about the existence of the scripts in the script cache.',
      'FLUSH [ASYNC|SYNC]',
      '    Flush the Lua scripts cache. Very dangerous on replicas.',
      '    When called without the optional mode argument, the behavior is determined by the',
      '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
      '    * ASYNC: Asynchronously flush the scripts cache.',
      '    * SYNC: Synchronously flush the scripts cache.',
      'KILL',
      '    Kill the currently executing Lua script.',
      'LOAD <script>',
      '    Load a script into the scripts cache without executing it.',
    ]),
  },
];

export const scripting: readonly CommandRow[] = [
  ...evals,
  {
    ...SCRIPT,
    runs: 'container',
    name: 'script',
    arity: -2,
    flags: [],
    categories: [],
    summary: 'Scripts that are kept',
    complexity: 'Depends on subcommand.',
    subcommands,
  },
];
