import { addCounts, percentile, type SparseCounts } from './histogram.js';
import type { InfoConfig, InfoFields } from './info.js';
import { total } from './info-processes.js';
import type { CommandStatistics, ServerFacts } from './server-control.js';
import { takes } from './takes.js';
import type { Timing } from './timings.js';

/** The sections of INFO that count, over all workers. */

export function statsSection(facts: ServerFacts): InfoFields {
  const { workers } = facts;
  const errors = [...errorCounts(facts).values()];
  return [
    ['total_connections_received', total(workers, (worker) => worker.totalConnections)],
    [
      'total_commands_processed',
      total(workers, (worker) => worker.totalCommands) + facts.inScripts.total,
    ],
    ['instantaneous_ops_per_sec', Math.round(total(workers, ({ rates }) => rates.commands))],
    ['total_net_input_bytes', total(workers, (worker) => worker.bytesIn)],
    ['total_net_output_bytes', total(workers, (worker) => worker.bytesOut)],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', 0],
    ['instantaneous_input_kbps', kilobytes(total(workers, ({ rates }) => rates.bytesIn))],
    ['instantaneous_output_kbps', kilobytes(total(workers, ({ rates }) => rates.bytesOut))],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', total(workers, (worker) => worker.rejectedConnections)],
    ['failed_tls_handshakes', total(workers, (worker) => worker.failedHandshakes)],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_keys', facts.expired],
    ['expired_stale_perc', '0.00'],
    ['expired_time_cap_reached_count', facts.expiryInterruptions],
    ['expire_cycle_cpu_milliseconds', Math.round(facts.expiryMs)],
    ['evicted_keys', 0],
    ['evicted_clients', 0],
    ['total_eviction_exceeded_time', 0],
    ['current_eviction_exceeded_time', 0],
    ['keyspace_hits', facts.keyspaceHits],
    ['keyspace_misses', facts.keyspaceMisses],
    ['pubsub_channels', facts.channels],
    ['pubsub_patterns', facts.patterns],
    ['pubsubshard_channels', facts.shardChannels],
    ['latest_fork_usec', 0],
    ['total_forks', 0],
    ['migrate_cached_sockets', 0],
    ['slave_expires_tracked_keys', 0],
    ['active_defrag_hits', 0],
    ['active_defrag_misses', 0],
    ['active_defrag_key_hits', 0],
    ['active_defrag_key_misses', 0],
    ['total_active_defrag_time', 0],
    ['current_active_defrag_time', 0],
    ['tracking_total_keys', 0],
    ['tracking_total_items', 0],
    ['tracking_total_prefixes', 0],
    ['unexpected_error_replies', 0],
    ['total_error_replies', total(errors, (count) => count)],
    ['dump_payload_sanitizations', 0],
    ['total_reads_processed', total(workers, (worker) => worker.reads)],
    ['total_writes_processed', total(workers, (worker) => worker.writes)],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['reply_buffer_shrinks', 0],
    ['reply_buffer_expands', 0],
  ];
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(2);
}

export function errorStatistics(facts: ServerFacts): InfoFields {
  return [...errorCounts(facts)].map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

/** The commands of all workers together, and those of scripts. */
function summed(facts: ServerFacts): Map<string, CommandStatistics> {
  const sums = new Map<string, CommandStatistics>();
  for (const { commands } of [...facts.workers, facts.inScripts]) {
    for (const [name, each] of Object.entries(commands)) {
      const sum = sums.get(name);
      if (sum === undefined) sums.set(name, { ...each });
      else {
        sum.calls += each.calls;
        sum.failed += each.failed;
        sum.rejected += each.rejected;
        sum.measured += each.measured;
        sum.microseconds += each.microseconds;
        sum.histogram = addCounts(sum.histogram, each.histogram);
      }
    }
  }
  return sums;
}

/** Times are the samples' means, of the worker's part and the master's, for all calls. */
export function commandStatistics(facts: ServerFacts): InfoFields {
  const takesFromHolds = total(facts.workers, (worker) => worker.takesFromHolds);
  const atMaster = facts.takes / Math.max(1, facts.takes + takesFromHolds);
  const perTake = mean(facts.takeTiming) * atMaster;
  return [...summed(facts)].map(([name, { calls, failed, rejected, ...timing }]) => {
    const there = TAKES.has(name) ? perTake : mean(facts.timings[name] ?? NOTHING);
    const usec = Math.round(calls * (mean(timing) + there));
    const perCall = (calls === 0 ? 0 : usec / calls).toFixed(2);
    return [
      `cmdstat_${name}`,
      `calls=${calls},usec=${usec},usec_per_call=${perCall},rejected_calls=${rejected},failed_calls=${failed}`,
    ];
  });
}

/** How the times of a command are spread, by the samples of the process that executes it, and how often it was called. */
export interface CommandLatency {
  readonly name: string;
  readonly calls: number;
  readonly histogram: SparseCounts;
}

/** Those that were called and timed. A take is timed in the worker, which may have it from a hold. */
export function commandLatencies(facts: ServerFacts): CommandLatency[] {
  const latencies = [...summed(facts)].map(([name, { calls, histogram }]) => {
    return { name, calls, histogram: facts.timings[name]?.histogram ?? histogram };
  });
  return latencies.filter(({ calls, histogram }) => calls > 0 && histogram.length > 0);
}

export function latencyStatistics(facts: ServerFacts, config: InfoConfig): InfoFields {
  if (!config['latency-tracking']) return [];
  return commandLatencies(facts).map(({ name, histogram }) => [
    `latency_percentiles_usec_${name}`,
    config['latency-tracking-info-percentiles']
      .map((percent) => `p${percent}=${(percentile(histogram, percent) / 1000).toFixed(3)}`)
      .join(','),
  ]);
}

const TAKES = new Set(takes.map((command) => command.name));
const NOTHING: Timing = { measured: 0, microseconds: 0 };

function mean({ measured, microseconds }: Timing): number {
  return measured === 0 ? 0 : microseconds / measured;
}

/** By code, in alphabetical order. */
function errorCounts(facts: ServerFacts): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { errors } of [...facts.workers, facts.inScripts]) {
    for (const [code, count] of Object.entries(errors)) {
      counts.set(code, (counts.get(code) ?? 0) + count);
    }
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
