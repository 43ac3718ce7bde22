import type { ReplyWriter } from '../protocol/reply.js';
import { clientControl } from './client-control.js';
import { CLIENT_HELP } from './client-help.js';
import { listClients } from './client-list.js';
import { BAD_CLIENT_NAME, isClientAttribute, setClientName } from './client-name.js';
import { clientTracking } from './client-tracking.js';
import { type Arguments, type ContainerRow, type ExecutableRow, SYNTAX_ERROR } from './command.js';
import { NO_KEYS, oneOf } from './documentation.js';
import { HELP, help } from './help.js';
import type { Session } from './session-state.js';
import { optionWord, requestBytes, untilNul } from './words.js';

/** CLIENT: what a connection may ask and tell of itself. */

const CLIENT = {
  ...NO_KEYS,
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  group: 'connection',
  complexity: 'O(1)',
} as const;

const ON_OR_OFF = oneOf('enabled', 'ON', 'OFF');

const subcommands: readonly ExecutableRow[] = [
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|id',
    arity: 2,
    since: '5.0.0',
    summary: 'Answer the id of the connection',
    execute: (session, _request, reply) => reply.integer(session.id),
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|getname',
    arity: 2,
    since: '2.6.9',
    summary: 'Answer the name of the connection',
    execute: (session, _request, reply) => {
      if (session.name === '') reply.nil();
      else reply.bulkText(session.name);
    },
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|setname',
    arity: 3,
    since: '2.6.9',
    summary: 'Name the connection',
    arguments: [{ name: 'connection-name', type: 'string' }],
    execute: (session, request, reply) => {
      if (setClientName(session, request, 2)) reply.ok();
      else reply.error(BAD_CLIENT_NAME);
    },
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|setinfo',
    arity: 4,
    since: '7.2.0',
    summary: 'Tell which client library the connection uses',
    arguments: [
      {
        name: 'attr',
        type: 'oneof',
        arguments: [
          { name: 'libname', type: 'string', token: 'LIB-NAME' },
          { name: 'libver', type: 'string', token: 'LIB-VER' },
        ],
      },
    ],
    execute: setInfo,
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|info',
    arity: 2,
    tips: ['nondeterministic_output'],
    since: '6.2.0',
    summary: 'Describe the connection in a line',
    execute: (session, request, reply) =>
      reply.verbatim(`${session.describe(requestBytes(request))}\n`),
  },
  listClients,
  ...clientControl,
  ...clientTracking,
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|reply',
    arity: 3,
    since: '3.2.0',
    summary: 'Switch replies off and on, or leave out the next one',
    arguments: [oneOf('on_off_skip', 'ON', 'OFF', 'SKIP')],
    execute: switchReplies,
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|no-evict',
    arity: 3,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    since: '7.0.0',
    summary: 'Accepted and without effect: no connection is evicted here',
    arguments: [ON_OR_OFF],
    execute: (session, request, reply) => {
      const state = acceptSwitch(request, reply);
      if (state !== undefined) session.isProtected = state;
    },
  },
  {
    ...CLIENT,
    runs: 'worker',
    name: 'client|no-touch',
    arity: 3,
    since: '7.2.0',
    summary: 'Accepted and without effect: no command changes when a sequence was last used',
    arguments: [ON_OR_OFF],
    execute: (_session, request, reply) => {
      acceptSwitch(request, reply);
    },
  },
  {
    ...CLIENT,
    ...HELP,
    name: 'client|help',
    since: '5.0.0',
    execute: help('CLIENT', CLIENT_HELP),
  },
];

export const client: ContainerRow = {
  ...NO_KEYS,
  runs: 'container',
  name: 'client',
  arity: -2,
  flags: [],
  categories: [],
  group: 'connection',
  since: '2.4.0',
  summary: 'The commands on connections',
  complexity: 'Depends on subcommand.',
  subcommands,
};

function setInfo(session: Session, request: Arguments, reply: ReplyWriter): void {
  const attribute = optionWord(request, 2);
  const quoted = untilNul(request.text(2));
  const value = request.text(3);
  if (attribute !== 'LIB-NAME' && attribute !== 'LIB-VER') {
    reply.error(`ERR Unrecognized option '${quoted}'`);
  } else if (!isClientAttribute(value)) {
    reply.error(`ERR ${quoted} cannot contain spaces, newlines or special characters.`);
  } else {
    if (attribute === 'LIB-NAME') session.libraryName = value;
    else session.libraryVersion = value;
    reply.ok();
  }
}

/** Answers ON or OFF; which it was, undefined for another word. */
function acceptSwitch(request: Arguments, reply: ReplyWriter): boolean | undefined {
  const state = optionWord(request, 2);
  if (state !== 'ON' && state !== 'OFF') {
    reply.error(SYNTAX_ERROR);
    return undefined;
  }
  reply.ok();
  return state === 'ON';
}

/** OFF and SKIP have no reply themselves; a SKIP while replies are off changes nothing. */
function switchReplies(session: Session, request: Arguments, reply: ReplyWriter): void {
  switch (optionWord(request, 2)) {
    case 'ON':
      session.replyMode = 'on';
      reply.ok();
      break;
    case 'OFF':
      session.replyMode = 'off';
      break;
    case 'SKIP':
      if (session.replyMode !== 'off') session.replyMode = 'skip';
      break;
    default:
      reply.error(SYNTAX_ERROR);
  }
}
