import { type CommandRow, NOT_AN_INTEGER, type WorkerCommand } from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { HELP, help } from './help.js';
import { REDIS_VERSION } from './versions.js';
import { integerAt, optionWord } from './words.js';

/** MODULE: none can be loaded, so there is none. */

const MODULE = {
  ...NO_KEYS,
  runs: 'worker',
  categories: [],
  group: 'server',
  since: '4.0.0',
  complexity: 'O(1)',
} as const;

const NOT_ALLOWED =
  'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.';

const CHANGE = {
  ...MODULE,
  flags: ['admin', 'noscript', 'no_async_loading'],
  summary: 'Refused: modules are not supported',
  refusal: NOT_ALLOWED,
  execute: (_session, _request, reply) => reply.error(NOT_ALLOWED),
} as const satisfies Partial<WorkerCommand>;

const PATH = { name: 'path', type: 'string' } as const;

const subcommands: readonly WorkerCommand[] = [
  {
    ...MODULE,
    name: 'module|list',
    arity: 2,
    flags: ['admin', 'noscript'],
    tips: ['nondeterministic_output_order'],
    summary: 'Answer an empty list: there is no module',
    complexity: 'O(N) where N is the number of loaded modules.',
    execute: (_session, _request, reply) => reply.array(0),
  },
  {
    ...CHANGE,
    name: 'module|load',
    arity: -3,
    arguments: [PATH, { name: 'arg', type: 'string', flags: ['optional', 'multiple'] }],
  },
  {
    ...CHANGE,
    name: 'module|loadex',
    arity: -3,
    since: '7.0.0',
    arguments: [
      PATH,
      {
        name: 'configs',
        type: 'block',
        token: 'CONFIG',
        flags: ['optional', 'multiple', 'multiple_token'],
        arguments: [
          { name: 'name', type: 'string' },
          { name: 'value', type: 'string' },
        ],
      },
      {
        name: 'args',
        type: 'block',
        token: 'ARGS',
        flags: ['optional', 'multiple'],
        arguments: [{ name: 'arg', type: 'string' }],
      },
    ],
  },
  { ...CHANGE, name: 'module|unload', arity: 3, arguments: [{ name: 'name', type: 'string' }] },
  {
    ...MODULE,
    ...HELP,
    name: 'module|help',
    since: '5.0.0',
    execute: help('MODULE', [
      'LIST',
      '    Return a list of loaded modules.',
      'LOAD <path> [<arg> ...]',
      '    Load a module library from <path>, passing to it any optional arguments.',
      'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
      '    Load a module library from <path>, while passing it module configurations and optional arguments.',
      'UNLOAD <name>',
      '    Unload a module.',
    ]),
  },
];

export const modules: CommandRow = {
  ...NO_KEYS,
  runs: 'container',
  name: 'module',
  arity: -2,
  flags: [],
  categories: [],
  group: 'server',
  since: '4.0.0',
  summary: 'Modules, of which there are none here',
  complexity: 'Depends on subcommand.',
  subcommands,
};

export const lolwut: CommandRow = {
  ...NO_KEYS,
  runs: 'worker',
  name: 'lolwut',
  arity: -1,
  flags: ['readonly', 'fast'],
  categories: [],
  group: 'server',
  since: '5.0.0',
  summary: 'The version, without the pictures of other versions',
  complexity: 'O(1)',
  arguments: [optional({ name: 'version', type: 'integer', token: 'VERSION' })],
  execute: (_session, request, reply) => {
    const isAsked = request.count >= 3 && optionWord(request, 1) === 'VERSION';
    if (isAsked && integerAt(request, 2) === undefined) reply.error(NOT_AN_INTEGER);
    else reply.verbatim(`Redis ver. ${REDIS_VERSION}\n`);
  },
};
