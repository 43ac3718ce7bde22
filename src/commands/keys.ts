import { ByteWriter } from '../protocol/bytes.js';
import { matchesGlob } from '../protocol/glob.js';
import { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, CommandError, type CommandRow, SYNTAX_ERROR } from './command.js';
import { KEY, KEYS, manyKeys, NO_KEYS, oneKey, optional, since, token } from './documentation.js';
import type { Keyspace } from './keyspace.js';
import { parseScan, type Scan } from './scan-options.js';
import { optionWord } from './words.js';

/** The commands on names, whatever their values. */

const KEYSPACE = { categories: ['keyspace'], group: 'generic' } as const;
const SERVER_WIDE = { ...NO_KEYS, group: 'server' } as const;
const ALL_SHARDS = 'request_policy:all_shards';
const SUM = ['request_policy:multi_shard', 'response_policy:agg_sum'];

const FLUSH_MODE = optional({
  name: 'async',
  type: 'oneof',
  arguments: [since('4.0.0', token('ASYNC')), since('6.2.0', token('SYNC'))],
});

/** More places than a table can have: one scan goes to the end. */
const TO_THE_END = Number.MAX_SAFE_INTEGER;

export const keys: readonly CommandRow[] = [
  {
    ...KEYSPACE,
    ...manyKeys(1, 'RM', 'delete'),
    runs: 'master',
    many: 'remove',
    name: 'del',
    arity: -2,
    flags: ['write'],
    tips: SUM,
    since: '1.0.0',
    summary: 'Remove sequences',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS],
    execute: remove,
  },
  {
    ...KEYSPACE,
    ...manyKeys(1, 'RM', 'delete'),
    runs: 'master',
    many: 'remove',
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    tips: SUM,
    since: '4.0.0',
    summary: 'Remove sequences; the same as DEL here',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS],
    execute: remove,
  },
  {
    ...KEYSPACE,
    ...manyKeys(1, 'RO'),
    runs: 'master',
    many: 'count',
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    tips: SUM,
    since: '1.0.0',
    summary: 'Count those of the names that are sequences',
    complexity: 'O(N) where N is the number of names.',
    arguments: [KEYS],
    execute: (keyspace, request, reply) => {
      let count = 0;
      for (let i = 1; i < request.count; i++) if (exists(keyspace, request, i)) count++;
      reply.integer(count);
    },
  },
  {
    ...KEYSPACE,
    ...oneKey('RO'),
    runs: 'master',
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    since: '1.0.0',
    summary: 'Tell whether there is such a sequence, in the words of Redis: string or none',
    complexity: 'O(1)',
    arguments: [KEY],
    execute: (keyspace, request, reply) => {
      reply.status(exists(keyspace, request, 1) ? 'string' : 'none');
    },
  },
  {
    ...KEYSPACE,
    ...NO_KEYS,
    runs: 'master',
    many: 'list',
    name: 'keys',
    arity: 2,
    flags: ['readonly'],
    categories: ['keyspace', 'dangerous'],
    tips: [ALL_SHARDS, 'nondeterministic_output_order'],
    since: '1.0.0',
    summary: 'List all names that match a pattern',
    complexity: 'O(N) where N is the number of sequences.',
    arguments: [{ name: 'pattern', type: 'pattern' }],
    execute: (keyspace, request, reply) => {
      const pattern = argument(request, 1);
      let cursor = 0;
      const names = new Names(reply);
      do {
        cursor = keyspace.scan(cursor, TO_THE_END, (bytes, start, end) => {
          if (matchesGlob(pattern, bytes, start, end)) names.add(bytes, start, end);
        });
      } while (cursor !== 0);
      names.finish();
    },
  },
  {
    ...KEYSPACE,
    ...NO_KEYS,
    runs: 'master',
    name: 'scan',
    arity: -2,
    flags: ['readonly'],
    tips: ['nondeterministic_output', 'request_policy:special'],
    since: '2.8.0',
    summary: 'List names bit by bit',
    complexity: 'O(1) a call, O(N) for all of them.',
    arguments: [
      { name: 'cursor', type: 'integer' },
      optional({ name: 'pattern', type: 'pattern', token: 'MATCH' }),
      optional({ name: 'count', type: 'integer', token: 'COUNT' }),
      optional({ name: 'type', type: 'string', token: 'TYPE', since: '6.0.0' }),
    ],
    execute: (keyspace, request, reply) => {
      const scan: Scan = parseScan(request);
      const names = new Names(reply);
      const next = keyspace.scan(scan.cursor, scan.count, (bytes, start, end) => {
        if (!scan.isForStrings) return;
        if (scan.pattern !== undefined && !matchesGlob(scan.pattern, bytes, start, end)) return;
        names.add(bytes, start, end);
      });
      reply.array(2);
      reply.bulkInteger(next);
      names.finish();
    },
  },
  {
    ...KEYSPACE,
    ...NO_KEYS,
    runs: 'master',
    name: 'randomkey',
    arity: 1,
    flags: ['readonly'],
    tips: [ALL_SHARDS, 'nondeterministic_output'],
    since: '1.0.0',
    summary: 'Answer a name picked at random',
    complexity: 'O(1)',
    execute: (keyspace, _request, reply) => {
      const name = keyspace.random();
      if (name === undefined) reply.nil();
      else reply.bulk(name);
    },
  },
  {
    ...SERVER_WIDE,
    runs: 'master',
    name: 'dbsize',
    arity: 1,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    tips: [ALL_SHARDS, 'response_policy:agg_sum'],
    since: '1.0.0',
    summary: 'Count the sequences of the database',
    complexity: 'O(1)',
    execute: (keyspace, _request, reply) => reply.integer(keyspace.size()),
  },
  {
    ...SERVER_WIDE,
    runs: 'master',
    name: 'flushdb',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    tips: [ALL_SHARDS, 'response_policy:all_succeeded'],
    since: '1.0.0',
    summary: 'Remove all sequences of the database',
    complexity: 'O(N) where N is the number of sequences in the database.',
    arguments: [FLUSH_MODE],
    execute: (keyspace, request, reply) => {
      checkFlushMode(request);
      keyspace.flush(false);
      reply.ok();
    },
  },
  {
    ...SERVER_WIDE,
    runs: 'master',
    name: 'flushall',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    tips: [ALL_SHARDS, 'response_policy:all_succeeded'],
    since: '1.0.0',
    summary: 'Remove all sequences of all databases',
    complexity: 'O(N) where N is the number of sequences in all databases.',
    arguments: [FLUSH_MODE],
    execute: (keyspace, request, reply) => {
      checkFlushMode(request);
      keyspace.flush(true);
      reply.ok();
    },
  },
];

