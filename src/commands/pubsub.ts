import { matchesGlob } from '../protocol/glob.js';
import type {
  Arguments,
  CommandRow,
  ExecutableRow,
  ServerCommand,
  SubscriptionCommand,
} from './command.js';
import { NO_KEYS, optional } from './documentation.js';
import { HELP, help } from './help.js';
import { wrongSubcommandArity } from './words.js';

/** Messages from clients to clients, over all workers. */

const PUBSUB = { categories: ['pubsub'], group: 'pubsub' } as const;
/** A channel of a cluster's shard stands where clients look for a key. */
const shardChannels = (last: number) => ({ keys: [1, last, 1], keyFlags: ['not_key'] }) as const;

const JOINING = ['pubsub', 'noscript', 'loading', 'stale'] as const;
const SENDING = ['pubsub', 'loading', 'stale', 'fast'] as const;

const subscriptions: readonly SubscriptionCommand[] = [
  subscription('subscribe', 'channel', {
    since: '2.0.0',
    summary: 'Receive what is published to channels',
    complexity: 'O(N) where N is the number of channels to subscribe to.',
    arguments: [{ name: 'channel', type: 'string', flags: ['multiple'] }],
  }),
  subscription('unsubscribe', 'channel', {
    since: '2.0.0',
    summary: 'Receive no more of the channels, or of any',
    complexity: 'O(N) where N is the number of clients already subscribed to a channel.',
    arguments: [{ name: 'channel', type: 'string', flags: ['optional', 'multiple'] }],
  }),
  subscription('psubscribe', 'pattern', {
    since: '2.0.0',
    summary: 'Receive what is published to channels that match patterns',
    complexity: 'O(N) where N is the number of patterns the client is already subscribed to.',
    arguments: [
      {
        name: 'pattern',
        type: 'block',
        flags: ['multiple'],
        arguments: [{ name: 'pattern', type: 'pattern' }],
      },
    ],
  }),
  subscription('punsubscribe', 'pattern', {
    since: '2.0.0',
    summary: 'Receive no more by the patterns, or by any',
    complexity:
      'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).',
    arguments: [{ name: 'pattern', type: 'pattern', flags: ['optional', 'multiple'] }],
  }),
  subscription('ssubscribe', 'shard', {
    since: '7.0.0',
    summary: 'Receive what is published to shard channels',
    complexity: 'O(N) where N is the number of shard channels to subscribe to.',
    arguments: [{ name: 'shardchannel', type: 'string', flags: ['multiple'] }],
  }),
  subscription('sunsubscribe', 'shard', {
    since: '7.0.0',
    summary: 'Receive no more of the shard channels, or of any',
    complexity: 'O(N) where N is the number of clients already subscribed to a shard channel.',
    arguments: [{ name: 'shardchannel', type: 'string', flags: ['optional', 'multiple'] }],
  }),
];

const publishing: readonly ServerCommand[] = [
  {
    ...PUBSUB,
    ...NO_KEYS,
    runs: 'server',
    name: 'publish',
    arity: 3,
    flags: SENDING,
    since: '2.0.0',
    summary: 'Send a message to the subscribers of a channel',
    complexity:
      'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
    arguments: [
      { name: 'channel', type: 'string' },
      { name: 'message', type: 'string' },
    ],
    execute: publishTo('channel'),
  },
  {
    ...PUBSUB,
    ...shardChannels(1),
    runs: 'server',
    name: 'spublish',
    arity: 3,
    flags: SENDING,
    since: '7.0.0',
    summary: 'Send a message to the subscribers of a shard channel',
    complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
    arguments: [
      { name: 'shardchannel', type: 'string' },
      { name: 'message', type: 'string' },
    ],
    execute: publishTo('shard'),
  },
];

const ASKING = {
  ...PUBSUB,
  ...NO_KEYS,
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
} as const;

