import { randomBytes } from 'node:crypto';
import type { Denied } from '../acl/acl-log.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { ACL_HELP } from './acl-help.js';
import { aclUsers } from './acl-users.js';
import { CATEGORIES, categoriesOf } from './categories.js';
import {
  type Arguments,
  type ContainerRow,
  type ExecutableRow,
  NOT_AN_INTEGER,
} from './command.js';
import type { DescribedCommand } from './command-info.js';
import { NO_KEYS, optional, token } from './documentation.js';
import { HELP, help } from './help.js';
import { answerLater } from './server-answer.js';
import { integerAt, lowerCase, optionWord, untilNul, wrongSubcommandArity } from './words.js';

/** ACL: who may come in, and do what. */

const ACL = {
  ...NO_KEYS,
  flags: ['noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '6.0.0',
} as const;

const PASSWORD_BITS = 256;
const PASSWORD_BITS_MAX = 4096;
const LOG_SHOWN = 10;

/** `entries` is asked for the table at each call. */
export function acl(entries: () => readonly DescribedCommand[]): ContainerRow {
  const subcommands: readonly ExecutableRow[] = [
    ...aclUsers,
    {
      ...ACL,
      runs: 'worker',
      name: 'acl|cat',
      arity: -2,
      summary: 'Name the categories, or the commands in one',
      complexity: 'O(1) since the categories and commands are a fixed set.',
      arguments: [optional({ name: 'categoryname', type: 'string' })],
      execute: (_session, request, reply) => listCategory(entries(), request, reply),
    },
    {
      ...ACL,
      runs: 'worker',
      name: 'acl|genpass',
      arity: -2,
      summary: 'Make a random password',
      complexity: 'O(1)',
      arguments: [optional({ name: 'bits', type: 'integer' })],
      execute: (_session, request, reply) => makePassword(request, reply),
    },
    {
      ...ACL,
      runs: 'worker',
      name: 'acl|whoami',
      arity: 2,
      summary: 'Name the user of the connection',
      complexity: 'O(1)',
      execute: (session, _request, reply) => reply.bulkText(session.user.name),
    },
    {
      ...ACL,
      runs: 'server',
      // What is denied behind it is not in it.
      isBarrier: true,
      name: 'acl|log',
      arity: -2,
      flags: ['admin', 'noscript', 'loading', 'stale'],
      summary: 'Show what was denied lately',
      complexity: 'O(N) with N being the number of entries shown.',
      arguments: [
        optional({
          name: 'operation',
          type: 'oneof',
          arguments: [{ name: 'count', type: 'integer' }, token('RESET')],
        }),
      ],
      execute: ({ users }, request, answer) => {
        if (request.count > 3) {
          answer((reply) => reply.error(wrongSubcommandArity(request)));
        } else if (request.count === 3 && optionWord(request, 2) === 'RESET') {
          answerLater(answer, users.resetLog(), (_done, reply) => reply.ok());
        } else {
          const count = request.count === 2 ? LOG_SHOWN : integerAt(request, 2);
          answerLater(answer, users.log(), (entries, reply) => {
            if (count === undefined) reply.error(NOT_AN_INTEGER);
            else writeLog(reply, entries.slice(0, count < 0 ? 0 : Number(count)));
          });
        }
      },
    },
    {
      ...ACL,
      ...HELP,
      name: 'acl|help',
      execute: help('ACL', ACL_HELP),
    },
  ];
  return {
    ...ACL,
    runs: 'container',
    name: 'acl',
    arity: -2,
    flags: [],
    summary: 'The commands on users and their rights',
    complexity: 'Depends on subcommand.',
    subcommands,
  };
}

function listCategory(
  entries: readonly DescribedCommand[],
  request: Arguments,
  reply: ReplyWriter,
): void {
  if (request.count > 3) {
    reply.error(wrongSubcommandArity(request));
    return;
  }
  if (request.count === 2) {
    reply.array(CATEGORIES.length);
    for (const category of CATEGORIES) reply.bulkText(category);
    return;
  }
  const name = lowerCase(untilNul(request.text(2)));
  const category = CATEGORIES.find((each) => each === name);
  if (category === undefined) {
    reply.error(`ERR Unknown category '${untilNul(request.text(2)).slice(0, 128)}'`);
    return;
  }
  const names = entries
    .flatMap((entry) => [entry, ...(entry.subcommands ?? [])])
    .filter((facts) => categoriesOf(facts).includes(category))
    .map((facts) => facts.name);
  reply.array(names.length);
  for (const each of names) reply.bulkText(each);
}

function makePassword(request: Arguments, reply: ReplyWriter): void {
  if (request.count > 3) {
    reply.error(wrongSubcommandArity(request));
    return;
  }
  const bits = request.count === 2 ? PASSWORD_BITS : integerAt(request, 2);
  if (bits === undefined) {
    reply.error(NOT_AN_INTEGER);
  } else if (bits <= 0 || bits > PASSWORD_BITS_MAX) {
    reply.error(
      `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${PASSWORD_BITS_MAX}`,
    );
  } else {
    const digits = Math.ceil(Number(bits) / 4);
    reply.bulkText(
      randomBytes(Math.ceil(digits / 2))
        .toString('hex')
        .slice(0, digits),
    );
  }
}

function writeLog(reply: ReplyWriter, entries: readonly Denied[]): void {
  const nowMs = Date.now();
  reply.array(entries.length);
  for (const { count, reason, context, object, username, atMs, clientInfo } of entries) {
    reply.map(7);
    reply.bulkText('count');
    reply.integer(count);
    for (const [name, value] of Object.entries({ reason, context, object, username })) {
      reply.bulkText(name);
      reply.bulkText(value);
    }
    reply.bulkText('age-seconds');
    reply.double((nowMs - atMs) / 1000);
    reply.bulkText('client-info');
    reply.bulkText(clientInfo);
  }
}