function remove(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  let count = 0;
  for (let i = 1; i < request.count; i++) {
    const start = request.starts[i] as number;
    const end = request.ends[i] as number;
    if (!keyspace.remove(request.bytes, start, end)) continue;
    keyspace.notify('del', request.bytes, start, end);
    count++;
  }
  reply.integer(count);
}

function exists(keyspace: Keyspace, request: Arguments, index: number): boolean {
  const start = request.starts[index] as number;
  return keyspace.read(request.bytes, start, request.ends[index] as number) !== undefined;
}

function checkFlushMode(request: Arguments): void {
  if (request.count === 1) return;
  const mode = optionWord(request, 1);
  if (request.count > 2 || (mode !== 'SYNC' && mode !== 'ASYNC')) {
    throw new CommandError(SYNTAX_ERROR);
  }
}

function argument(request: Arguments, index: number): Buffer {
  return request.bytes.subarray(request.starts[index], request.ends[index]);
}

/** An array of names whose number is known only at the end: the names wait in a buffer of their own. */
class Names {
  readonly #reply: ReplyWriter;
  readonly #body = new ByteWriter();
  readonly #writer = new ReplyWriter(this.#body);
  #count = 0;

  constructor(reply: ReplyWriter) {
    this.#reply = reply;
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.#writer.bulk(bytes, start, end);
    this.#count++;
  }

  finish(): void {
    this.#reply.array(this.#count);
    this.#reply.out.copy(this.#body.bytes, 0, this.#body.length);
  }
}
