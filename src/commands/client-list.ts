import { clientType } from './client-control.js';
import { type Arguments, CommandError, type ServerCommand, SYNTAX_ERROR } from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { answerLater } from './server-answer.js';
import { integerAt, optionWord } from './words.js';

/** CLIENT LIST, which asks every worker. */
export const listClients: ServerCommand = {
  ...NO_KEYS,
  runs: 'server',
  name: 'client|list',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output'],
  group: 'connection',
  since: '2.4.0',
  summary: 'Describe all connections, a line each',
  complexity: 'O(N) where N is the number of client connections',
  arguments: [
    optional({
      name: 'normal_master_replica_pubsub',
      type: 'oneof',
      token: 'TYPE',
      since: '5.0.0',
      arguments: ['NORMAL', 'MASTER', 'REPLICA', 'PUBSUB'].map((word) => ({
        name: word.toLowerCase(),
        type: 'pure-token',
        token: word,
      })),
    }),
    optional({
      name: 'id',
      type: 'block',
      token: 'ID',
      since: '6.2.0',
      arguments: [{ name: 'client-id', type: 'integer', flags: ['multiple'] }],
    }),
  ],
  execute: (server, request, answer) => {
    const select = selection(request);
    answerLater(answer, server.clientLines(), (lines, reply) => {
      reply.verbatim(
        select(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
    });
  },
};

/** Picks the lines that the request asks for; throws the CommandError for one that makes no sense. */
function selection(request: Arguments): (lines: readonly string[]) => readonly string[] {
  if (request.count === 2) return (lines) => lines;
  const option = optionWord(request, 2);
  if (option === 'TYPE' && request.count === 4) return ofType(request);
  if (option === 'ID' && request.count > 3) return withIds(request);
  throw new CommandError(SYNTAX_ERROR);
}

function ofType(request: Arguments): (lines: readonly string[]) => readonly string[] {
  const type = clientType(request, 3);
  if (type === 'none') return () => [];
  return (lines) => lines.filter((line) => isSubscriber(line) === (type === 'pubsub'));
}

function isSubscriber(line: string): boolean {
  return / flags=[^ ]*P/.test(line);
}

function withIds(request: Arguments): (lines: readonly string[]) => readonly string[] {
  const ids: string[] = [];
  for (let i = 3; i < request.count; i++) {
    const id = integerAt(request, i);
    if (id === undefined) throw new CommandError('ERR Invalid client ID');
    ids.push(String(id));
  }
  return (lines) => {
    const byId = new Map(lines.map((line) => [/^id=([0-9]+)/.exec(line)?.[1], line]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  };
}
