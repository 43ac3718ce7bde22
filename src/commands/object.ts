import type { Int64 } from '../protocol/int64.js';
import {
  type Arguments,
  CommandError,
  type ContainerRow,
  type MasterCommand,
  SYNTAX_ERROR,
  type WorkerCommand,
} from './command.js';
import { KEY, NO_KEYS, optional } from './documentation.js';
import { HELP, help } from './help.js';
import type { Keyspace } from './keyspace.js';
import { optionWord, requireInteger } from './words.js';

/** OBJECT and MEMORY USAGE: how a sequence is kept. */

/** The key behind a subcommand's name. */
export const KEY_BEHIND = { keys: [2, 2, 1], keyFlags: ['RO'] } as const;

const OBJECT = {
  ...KEY_BEHIND,
  runs: 'master',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['nondeterministic_output'],
  group: 'generic',
  since: '2.2.3',
  complexity: 'O(1)',
  arguments: [KEY],
} as const;

/** What Redis answers for the numbers that it keeps once for all keys. */
const SHARED_BELOW = 10_000;
const SHARED = 2147483647;

const NO_FREQUENCY =
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

const onKeys: readonly MasterCommand[] = [
  {
    ...OBJECT,
    name: 'object|encoding',
    summary: 'How the value is kept: always int',
    execute: (keyspace, request, reply) => {
      if (readValue(keyspace, request) === undefined) reply.nil();
      else reply.bulkText('int');
    },
  },
  {
    ...OBJECT,
    name: 'object|refcount',
    summary: 'How often Redis would refer to the value: it keeps small numbers once for all',
    execute: (keyspace, request, reply) => {
      const value = readValue(keyspace, request);
      if (value === undefined) reply.nil();
      else reply.integer(value >= 0 && value < SHARED_BELOW ? SHARED : 1);
    },
  },
  {
    ...OBJECT,
    name: 'object|idletime',
    summary: 'The seconds in which the sequence can not have been unused for longer',
    execute: (keyspace, request, reply) => {
      const { bytes, starts, ends } = request;
      readValue(keyspace, request);
      const kept = keyspace.inspect(bytes, starts[2] as number, ends[2] as number);
      if (kept === undefined) reply.nil();
      else reply.integer(Math.floor(kept.idleMs / 1000));
    },
  },
  {
    ...OBJECT,
    name: 'object|freq',
    since: '4.0.0',
    summary: 'Refused: how often a sequence is used is not counted',
    execute: (keyspace, request, reply) => {
      if (readValue(keyspace, request) === undefined) reply.nil();
      else throw new CommandError(NO_FREQUENCY);
    },
  },
];

const helpRow: WorkerCommand = {
  ...NO_KEYS,
  ...HELP,
  name: 'object|help',
  categories: ['keyspace'],
  group: 'generic',
  since: '6.2.0',
  execute: help('OBJECT', [
    'ENCODING <key>',
    '    Return the kind of internal representation used in order to store the value',
    '    associated with a <key>.',
    'FREQ <key>',
    '    Return the access frequency index of the <key>. The returned integer is',
    '    proportional to the logarithm of the recent access frequency of the key.',
    'IDLETIME <key>',
    '    Return the idle time of the <key>, that is the approximated number of',
    '    seconds elapsed since the last access to the key.',
    'REFCOUNT <key>',
    '    Return the number of references of the value associated with the specified',
    '    <key>.',
  ]),
};

export const object: ContainerRow = {
  ...NO_KEYS,
  runs: 'container',
  name: 'object',
  arity: -2,
  flags: [],
  categories: [],
  group: 'generic',
  since: '2.2.3',
  summary: 'How a sequence is kept',
  complexity: 'Depends on subcommand.',
  subcommands: [...onKeys, helpRow],
};

export const memoryUsage: MasterCommand = {
  ...KEY_BEHIND,
  runs: 'master',
  name: 'memory|usage',
  arity: -3,
  flags: ['readonly'],
  categories: [],
  group: 'server',
  since: '4.0.0',
  summary: 'The bytes that a sequence takes: its record and its place in the index',
  complexity: 'O(N) where N is the number of samples.',
  arguments: [KEY, optional({ name: 'count', type: 'integer', token: 'SAMPLES' })],
  execute: (keyspace, request, reply) => {
    for (let i = 3; i < request.count; i += 2) {
      if (optionWord(request, i) !== 'SAMPLES' || i + 1 === request.count)
        throw new CommandError(SYNTAX_ERROR);
      if (requireInteger(request, i + 1) < 0) throw new CommandError(SYNTAX_ERROR);
    }
    const { bytes, starts, ends } = request;
    const kept = keyspace.inspect(bytes, starts[2] as number, ends[2] as number);
    if (kept === undefined) reply.nil();
    else reply.integer(kept.bytes);
  },
};

function readValue(keyspace: Keyspace, request: Arguments): Int64 | undefined {
  const { bytes, starts, ends } = request;
  return keyspace.read(bytes, starts[2] as number, ends[2] as number, false);
}
