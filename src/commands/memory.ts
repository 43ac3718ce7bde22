import type { ReplyWriter } from '../protocol/reply.js';
import type { CommandRow, ExecutableRow } from './command.js';
import { NO_KEYS } from './documentation.js';
import { HELP, help } from './help.js';
import { human, processes, total } from './info-processes.js';
import { memoryUsage } from './object.js';
import { answerLater } from './server-answer.js';
import type { ServerFacts } from './server-control.js';

/** MEMORY: what the server's processes take, and what of it the sequences do. */

const MEMORY = {
  ...NO_KEYS,
  arity: 2,
  flags: [],
  categories: [],
  group: 'server',
  since: '4.0.0',
} as const;
const OVER_SHARDS = [
  'nondeterministic_output',
  'request_policy:all_shards',
  'response_policy:special',
];
const BY_SIZE = 'Depends on how much memory is allocated, could be slow';

const subcommands: readonly ExecutableRow[] = [
  memoryUsage,
  {
    ...MEMORY,
    runs: 'server',
    name: 'memory|stats',
    tips: OVER_SHARDS,
    summary: 'The memory of all processes, in figures',
    complexity: 'O(1)',
    execute: (server, _request, answer) => answerLater(answer, server.facts(), writeStatistics),
  },
  {
    ...MEMORY,
    runs: 'server',
    name: 'memory|doctor',
    tips: OVER_SHARDS,
    summary: 'The memory of all processes, in words',
    complexity: 'O(1)',
    execute: (server, _request, answer) => {
      answerLater(answer, server.facts(), (facts, reply) => reply.verbatim(report(facts)));
    },
  },
  {
    ...MEMORY,
    runs: 'worker',
    name: 'memory|malloc-stats',
    tips: OVER_SHARDS,
    summary: 'Answer that the allocator has no statistics',
    complexity: BY_SIZE,
    execute: (_session, _request, reply) =>
      reply.bulkText('Stats not supported for the current allocator'),
  },
  {
    ...MEMORY,
    runs: 'worker',
    name: 'memory|purge',
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    summary: 'Accepted and without effect: nothing that could be given back is kept',
    complexity: BY_SIZE,
    execute: (_session, _request, reply) => reply.ok(),
  },
  {
    ...MEMORY,
    ...HELP,
    name: 'memory|help',
    execute: help('MEMORY', [
      'DOCTOR',
      '    Return memory problems reports.',
      'MALLOC-STATS',
      '    Return internal statistics report from the memory allocator.',
      'PURGE',
      '    Attempt to purge dirty pages for reclamation by the allocator.',
      'STATS',
      '    Return information about the memory usage of the server.',
      'USAGE <key> [SAMPLES <count>]',
      '    Return memory in bytes used by <key> and its value. Nested values are',
      '    sampled up to <count> times (default: 5, 0 means sample all).',
    ]),
  },
];

export const memory: CommandRow = {
  ...MEMORY,
  runs: 'container',
  name: 'memory',
  arity: -2,
  summary: 'What the memory is used for',
  complexity: 'Depends on subcommand.',
  subcommands,
};

/** Redis's names, in its order. What it tells of its allocator is told of the processes: what they have is what they use. */
function writeStatistics(facts: ServerFacts, reply: ReplyWriter): void {
  const used = total(processes(facts), (process) => process.rssBytes);
  const sequences = total(facts.databases, (database) => database.sequences);
  const indexBytes = total(facts.databases, (database) => database.indexBytes);
  const apart = Math.max(0, used - facts.tableBytes);
  const integers = (values: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(values)) {
      reply.bulkText(name);
      reply.integer(value);
    }
  };
  const double = (name: string, value: number) => {
    reply.bulkText(name);
    reply.double(value);
  };
  reply.map(27 + facts.databases.length);
  integers({
    'peak.allocated': facts.peakBytes,
    'total.allocated': used,
    'startup.allocated': apart,
    'replication.backlog': 0,
    'clients.slaves': 0,
    'clients.normal': 0,
    'cluster.links': 0,
    'aof.buffer': 0,
    'lua.caches': 0,
    'functions.caches': 0,
  });
  for (const { database, indexBytes } of facts.databases) {
    reply.bulkText(`db.${database}`);
    reply.map(3);
    integers({
      'overhead.hashtable.main': indexBytes,
      'overhead.hashtable.expires': 0,
      'overhead.hashtable.slot-to-keys': 0,
    });
  }
  integers({
    'overhead.total': apart + indexBytes,
    'keys.count': sequences,
    'keys.bytes-per-key': sequences === 0 ? 0 : Math.floor(facts.tableBytes / sequences),
    'dataset.bytes': used - apart - indexBytes,
  });
  double('dataset.percentage', ((used - apart - indexBytes) / used) * 100);
  double('peak.percentage', (used / facts.peakBytes) * 100);
  integers({
    'allocator.allocated': used,
    'allocator.active': used,
    'allocator.resident': used,
  });
  double('allocator-fragmentation.ratio', 1);
  integers({ 'allocator-fragmentation.bytes': 0 });
  double('allocator-rss.ratio', 1);
  integers({ 'allocator-rss.bytes': 0 });
  double('rss-overhead.ratio', 1);
  integers({ 'rss-overhead.bytes': 0 });
  double('fragmentation', 1);
  integers({ 'fragmentation.bytes': 0 });
}

function report(facts: ServerFacts): string {
  const used = total(processes(facts), (process) => process.rssBytes);
  const sequences = total(facts.databases, (database) => database.sequences);
  const perSequence = sequences === 0 ? '' : `, ${Math.round(facts.tableBytes / sequences)} each`;
  return (
    `All processes together take ${human(used)}. The table of sequences has ` +
    `${human(facts.tableBytes)} of it for ${sequences} sequence${sequences === 1 ? '' : 's'}${perSequence}.\n`
  );
}
