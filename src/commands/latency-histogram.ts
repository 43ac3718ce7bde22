import type { ReplyWriter } from '../protocol/reply.js';
import type { ServerCommand } from './command.js';
import { NO_KEYS } from './documentation.js';
import { cumulative } from './histogram.js';
import { type CommandLatency, commandLatencies } from './info-statistics.js';
import { answerLater } from './server-answer.js';
import { lowerCase } from './words.js';

/** LATENCY HISTOGRAM: how long commands execute, by samples. */
export const latencyHistogram: ServerCommand = {
  ...NO_KEYS,
  runs: 'server',
  name: 'latency|histogram',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  group: 'server',
  since: '7.0.0',
  summary: 'How many calls of each command took how long, by powers of two',
  complexity: 'O(N) where N is the number of commands with latency information being retrieved.',
  arguments: [{ name: 'command', type: 'string', flags: ['optional', 'multiple'] }],
  execute: (server, request, answer) => {
    const names: string[] = [];
    for (let i = 2; i < request.count; i++) names.push(lowerCase(request.text(i)));
    const isTracking = server.config['latency-tracking'];
    answerLater(answer, server.facts(), (facts, reply) => {
      const all = isTracking ? withoutThisCall(commandLatencies(facts)) : [];
      writeHistograms(reply, names.length === 0 ? all : names.flatMap((name) => of(all, name)));
    });
  },
};

/** What asks is counted when it is executed, as in Redis. */
function withoutThisCall(all: readonly CommandLatency[]): CommandLatency[] {
  const others = all.map((each) =>
    each.name === 'latency|histogram' ? { ...each, calls: each.calls - 1 } : each,
  );
  return others.filter(({ calls }) => calls > 0);
}

/** That of a command, and of its subcommands. */
function of(all: readonly CommandLatency[], name: string): CommandLatency[] {
  return all.filter((each) => each.name === name || each.name.startsWith(`${name}|`));
}

function writeHistograms(reply: ReplyWriter, latencies: readonly CommandLatency[]): void {
  reply.map(latencies.length);
  for (const { name, calls, histogram } of latencies) {
    reply.bulkText(name);
    reply.map(2);
    reply.bulkText('calls');
    reply.integer(calls);
    reply.bulkText('histogram_usec');
    const steps = cumulative(histogram, calls);
    reply.map(steps.length);
    for (const [microseconds, count] of steps) {
      reply.integer(microseconds);
      reply.integer(count);
    }
  }
}
