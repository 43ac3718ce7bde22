import type { ArgumentDoc, CommandFlag, CommandRow, WorkerCommand } from './command.js';
import { NO_KEYS, oneOf, optional, token } from './documentation.js';

/** The commands of a Redis cluster: there are none here, and each says so; clients then know that they have one server before them. */

const NOT_A_CLUSTER = 'ERR This instance has cluster support disabled';

const CLUSTER = {
  ...NO_KEYS,
  runs: 'worker',
  group: 'cluster',
  summary: 'Refused: this is no cluster',
  execute: (_session, _request, reply) => reply.error(NOT_A_CLUSTER),
} as const satisfies Partial<WorkerCommand>;

const CHANGING = ['admin', 'stale', 'no_async_loading'] as const;
const LISTING = ['admin', 'stale'] as const;
const ASKING = ['stale'] as const;

const NODE: ArgumentDoc = { name: 'node-id', type: 'string' };
const SLOT: ArgumentDoc = { name: 'slot', type: 'integer' };
const SLOTS: ArgumentDoc = { name: 'slot', type: 'integer', flags: ['multiple'] };
const RANGES: ArgumentDoc = {
  name: 'start-slot_end-slot',
  type: 'block',
  flags: ['multiple'],
  arguments: [
    { name: 'start-slot', type: 'integer' },
    { name: 'end-slot', type: 'integer' },
  ],
};

const PER_SLOT = 'O(N) where N is the total number of hash slot arguments';
const PER_RANGE =
  'O(N) where N is the total number of the slots between the start slot and end slot arguments.';
const PER_NODE = 'O(N) where N is the total number of Cluster nodes';

interface SubcommandFacts {
  readonly flags?: readonly CommandFlag[];
  readonly since?: string;
  readonly complexity?: string;
  readonly varies?: true;
  readonly replacement?: WorkerCommand['replacement'];
  readonly arguments?: readonly ArgumentDoc[];
}

function subcommand(name: string, arity: number, facts: SubcommandFacts = {}): WorkerCommand {
  const { varies, replacement, ...rest } = facts;
  return {
    ...CLUSTER,
    name: `cluster|${name}`,
    arity,
    flags: CHANGING,
    categories: [],
    since: '3.0.0',
    complexity: 'O(1)',
    ...(varies && { tips: ['nondeterministic_output'] }),
    ...(replacement && { replacement }),
    ...rest,
  };
}

const asking = { flags: ASKING } as const;
const listing = { flags: LISTING, varies: true, arguments: [NODE] } as const;

const subcommands: readonly WorkerCommand[] = [
  subcommand('addslots', -3, { complexity: PER_SLOT, arguments: [SLOTS] }),
  subcommand('addslotsrange', -4, { since: '7.0.0', complexity: PER_RANGE, arguments: [RANGES] }),
  subcommand('bumpepoch', 2, { varies: true }),
  subcommand('count-failure-reports', 3, {
    ...listing,
    complexity: 'O(N) where N is the number of failure reports',
  }),
  subcommand('countkeysinslot', 3, { ...asking, arguments: [SLOT] }),
  subcommand('delslots', -3, { complexity: PER_SLOT, arguments: [SLOTS] }),
  subcommand('delslotsrange', -4, { since: '7.0.0', complexity: PER_RANGE, arguments: [RANGES] }),
  subcommand('failover', -2, { arguments: [optional(oneOf('options', 'FORCE', 'TAKEOVER'))] }),
  subcommand('flushslots', 2),
  subcommand('forget', 3, { arguments: [NODE] }),
  subcommand('getkeysinslot', 4, {
    ...asking,
    varies: true,
    complexity: 'O(log(N)) where N is the number of requested keys',
    arguments: [SLOT, { name: 'count', type: 'integer' }],
  }),
  subcommand('help', 2, { flags: ['loading', 'stale'], since: '5.0.0' }),
  subcommand('info', 2, { ...asking, varies: true }),
  subcommand('keyslot', 3, {
    ...asking,
    complexity: 'O(N) where N is the number of bytes in the key',
    arguments: [{ name: 'key', type: 'string' }],
  }),
  subcommand('links', 2, { ...asking, varies: true, since: '7.0.0', complexity: PER_NODE }),
  subcommand('meet', -4, {
    arguments: [
      { name: 'ip', type: 'string' },
      { name: 'port', type: 'integer' },
      optional({ name: 'cluster_bus_port', type: 'integer', since: '4.0.0' }),
    ],
  }),
  subcommand('myid', 2, asking),
  subcommand('nodes', 2, { ...asking, varies: true, complexity: PER_NODE }),
  subcommand('replicas', 3, { ...listing, since: '5.0.0' }),
  subcommand('replicate', 3, { arguments: [NODE] }),
  subcommand('reset', -2, {
    flags: ['admin', 'noscript', 'stale'],
    complexity:
      'O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.',
    arguments: [optional(oneOf('hard_soft', 'HARD', 'SOFT'))],
  }),
  subcommand('saveconfig', 2),
  subcommand('set-config-epoch', 3, { arguments: [{ name: 'config-epoch', type: 'integer' }] }),
  subcommand('setslot', -4, {
    arguments: [
      SLOT,
      {
        name: 'subcommand',
        type: 'oneof',
        arguments: [
          ...['IMPORTING', 'MIGRATING', 'NODE'].map((word) => ({ ...NODE, token: word })),
          token('STABLE'),
        ],
      },
    ],
  }),
  subcommand('shards', 2, {
    ...asking,
    varies: true,
    since: '7.0.0',
    complexity: 'O(N) where N is the total number of cluster nodes',
  }),
  subcommand('slaves', 3, {
    ...listing,
    replacement: { since: '5.0.0', by: '`CLUSTER REPLICAS`' },
  }),
  subcommand('slots', 2, {
    ...asking,
    varies: true,
    complexity: PER_NODE,
    replacement: { since: '7.0.0', by: '`CLUSTER SHARDS`' },
  }),
];

const MODE = {
  ...CLUSTER,
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  since: '3.0.0',
  complexity: 'O(1)',
} as const;

export const cluster: readonly CommandRow[] = [
  {
    ...NO_KEYS,
    runs: 'container',
    name: 'cluster',
    arity: -2,
    flags: [],
    categories: [],
    group: 'cluster',
    since: '3.0.0',
    summary: 'Refused: this is no cluster',
    complexity: 'Depends on subcommand.',
    subcommands,
  },
  { ...MODE, name: 'asking', flags: ['fast'] },
  { ...MODE, name: 'readonly' },
  { ...MODE, name: 'readwrite' },
];
