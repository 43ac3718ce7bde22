import type { ReplyWriter } from '../protocol/reply.js';
import { client } from './client.js';
import { type Arguments, type CommandRow, NOT_AN_INTEGER, SYNTAX_ERROR } from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { hello } from './hello.js';
import { type Session, WRONG_PASSWORD } from './session-state.js';
import { integerAt, wrongArity } from './words.js';

/** The commands on the connection itself, answered by the worker that holds it. */

const CONNECTION = {
  ...NO_KEYS,
  categories: ['connection'],
  group: 'connection',
  complexity: 'O(1)',
} as const;

/** Allowed before AUTH, at any time. */
const ALWAYS = ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'] as const;

const INT_MAX = 2147483647;

export const session: readonly CommandRow[] = [
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    since: '1.0.0',
    summary: 'Answer PONG, or the message',
    arguments: [optional({ name: 'message', type: 'string' })],
    execute: (session, request, reply) => {
      if (session.isSubscriber && session.protocol === 2 && request.count <= 2) {
        reply.array(2);
        reply.bulkText('pong');
        if (request.count === 1) reply.bulkText('');
        else echo(request, reply);
      } else if (request.count === 1) reply.status('PONG');
      else if (request.count === 2) echo(request, reply);
      else reply.error(wrongArity('ping'));
    },
  },
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'echo',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Answer the message',
    arguments: [{ name: 'message', type: 'string' }],
    execute: (_session, request, reply) => echo(request, reply),
  },
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'quit',
    arity: -1,
    flags: ALWAYS,
    since: '1.0.0',
    summary: 'Close the connection once everything before has been answered',
    execute: (session, _request, reply) => {
      reply.ok();
      session.closeAfterReply();
    },
  },
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'reset',
    arity: 1,
    flags: ALWAYS,
    since: '6.2.0',
    summary: 'Bring the connection back to the state of a fresh one',
    execute: (session, _request, reply) => {
      session.reset();
      reply.status('RESET');
    },
  },
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'auth',
    arity: -2,
    flags: ALWAYS,
    since: '1.0.0',
    summary: 'Show the password',
    arguments: [
      optional({ name: 'username', type: 'string', since: '6.0.0' }),
      { name: 'password', type: 'string' },
    ],
    execute: authenticate,
  },
  {
    ...CONNECTION,
    runs: 'worker',
    name: 'select',
    arity: 2,
    flags: ['loading', 'stale', 'fast'],
    since: '1.0.0',
    summary: 'Choose the database of the connection',
    arguments: [{ name: 'index', type: 'integer' }],
    execute: select,
  },
  hello,
  client,
];

function echo(request: Arguments, reply: ReplyWriter): void {
  reply.bulk(request.bytes, request.starts[1], request.ends[1]);
}

function authenticate(session: Session, request: Arguments, reply: ReplyWriter): void {
  if (request.count > 3) {
    reply.error(SYNTAX_ERROR);
    return;
  }
  if (request.count === 2 && session.server.users.default.hasNoPassword) {
    reply.error(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
    return;
  }
  const last = request.count - 1;
  const password = request.bytes.subarray(request.starts[last], request.ends[last]);
  const name = last === 2 ? request.text(1) : 'default';
  if (session.authenticate(name, password, request.text(0))) reply.ok();
  else reply.error(WRONG_PASSWORD);
}

function select(session: Session, request: Arguments, reply: ReplyWriter): void {
  const index = integerAt(request, 1);
  if (index === undefined) {
    reply.error(NOT_AN_INTEGER);
  } else if (index > INT_MAX || index < -INT_MAX - 1) {
    reply.error(`ERR value is out of range, value must between ${-INT_MAX - 1} and ${INT_MAX}`);
  } else if (index < 0 || index >= session.server.config.databases) {
    reply.error('ERR DB index is out of range');
  } else {
    session.database = Number(index);
    reply.ok();
  }
}
