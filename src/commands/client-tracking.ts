import type { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, NOT_AN_INTEGER, SYNTAX_ERROR, type WorkerCommand } from './command.js';
import { NO_KEYS, oneOf, optional, token } from './documentation.js';
import type { Session } from './session-state.js';
import { integerAt, optionWord } from './words.js';

/**
 * The subcommands of CLIENT about caches at the clients. A number that changes with every take is not worth caching, so
 * none can be switched on; what asks about them is answered as where they are off.
 */
const TRACKING = {
  ...NO_KEYS,
  runs: 'worker',
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  group: 'connection',
} as const;

export const clientTracking: readonly WorkerCommand[] = [
  {
    ...TRACKING,
    name: 'client|tracking',
    arity: -3,
    since: '6.0.0',
    summary: 'Refused, but for OFF: there is nothing to cache at a client',
    complexity: 'O(1). Some options may introduce additional complexity.',
    arguments: [
      oneOf('status', 'ON', 'OFF'),
      optional({ name: 'client-id', type: 'integer', token: 'REDIRECT' }),
      {
        name: 'prefix',
        type: 'string',
        token: 'PREFIX',
        flags: ['optional', 'multiple', 'multiple_token'],
      },
      ...['BCAST', 'OPTIN', 'OPTOUT', 'NOLOOP'].map((word) => optional(token(word))),
    ],
    execute: (session, request, reply) => {
      const problem = refusal(session, request);
      if (problem === undefined) reply.ok();
      else reply.error(problem);
    },
  },
  {
    ...TRACKING,
    name: 'client|caching',
    arity: 3,
    since: '6.0.0',
    summary: 'Refused: there is nothing to cache at a client',
    complexity: 'O(1)',
    arguments: [oneOf('mode', 'YES', 'NO')],
    execute: (_session, _request, reply) =>
      reply.error(
        'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
      ),
  },
  {
    ...TRACKING,
    name: 'client|trackinginfo',
    arity: 2,
    since: '6.2.0',
    summary: 'Tell that nothing is cached at this client',
    complexity: 'O(1)',
    execute: (_session, _request, reply) => tellOff(reply),
  },
  {
    ...TRACKING,
    name: 'client|getredir',
    arity: 2,
    since: '6.0.0',
    summary: 'Answer -1: nothing is cached at this client',
    complexity: 'O(1)',
    execute: (_session, _request, reply) => reply.integer(-1),
  },
];

function refusal(session: Session, request: Arguments): string | undefined {
  const options = new Set<string>();
  for (let i = 3; i < request.count; i++) {
    const option = optionWord(request, i);
    const hasMore = i + 1 < request.count;
    if (option === 'REDIRECT' && hasMore) {
      i++;
      if (options.has(option)) return 'ERR A client can only redirect to a single other client';
      const id = integerAt(request, i);
      if (id === undefined) return NOT_AN_INTEGER;
      if (id !== session.id) return 'ERR The client ID you want redirect to does not exist';
    } else if (option === 'PREFIX' && hasMore) i++;
    else if (!['BCAST', 'OPTIN', 'OPTOUT', 'NOLOOP'].includes(option)) return SYNTAX_ERROR;
    options.add(option);
  }
  const state = optionWord(request, 2);
  if (state === 'OFF') return undefined;
  if (state !== 'ON') return SYNTAX_ERROR;
  if (!options.has('BCAST') && options.has('PREFIX'))
    return 'ERR PREFIX option requires BCAST mode to be enabled';
  if (options.has('BCAST') && (options.has('OPTIN') || options.has('OPTOUT')))
    return 'ERR OPTIN and OPTOUT are not compatible with BCAST';
  if (options.has('OPTIN') && options.has('OPTOUT'))
    return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  return 'ERR CLIENT TRACKING is not supported: a sequence is not to be cached';
}

function tellOff(reply: ReplyWriter): void {
  reply.map(3);
  reply.bulkText('flags');
  reply.set(1);
  reply.bulkText('off');
  reply.bulkText('redirect');
  reply.integer(-1);
  reply.bulkText('prefixes');
  reply.array(0);
}
