import { describeCommands, describeKeys } from '../acl/describe.js';
import type { Selector } from '../acl/selector.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { type Arguments, CommandError, type ServerCommand } from './command.js';
import { NO_KEYS } from './documentation.js';
import { answerLater } from './server-answer.js';
import type { Users } from './server-control.js';
import { untilNul } from './words.js';

/** The subcommands of ACL on the users themselves, which the master has. */

const USERS = {
  ...NO_KEYS,
  runs: 'server',
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '6.0.0',
} as const;

const USERNAME = { name: 'username', type: 'string' } as const;

/** Changes wait for all workers, and what their client sends behind them waits for them. */
const CHANGE = { ...USERS, isBarrier: true } as const;

export const aclUsers: readonly ServerCommand[] = [
  {
    ...CHANGE,
    takesId: true,
    name: 'acl|setuser',
    arity: -3,
    summary: 'Create a user, or change its rules',
    complexity: 'O(N). Where N is the number of rules provided.',
    arguments: [USERNAME, { name: 'rule', type: 'string', flags: ['optional', 'multiple'] }],
    execute: (server, request, answer) => {
      const [name = '', ...rules] = wordsFrom(request, 2);
      const caller = rules.pop() ?? '';
      answerLater(answer, server.users.set(name, rules, caller), (_done, reply) => reply.ok());
    },
  },
  {
    ...CHANGE,
    takesId: true,
    name: 'acl|deluser',
    arity: -3,
    summary: 'Remove users, and close their connections',
    complexity: 'O(1) amortized time considering the typical user.',
    arguments: [{ ...USERNAME, flags: ['multiple'] }],
    execute: (server, request, answer) => {
      const names = wordsFrom(request, 2);
      const caller = names.pop() ?? '';
      const deleted = server.users.delete(names, caller);
      answerLater(answer, deleted, (count, reply) => reply.integer(count));
    },
  },
  {
    ...CHANGE,
    takesId: true,
    name: 'acl|load',
    arity: 2,
    summary: 'Take the users from the file again, all or none',
    complexity: 'O(N). Where N is the number of configured users.',
    execute: (server, request, answer) => {
      const loaded = server.users.load(request.text(request.count - 1));
      answerLater(answer, loaded, (_done, reply) => reply.ok());
    },
  },
  {
    ...USERS,
    name: 'acl|save',
    arity: 2,
    summary: 'Write the users to their file',
    complexity: 'O(N). Where N is the number of configured users.',
    execute: (server, _request, answer) => {
      answerLater(answer, server.users.save(), (_done, reply) => reply.ok());
    },
  },
  {
    ...USERS,
    name: 'acl|list',
    arity: 2,
    summary: 'Show all users as lines of a file',
    complexity: 'O(N). Where N is the number of configured users.',
    execute: ({ users }, _request, answer) => {
      const lines = users.lines();
      answer((reply) => writeTexts(reply, lines));
    },
  },
  {
    ...USERS,
    name: 'acl|users',
    arity: 2,
    summary: 'Name all users',
    complexity: 'O(N). Where N is the number of configured users.',
    execute: ({ users }, _request, answer) => {
      const names = users.all().map(({ name }) => name);
      answer((reply) => writeTexts(reply, names));
    },
  },
  {
    ...USERS,
    name: 'acl|getuser',
    arity: 3,
    summary: 'Show the rules of a user',
    complexity:
      'O(N). Where N is the number of password, command and pattern rules that the user has.',
    arguments: [USERNAME],
    execute: ({ users }, request, answer) => {
      const name = request.text(2);
      answer((reply) => writeUser(reply, users, name));
    },
  },
  {
    ...USERS,
    name: 'acl|dryrun',
    arity: -4,
    since: '7.0.0',
    summary: 'Tell whether a user may run a command, without running it',
    complexity: 'O(1).',
    arguments: [
      USERNAME,
      { name: 'command', type: 'string' },
      { name: 'arg', type: 'string', flags: ['optional', 'multiple'] },
    ],
    execute: ({ users }, request, answer) => {
      const name = request.text(2);
      const user = users.find(name);
      if (user === undefined) throw new CommandError(`ERR User '${untilNul(name)}' not found`);
      const verdict = users.tryRun(user, request, 3);
      answer((reply) => {
        if (verdict === undefined) reply.ok();
        else reply.bulkText(verdict);
      });
    },
  },
];

function wordsFrom(request: Arguments, start: number): string[] {
  const words: string[] = [];
  for (let i = start; i < request.count; i++) words.push(request.text(i));
  return words;
}

function writeTexts(reply: ReplyWriter, texts: readonly string[]): void {
  reply.array(texts.length);
  for (const text of texts) reply.bulkText(text);
}

function writeUser(reply: ReplyWriter, users: Users, name: string): void {
  const user = users.find(name);
  if (user === undefined) {
    reply.nil();
    return;
  }
  reply.map(6);
  reply.bulkText('flags');
  reply.set(user.flags.length);
  for (const flag of user.flags) reply.bulkText(flag);
  reply.bulkText('passwords');
  writeTexts(reply, user.passwords);
  const [own, ...others] = user.selectors;
  writeSelector(reply, users, own as Selector);
  reply.bulkText('selectors');
  reply.array(others.length);
  for (const selector of others) {
    reply.map(3);
    writeSelector(reply, users, selector);
  }
}

function writeSelector(reply: ReplyWriter, users: Users, selector: Selector): void {
  const { keys, channels } = selector;
  reply.bulkText('commands');
  reply.bulkText(describeCommands(users.commands, selector));
  reply.bulkText('keys');
  reply.bulkText(selector.allKeys ? '~*' : keys.map(describeKeys).join(' '));
  reply.bulkText('channels');
  const patterns = channels.map(({ pattern }) => `&${pattern}`).join(' ');
  reply.bulkText(selector.allChannels ? '&*' : patterns);
}
