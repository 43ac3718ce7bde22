import {
  type Arguments,
  CommandError,
  type CommandRow,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
} from './command.js';
import { NO_KEYS, optional, token } from './documentation.js';
import { answerLater } from './server-answer.js';
import { integerAt, optionWord, requireInteger } from './words.js';

/** The commands on replicas. There are none: what asks about them is answered, what would make one is refused. */

const NO_REPLICAS = 'ERR replication is not supported';

const REPLICATION = {
  ...NO_KEYS,
  group: 'server',
  complexity: 'O(1)',
} as const;

const FOLLOW = {
  ...REPLICATION,
  runs: 'worker',
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  categories: [],
  summary: 'Accepted with NO ONE, refused otherwise: this server follows no other',
  arguments: [
    {
      name: 'args',
      type: 'oneof',
      arguments: [
        {
          name: 'host-port',
          type: 'block',
          arguments: [
            { name: 'host', type: 'string' },
            { name: 'port', type: 'integer' },
          ],
        },
        { name: 'no-one', type: 'block', arguments: [token('NO'), token('ONE')] },
      ],
    },
  ],
  execute: (_session, request, reply) => {
    const port = integerAt(request, 2);
    if (optionWord(request, 1) === 'NO' && optionWord(request, 2) === 'ONE') reply.ok();
    else if (port === undefined || port < 0 || port > 65535) reply.error('ERR Invalid master port');
    else reply.error(NO_REPLICAS);
  },
} as const satisfies Partial<CommandRow>;

const WAITING = {
  ...NO_KEYS,
  isBarrier: true,
  takesId: true,
  flags: ['noscript'],
  categories: ['connection'],
  group: 'generic',
  complexity: 'O(1)',
} as const;

export const replication: readonly CommandRow[] = [
  { ...FOLLOW, name: 'replicaof', since: '5.0.0' },
  {
    ...FOLLOW,
    name: 'slaveof',
    since: '1.0.0',
    replacement: { since: '5.0.0', by: '`REPLICAOF`' },
  },
  {
    ...REPLICATION,
    runs: 'worker',
    name: 'role',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    categories: ['admin', 'dangerous'],
    since: '2.8.12',
    summary: 'Tell that this is a master without replicas',
    execute: (_session, _request, reply) => {
      reply.array(3);
      reply.bulkText('master');
      reply.integer(0);
      reply.array(0);
    },
  },
  {
    ...REPLICATION,
    runs: 'worker',
    name: 'failover',
    arity: -1,
    flags: ['admin', 'noscript', 'stale'],
    categories: [],
    since: '6.2.0',
    summary: 'Refused: there is no replica that could take over',
    arguments: [
      optional({
        name: 'target',
        type: 'block',
        token: 'TO',
        arguments: [
          { name: 'host', type: 'string' },
          { name: 'port', type: 'integer' },
          optional(token('FORCE')),
        ],
      }),
      optional(token('ABORT')),
      optional({ name: 'milliseconds', type: 'integer', token: 'TIMEOUT' }),
    ],
    execute: (_session, request, reply) => reply.error(refusalOfFailover(request)),
  },
  {
    ...WAITING,
    runs: 'server',
    name: 'wait',
    arity: 3,
    tips: ['request_policy:all_shards', 'response_policy:agg_min'],
    since: '3.0.0',
    summary:
      'Wait for replicas, of which there are none: answer 0, at once or when the time is over',
    arguments: [
      { name: 'numreplicas', type: 'integer' },
      { name: 'timeout', type: 'integer' },
    ],
    execute: (server, request, answer) => {
      const replicas = requireInteger(request, 1);
      const forMs = timeoutAt(request, 2);
      if (replicas <= 0) answer((reply) => reply.integer(0));
      else answerLater(answer, server.blockClient(request.text(3), forMs), (_, r) => r.integer(0));
    },
  },
  {
    ...WAITING,
    runs: 'server',
    name: 'waitaof',
    arity: 4,
    tips: ['request_policy:all_shards', 'response_policy:agg_min'],
    since: '7.2.0',
    summary:
      'Wait until what the connection wrote is on stable storage; it is, before it is answered',
    arguments: [
      { name: 'numlocal', type: 'integer' },
      { name: 'numreplicas', type: 'integer' },
      { name: 'timeout', type: 'integer' },
    ],
    execute: (server, request, answer) => {
      const local = requireInteger(request, 1);
      if (local < 0 || local > 1)
        throw new CommandError('ERR value is out of range, value must between 0 and 1');
      const replicas = integerAt(request, 2) ?? -1;
      if (replicas < 0) throw new CommandError('ERR value is out of range, must be positive');
      const forMs = timeoutAt(request, 3);
      const caller = request.text(4);
      // Where the log is not synced before a reply, a compaction is what syncs everything.
      const isToSync = local > 0 && server.config.fsync !== 'always';
      const synced = isToSync ? server.compact() : Promise.resolve();
      const done = synced.then(() =>
        replicas > 0 ? server.blockClient(caller, forMs) : undefined,
      );
      answerLater(answer, done, (_done, reply) => {
        reply.array(2);
        reply.integer(isToSync || server.config.fsync === 'always' ? 1 : 0);
        reply.integer(0);
      });
    },
  },
];

function refusalOfFailover(request: Arguments): string {
  if (request.count === 2 && optionWord(request, 1) === 'ABORT')
    return 'ERR No failover in progress.';
  const given = new Set<string>();
  for (let i = 1; i < request.count; i++) {
    const word = optionWord(request, i);
    const following = request.count - 1 - i;
    if (given.has(word)) return SYNTAX_ERROR;
    given.add(word);
    if (word === 'TIMEOUT' && following >= 1) {
      const timeout = integerAt(request, ++i);
      if (timeout === undefined) return NOT_AN_INTEGER;
      if (timeout <= 0) return 'ERR FAILOVER timeout must be greater than 0';
    } else if (word === 'TO' && following >= 2) {
      i += 2;
      if (integerAt(request, i) === undefined) return NOT_AN_INTEGER;
    } else if (word !== 'FORCE') return SYNTAX_ERROR;
  }
  return 'ERR FAILOVER requires connected replicas.';
}

/** Milliseconds; 0 has no end. */
function timeoutAt(request: Arguments, index: number): number {
  const forMs = integerAt(request, index);
  if (forMs === undefined) throw new CommandError('ERR timeout is not an integer or out of range');
  if (forMs < 0) throw new CommandError('ERR timeout is negative');
  return Number(forMs);
}
