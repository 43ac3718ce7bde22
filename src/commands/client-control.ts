import type { Int64 } from '../protocol/int64.js';
import {
  type ArgumentDoc,
  type Arguments,
  CommandError,
  NOT_AN_INTEGER,
  type ServerCommand,
  SYNTAX_ERROR,
} from './command.js';
import { NO_KEYS, oneOf, optional, since, token } from './documentation.js';
import { answerLater } from './server-answer.js';
import type { ClientFilter, ClientType, ServerControl } from './server-control.js';
import { integerAt, optionWord, untilNul, wrongSubcommandArity } from './words.js';

/** The subcommands of CLIENT on the connections of all workers. */

const CONTROL = {
  ...NO_KEYS,
  runs: 'server',
  isBarrier: true,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  group: 'connection',
} as const;

const TYPES = new Map<string, ClientType>([
  ['NORMAL', 'normal'],
  ['PUBSUB', 'pubsub'],
  ['MASTER', 'none'],
  ['SLAVE', 'none'],
  ['REPLICA', 'none'],
]);

/** The type of clients that an argument names; throws the CommandError for one that names none. */
export function clientType(request: Arguments, index: number): ClientType {
  const type = TYPES.get(optionWord(request, index));
  if (type !== undefined) return type;
  throw new CommandError(`ERR Unknown client type '${untilNul(request.text(index))}'`);
}

/** An address alone, as it once was, or pairs of a word and a value. */
const FILTER: ArgumentDoc = {
  name: 'filter',
  type: 'oneof',
  arguments: [
    { name: 'ip:port', type: 'string', deprecatedSince: '2.8.12' },
    {
      name: 'new-format',
      type: 'oneof',
      flags: ['multiple'],
      arguments: [
        optional({ name: 'client-id', type: 'integer', token: 'ID', since: '2.8.12' }),
        optional({
          name: 'normal_master_slave_pubsub',
          type: 'oneof',
          token: 'TYPE',
          since: '2.8.12',
          arguments: [
            token('NORMAL'),
            since('3.2.0', token('MASTER')),
            token('SLAVE'),
            since('5.0.0', token('REPLICA')),
            token('PUBSUB'),
          ],
        }),
        optional({ name: 'username', type: 'string', token: 'USER' }),
        optional({ name: 'ip:port', type: 'string', token: 'ADDR' }),
        optional({ name: 'ip:port', type: 'string', token: 'LADDR', since: '6.2.0' }),
        optional({ name: 'yes/no', type: 'string', token: 'SKIPME' }),
      ],
    },
  ],
};

const kill: ServerCommand = {
  ...CONTROL,
  takesId: true,
  name: 'client|kill',
  arity: -3,
  since: '2.4.0',
  summary: 'Close connections',
  complexity: 'O(N) where N is the number of client connections',
  arguments: [FILTER],
  execute: (server, request, answer) => {
    const count = request.count - 1;
    const caller = request.text(count);
    if (count === 3) {
      const filter = { address: untilNul(request.text(2)), caller, isCallerSpared: false };
      answerLater(answer, server.killClients(filter), (killed, reply) => {
        if (killed === 0) reply.error('ERR No such client');
        else reply.ok();
      });
      return;
    }
    const filter = parseFilter(server, request, count, caller);
    answerLater(answer, server.killClients(filter), (killed, reply) => reply.integer(killed));
  },
};

