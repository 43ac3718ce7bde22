import type { ProtocolVersion, ReplyWriter } from '../protocol/reply.js';
import { BAD_CLIENT_NAME, setClientName } from './client-name.js';
import type { Arguments, WorkerCommand } from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { type Session, WRONG_PASSWORD } from './session-state.js';
import { REDIS_VERSION } from './versions.js';
import { integerAt, optionWord, untilNul } from './words.js';

/** The handshake: protocol version, password and name in one. */
export const hello: WorkerCommand = {
  ...NO_KEYS,
  runs: 'worker',
  name: 'hello',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  group: 'connection',
  since: '6.0.0',
  summary: 'Choose the protocol version, and tell who the server is',
  complexity: 'O(1)',
  arguments: [
    optional({
      name: 'arguments',
      type: 'block',
      arguments: [
        { name: 'protover', type: 'integer' },
        optional({
          name: 'username_password',
          type: 'block',
          token: 'AUTH',
          arguments: [
            { name: 'username', type: 'string' },
            { name: 'password', type: 'string' },
          ],
        }),
        optional({ name: 'clientname', type: 'string', token: 'SETNAME' }),
      ],
    }),
  ],
  execute: (session, request, reply) => {
    const version = request.count === 1 ? session.protocol : protocolVersion(request);
    if (typeof version === 'string') {
      reply.error(version);
      return;
    }
    // Options take effect one by one, also those before one that is refused, as in Redis.
    const problem = applyOptions(session, request);
    if (problem !== undefined) {
      reply.error(problem);
      return;
    }
    session.protocol = version;
    reply.protocol = version;
    introduce(session, reply);
  },
};

function protocolVersion(request: Arguments): ProtocolVersion | string {
  const version = integerAt(request, 1);
  if (version === undefined) return 'ERR Protocol version is not an integer or out of range';
  if (version !== 2 && version !== 3) return 'NOPROTO unsupported protocol version';
  return version;
}

function applyOptions(session: Session, request: Arguments): string | undefined {
  const { bytes, starts, ends } = request;
  for (let i = 2; i < request.count; i++) {
    const following = request.count - 1 - i;
    const word = optionWord(request, i);
    if (word === 'AUTH' && following >= 2) {
      const password = bytes.subarray(starts[i + 2], ends[i + 2]);
      const name = request.text(i + 1);
      if (!session.authenticate(name, password, request.text(0))) return WRONG_PASSWORD;
      i += 2;
    } else if (word === 'SETNAME' && following >= 1) {
      if (!setClientName(session, request, i + 1)) return BAD_CLIENT_NAME;
      i++;
    } else {
      return `ERR Syntax error in HELLO option '${untilNul(request.text(i))}'`;
    }
  }
  if (!session.mustAuthenticate) return undefined;
  return 'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time';
}

function introduce(session: Session, reply: ReplyWriter): void {
  reply.map(7);
  reply.bulkText('server');
  reply.bulkText('redis');
  reply.bulkText('version');
  reply.bulkText(REDIS_VERSION);
  reply.bulkText('proto');
  reply.integer(session.protocol);
  reply.bulkText('id');
  reply.integer(session.id);
  reply.bulkText('mode');
  reply.bulkText('standalone');
  reply.bulkText('role');
  reply.bulkText('master');
  reply.bulkText('modules');
  reply.array(0);
}
