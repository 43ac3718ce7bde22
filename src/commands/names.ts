import type { Int64 } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, CommandError, type CommandRow, SYNTAX_ERROR } from './command.js';
import { KEY, NO_KEYS, oneKey, optional, secondKey, token, twoKeys } from './documentation.js';
import type { KeyEvent } from './key-events.js';
import type { Keyspace } from './keyspace.js';
import { optionWord, requireInt } from './words.js';

/** The commands that give a sequence another name or place. */

const KEYSPACE = { categories: ['keyspace'], group: 'generic', complexity: 'O(1)' } as const;
const NO_SUCH_KEY = 'ERR no such key';
const OUT_OF_RANGE = 'ERR DB index is out of range';
const SAME = 'ERR source and destination objects are the same';

export const names: readonly CommandRow[] = [
  {
    ...KEYSPACE,
    ...twoKeys(['RW', 'access', 'delete'], ['OW', 'update']),
    runs: 'master',
    name: 'rename',
    arity: 3,
    flags: ['write'],
    since: '1.0.0',
    summary: 'Give a sequence another name',
    arguments: [KEY, secondKey('newkey')],
    execute: (keyspace, request, reply) => {
      move(keyspace, request, true);
      reply.ok();
    },
  },
  {
    ...KEYSPACE,
    ...twoKeys(['RW', 'access', 'delete'], ['OW', 'insert']),
    runs: 'master',
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    since: '1.0.0',
    summary: 'Give a sequence another name, unless there is one of that name',
    arguments: [KEY, secondKey('newkey')],
    execute: (keyspace, request, reply) => reply.integer(move(keyspace, request, false) ? 1 : 0),
  },
  {
    ...KEYSPACE,
    ...twoKeys(['RO', 'access'], ['OW', 'update']),
    runs: 'master',
    name: 'copy',
    isOverDatabases: true,
    arity: -3,
    flags: ['write', 'denyoom'],
    since: '6.2.0',
    summary: 'Make another sequence with the value and the deadline of one',
    arguments: [
      { name: 'source', type: 'key' },
      secondKey('destination'),
      optional({ name: 'destination-db', type: 'integer', token: 'DB' }),
      optional(token('REPLACE')),
    ],
    execute: copy,
  },
  {
    ...KEYSPACE,
    ...oneKey('RW', 'access', 'update'),
    runs: 'master',
    name: 'move',
    isOverDatabases: true,
    arity: 3,
    flags: ['write', 'fast'],
    since: '1.0.0',
    summary: 'Move a sequence to another database',
    arguments: [KEY, { name: 'db', type: 'integer' }],
    execute: (keyspace, request, reply) => {
      const database = databaseAt(keyspace, request, 2);
      if (database === keyspace.database) throw new CommandError(SAME);
      const isMoved = transfer(keyspace, request, 1, 1, database, false);
      if (isMoved) {
        remove(keyspace, request, 1);
        notify(keyspace, request, 1, 'move_from');
        keyspace.within(database, () => notify(keyspace, request, 1, 'move_to'));
      }
      reply.integer(isMoved ? 1 : 0);
    },
  },
  {
    ...KEYSPACE,
    ...NO_KEYS,
    runs: 'master',
    name: 'swapdb',
    arity: 3,
    flags: ['write', 'fast'],
    categories: ['keyspace', 'dangerous'],
    group: 'server',
    since: '4.0.0',
    summary: 'Exchange the sequences of two databases',
    arguments: [
      { name: 'index1', type: 'integer' },
      { name: 'index2', type: 'integer' },
    ],
    execute: (keyspace, request, reply) => {
      const first = requireInt(request, 1, 'ERR invalid first DB index');
      const second = requireInt(request, 2, 'ERR invalid second DB index');
      for (const database of [first, second]) {
        if (database < 0 || database >= keyspace.databases) throw new CommandError(OUT_OF_RANGE);
      }
      if (first !== second) keyspace.swap(first, second);
      reply.ok();
    },
  },
];

/** RENAME and RENAMENX: whether it was renamed. */
function move(keyspace: Keyspace, request: Arguments, replaces: boolean): boolean {
  if (peek(keyspace, request, 1) === undefined) throw new CommandError(NO_SUCH_KEY);
  const { bytes, starts, ends } = request;
  const isSame =
    bytes.compare(bytes, starts[2], ends[2], starts[1] as number, ends[1] as number) === 0;
  if (isSame) return false;
  const isMoved = transfer(keyspace, request, 1, 2, keyspace.database, replaces);
  if (isMoved) {
    remove(keyspace, request, 1);
    notify(keyspace, request, 1, 'rename_from');
    notify(keyspace, request, 2, 'rename_to');
  }
  return isMoved;
}

function copy(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void {
  let database = keyspace.database;
  let replaces = false;
  for (let i = 3; i < request.count; i++) {
    const word = optionWord(request, i);
    if (word === 'REPLACE') replaces = true;
    else if (word === 'DB' && i + 1 < request.count) database = databaseAt(keyspace, request, ++i);
    else throw new CommandError(SYNTAX_ERROR);
  }
  const { bytes, starts, ends } = request;
  const isSameName =
    bytes.compare(bytes, starts[2], ends[2], starts[1] as number, ends[1] as number) === 0;
  if (isSameName && database === keyspace.database) throw new CommandError(SAME);
  // Only here the source is read, as Redis counts.
  keyspace.read(bytes, starts[1] as number, ends[1] as number);
  const isCopied = transfer(keyspace, request, 1, 2, database, replaces);
  if (isCopied) keyspace.within(database, () => notify(keyspace, request, 2, 'copy_to'));
  reply.integer(isCopied ? 1 : 0);
}

/** Writes value and deadline of one sequence to another; false when the first is absent or the other is there. */
function transfer(
  keyspace: Keyspace,
  request: Arguments,
  from: number,
  to: number,
  database: number,
  replaces: boolean,
): boolean {
  const { bytes, starts, ends } = request;
  const value = peek(keyspace, request, from);
  if (value === undefined) return false;
  const deadline = keyspace.deadline(bytes, starts[from] as number, ends[from] as number);
  return keyspace.within(database, () => {
    const isThere = peek(keyspace, request, to) !== undefined;
    if (!replaces && isThere) return false;
    keyspace.write(bytes, starts[to] as number, ends[to] as number, value, deadline ?? 0);
    // Redis removes the one that is replaced.
    if (isThere) notify(keyspace, request, to, 'new');
    return true;
  });
}

function peek(keyspace: Keyspace, request: Arguments, index: number): Int64 | undefined {
  const start = request.starts[index] as number;
  return keyspace.peek(request.bytes, start, request.ends[index] as number);
}

function notify(keyspace: Keyspace, request: Arguments, index: number, event: KeyEvent): void {
  const start = request.starts[index] as number;
  keyspace.notify(event, request.bytes, start, request.ends[index] as number);
}

function remove(keyspace: Keyspace, request: Arguments, index: number): void {
  const start = request.starts[index] as number;
  keyspace.remove(request.bytes, start, request.ends[index] as number);
}

function databaseAt(keyspace: Keyspace, request: Arguments, index: number): number {
  const database = requireInt(request, index);
  if (database < 0 || database >= keyspace.databases) throw new CommandError(OUT_OF_RANGE);
  return database;
}