function parseFilter(
  server: ServerControl,
  request: Arguments,
  count: number,
  caller: string,
): ClientFilter {
  const filter: { -readonly [K in keyof ClientFilter]: ClientFilter[K] } = {
    caller,
    isCallerSpared: true,
  };
  for (let i = 2; i < count; i += 2) {
    if (i + 1 === count) throw new CommandError(SYNTAX_ERROR);
    const value = untilNul(request.text(i + 1));
    switch (optionWord(request, i)) {
      case 'ID': {
        const id = integerAt(request, i + 1);
        if (id === undefined || id < 1)
          throw new CommandError('ERR client-id should be greater than 0');
        filter.id = String(id);
        break;
      }
      case 'TYPE':
        filter.type = clientType(request, i + 1);
        break;
      case 'ADDR':
        filter.address = value;
        break;
      case 'LADDR':
        filter.localAddress = value;
        break;
      case 'USER':
        if (server.users.find(request.text(i + 1)) === undefined)
          throw new CommandError(`ERR No such user '${value}'`);
        filter.user = request.text(i + 1);
        break;
      case 'SKIPME':
        filter.isCallerSpared = yesOrNo(request, i + 1);
        break;
      default:
        throw new CommandError(SYNTAX_ERROR);
    }
  }
  return filter;
}

function yesOrNo(request: Arguments, index: number): boolean {
  const word = optionWord(request, index);
  if (word !== 'YES' && word !== 'NO') throw new CommandError(SYNTAX_ERROR);
  return word === 'YES';
}

const pause: ServerCommand = {
  ...CONTROL,
  name: 'client|pause',
  arity: -3,
  since: '2.9.50',
  summary: 'Let the commands of all clients wait, or those that write',
  complexity: 'O(1)',
  arguments: [
    { name: 'timeout', type: 'integer' },
    optional({ ...oneOf('mode', 'WRITE', 'ALL'), since: '6.2.0' }),
  ],
  execute: (server, request, answer) => {
    if (request.count > 4) throw new CommandError(wrongSubcommandArity(request));
    const mode = request.count === 4 ? optionWord(request, 3) : 'ALL';
    if (mode !== 'WRITE' && mode !== 'ALL')
      throw new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL');
    const forMs = integerAt(request, 2);
    if (forMs === undefined)
      throw new CommandError('ERR timeout is not an integer or out of range');
    if (forMs < 0) throw new CommandError('ERR timeout is negative');
    const paused = server.pauseClients(mode === 'ALL' ? 'all' : 'write', boundedMs(forMs));
    answerLater(answer, paused, (_done, reply) => reply.ok());
  },
};

/** Redis adds the time of day in 64 bits: a pause beyond them is over at once. */
function boundedMs(forMs: Int64): number {
  return BigInt(forMs) + BigInt(Date.now()) >= 2n ** 63n ? 0 : Number(forMs);
}

const unpause: ServerCommand = {
  ...CONTROL,
  name: 'client|unpause',
  arity: 2,
  since: '6.2.0',
  summary: 'End the pause of CLIENT PAUSE',
  complexity: 'O(N) Where N is the number of paused clients',
  execute: (server, _request, answer) => {
    answerLater(answer, server.pauseClients('none', 0), (_done, reply) => reply.ok());
  },
};

const unblock: ServerCommand = {
  ...CONTROL,
  isBarrier: false,
  name: 'client|unblock',
  arity: -3,
  since: '5.0.0',
  summary: 'End the waiting of a client that WAIT has blocked',
  complexity: 'O(log N) where N is the number of client connections',
  arguments: [
    { name: 'client-id', type: 'integer' },
    optional(oneOf('timeout_error', 'TIMEOUT', 'ERROR')),
  ],
  execute: (server, request, answer) => {
    if (request.count > 4) throw new CommandError(wrongSubcommandArity(request));
    const reason = request.count === 4 ? optionWord(request, 3) : 'TIMEOUT';
    if (reason !== 'TIMEOUT' && reason !== 'ERROR')
      throw new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
    const id = integerAt(request, 2);
    if (id === undefined) throw new CommandError(NOT_AN_INTEGER);
    const wasBlocked = server.unblockClient(id.toString(), reason === 'ERROR');
    answer((reply) => reply.integer(wasBlocked ? 1 : 0));
  },
};

export const clientControl: readonly ServerCommand[] = [kill, pause, unpause, unblock];