const subcommands: readonly ExecutableRow[] = [
  {
    ...ASKING,
    runs: 'server',
    name: 'pubsub|channels',
    since: '2.8.0',
    summary: 'List the channels that have subscribers',
    complexity:
      'O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)',
    arguments: [optional({ name: 'pattern', type: 'pattern' })],
    execute: listChannels('channel'),
  },
  {
    ...ASKING,
    runs: 'server',
    name: 'pubsub|numsub',
    since: '2.8.0',
    summary: 'Count the subscribers of channels',
    complexity: 'O(N) for the NUMSUB subcommand, where N is the number of requested channels',
    arguments: [{ name: 'channel', type: 'string', flags: ['optional', 'multiple'] }],
    execute: countSubscribers('channel'),
  },
  {
    ...ASKING,
    runs: 'server',
    name: 'pubsub|numpat',
    arity: 2,
    since: '2.8.0',
    summary: 'Count the patterns that clients are subscribed to',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      const count = server.channels.patterns;
      answer((reply) => reply.integer(count));
    },
  },
  {
    ...ASKING,
    runs: 'server',
    name: 'pubsub|shardchannels',
    since: '7.0.0',
    summary: 'List the shard channels that have subscribers',
    complexity:
      'O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).',
    arguments: [optional({ name: 'pattern', type: 'pattern' })],
    execute: listChannels('shard'),
  },
  {
    ...ASKING,
    runs: 'server',
    name: 'pubsub|shardnumsub',
    since: '7.0.0',
    summary: 'Count the subscribers of shard channels',
    complexity:
      'O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels',
    arguments: [{ name: 'shardchannel', type: 'string', flags: ['optional', 'multiple'] }],
    execute: countSubscribers('shard'),
  },
  {
    ...NO_KEYS,
    ...HELP,
    name: 'pubsub|help',
    categories: [],
    group: 'pubsub',
    since: '6.2.0',
    execute: help('PUBSUB', [
      'CHANNELS [<pattern>]',
      "    Return the currently active channels matching a <pattern> (default: '*').",
      'NUMPAT',
      '    Return number of subscriptions to patterns.',
      'NUMSUB [<channel> ...]',
      '    Return the number of subscribers for the specified channels, excluding',
      '    pattern subscriptions(default: no channels).',
      'SHARDCHANNELS [<pattern>]',
      "    Return the currently active shard level channels matching a <pattern> (default: '*').",
      'SHARDNUMSUB [<shardchannel> ...]',
      '    Return the number of subscribers for the specified shard level channel(s)',
    ]),
  },
];

export const pubsub: readonly CommandRow[] = [
  ...subscriptions,
  ...publishing,
  {
    ...NO_KEYS,
    runs: 'container',
    name: 'pubsub',
    arity: -2,
    flags: [],
    categories: [],
    group: 'pubsub',
    since: '2.8.0',
    summary: 'Tell who is subscribed',
    complexity: 'Depends on subcommand.',
    subcommands,
  },
];

type Words = Pick<SubscriptionCommand, 'since' | 'summary' | 'complexity' | 'arguments'>;

function subscription(
  name: string,
  kind: SubscriptionCommand['kind'],
  words: Words,
): SubscriptionCommand {
  const isLeaving = name.includes('unsubscribe');
  return {
    ...PUBSUB,
    ...words,
    ...(kind === 'shard' ? shardChannels(-1) : NO_KEYS),
    runs: 'subscription',
    name,
    kind,
    isLeaving,
    arity: isLeaving ? -1 : -2,
    flags: JOINING,
  };
}

function publishTo(kind: 'channel' | 'shard'): ServerCommand['execute'] {
  return (server, request, answer) => {
    const message = request.bytes.subarray(request.starts[2], request.ends[2]);
    const receivers = server.channels.publish(kind, request.text(1), message);
    answer((reply) => reply.integer(receivers));
  };
}

function listChannels(kind: 'channel' | 'shard'): ServerCommand['execute'] {
  return (server, request, answer) => {
    if (request.count > 3) {
      answer((reply) => reply.error(wrongSubcommandArity(request)));
      return;
    }
    const names = server.channels
      .names(kind)
      .filter((name) => request.count === 2 || matchesName(request, name));
    answer((reply) => {
      reply.array(names.length);
      for (const name of names) reply.bulkText(name);
    });
  };
}

function matchesName(request: Arguments, name: string): boolean {
  const subject = Buffer.from(name, 'latin1');
  const [start, end] = [request.starts[2] as number, request.ends[2] as number];
  return matchesGlob(request.bytes.subarray(start, end), subject, 0, subject.length);
}

function countSubscribers(kind: 'channel' | 'shard'): ServerCommand['execute'] {
  return (server, request, answer) => {
    const counts: [name: string, count: number][] = [];
    for (let i = 2; i < request.count; i++) {
      const name = request.text(i);
      counts.push([name, server.channels.subscribers(kind, name)]);
    }
    answer((reply) => {
      reply.array(counts.length * 2);
      for (const [name, count] of counts) {
        reply.bulkText(name);
        reply.integer(count);
      }
    });
  };
}
