import { CommandError, type CommandRow, type ExecutableRow } from './command.js';
import { NO_KEYS } from './documentation.js';
import { HELP, help } from './help.js';
import { latencyHistogram } from './latency-histogram.js';
import { latencyGraph, latencyReport } from './latency-text.js';

/** LATENCY: when commands took long, over all processes. */

/** Samples are Unix seconds and milliseconds, oldest first. */
export interface LatencyEvent {
  readonly name: string;
  readonly samples: readonly (readonly [seconds: number, ms: number])[];
  readonly maxMs: number;
}

const LATENCY = {
  ...NO_KEYS,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  group: 'server',
  since: '2.8.13',
  complexity: 'O(1)',
} as const;
const ALL_SPECIAL = [
  'nondeterministic_output',
  'request_policy:all_nodes',
  'response_policy:special',
] as const;

const subcommands: readonly ExecutableRow[] = [
  {
    ...LATENCY,
    runs: 'server',
    name: 'latency|latest',
    arity: 2,
    tips: ALL_SPECIAL,
    summary: 'Show the last spike of each event',
    execute: (server, _request, answer) => {
      const events = server.latency.events();
      answer((reply) => {
        reply.array(events.length);
        for (const { name, samples, maxMs } of events) {
          const [seconds, ms] = samples.at(-1) ?? [0, 0];
          reply.array(4);
          reply.bulkText(name);
          for (const value of [seconds, ms, maxMs]) reply.integer(value);
        }
      });
    },
  },
  {
    ...LATENCY,
    runs: 'server',
    name: 'latency|history',
    arity: 3,
    tips: ALL_SPECIAL,
    summary: 'Show the spikes of an event',
    arguments: [{ name: 'event', type: 'string' }],
    execute: (server, request, answer) => {
      const name = request.text(2);
      const samples = server.latency.events().find((each) => each.name === name)?.samples ?? [];
      answer((reply) => {
        reply.array(samples.length);
        for (const sample of samples) {
          reply.array(2);
          for (const value of sample) reply.integer(value);
        }
      });
    },
  },
  {
    ...LATENCY,
    runs: 'server',
    name: 'latency|reset',
    arity: -2,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Forget the spikes of events, or of all',
    arguments: [{ name: 'event', type: 'string', flags: ['optional', 'multiple'] }],
    execute: (server, request, answer) => {
      const names: string[] = [];
      for (let i = 2; i < request.count; i++) names.push(request.text(i));
      const count = server.latency.reset(names);
      answer((reply) => reply.integer(count));
    },
  },
  {
    ...LATENCY,
    runs: 'server',
    name: 'latency|graph',
    arity: 3,
    tips: ALL_SPECIAL,
    summary: 'Draw the spikes of an event',
    arguments: [{ name: 'event', type: 'string' }],
    execute: (server, request, answer) => {
      const name = request.text(2);
      const event = server.latency.events().find((each) => each.name === name);
      if (event === undefined)
        throw new CommandError(`ERR No samples available for event '${name}'`);
      const text = latencyGraph(event, Math.floor(Date.now() / 1000));
      answer((reply) => reply.verbatim(text));
    },
  },
  {
    ...LATENCY,
    runs: 'server',
    name: 'latency|doctor',
    arity: 2,
    tips: ALL_SPECIAL,
    summary: 'Sum up the spikes in words',
    execute: (server, _request, answer) => {
      const threshold = server.config['latency-monitor-threshold'];
      const text = latencyReport(server.latency.events(), threshold);
      answer((reply) => reply.verbatim(text));
    },
  },
  latencyHistogram,
  {
    ...LATENCY,
    ...HELP,
    name: 'latency|help',
    execute: help('LATENCY', [
      'DOCTOR',
      '    Return a human readable latency analysis report.',
      'GRAPH <event>',
      '    Return an ASCII latency graph for the <event> class.',
      'HISTORY <event>',
      '    Return time-latency samples for the <event> class.',
      'LATEST',
      '    Return the latest latency samples for all events.',
      'RESET [<event> ...]',
      '    Reset latency data of one or more <event> classes.',
      '    (default: reset all data for all event classes)',
      'HISTOGRAM [COMMAND ...]',
      '    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.',
      '    If no commands are specified then all histograms are replied.',
    ]),
  },
];

export const latency: CommandRow = {
  ...NO_KEYS,
  runs: 'container',
  name: 'latency',
  arity: -2,
  flags: [],
  categories: [],
  group: 'server',
  since: '2.8.13',
  summary: 'When commands took long',
  complexity: 'Depends on subcommand.',
  subcommands,
};
