import type { InfoFields } from './info.js';
import { total } from './info-processes.js';
import type { CommandStatistics, ServerFacts } from './server-control.js';

/** The sections of INFO that count, over all workers. */

export function statsSection(facts: ServerFacts): InfoFields {
  const { workers } = facts;
  const errors = [...errorCounts(facts).values()];
  return [
    ['total_connections_received', total(workers, (worker) => worker.totalConnections)],
    ['total_commands_processed', total(workers, (worker) => worker.totalCommands)],
    ['total_net_input_bytes', total(workers, (worker) => worker.bytesIn)],
    ['total_net_output_bytes', total(workers, (worker) => worker.bytesOut)],
    ['rejected_connections', total(workers, (worker) => worker.rejectedConnections)],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_keys', facts.expired],
    ['evicted_keys', 0],
    ['evicted_clients', 0],
    ['keyspace_hits', facts.keyspaceHits],
    ['keyspace_misses', facts.keyspaceMisses],
    ['pubsub_channels', 0],
    ['pubsub_patterns', 0],
    ['latest_fork_usec', 0],
    ['total_forks', 0],
    ['total_error_replies', total(errors, (count) => count)],
  ];
}

export function errorStatistics(facts: ServerFacts): InfoFields {
  return [...errorCounts(facts)].map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

export function commandStatistics(facts: ServerFacts): InfoFields {
  const sums = new Map<string, CommandStatistics>();
  for (const worker of facts.workers) {
    for (const [name, { calls, failed, rejected }] of Object.entries(worker.commands)) {
      const sum = sums.get(name) ?? { calls: 0, failed: 0, rejected: 0 };
      sum.calls += calls;
      sum.failed += failed;
      sum.rejected += rejected;
      sums.set(name, sum);
    }
  }
  // Times are not measured: a clock reading per command would cost more than the command.
  return [...sums].map(([name, { calls, failed, rejected }]) => [
    `cmdstat_${name}`,
    `calls=${calls},usec=0,usec_per_call=0.00,rejected_calls=${rejected},failed_calls=${failed}`,
  ]);
}

/** By code, in alphabetical order. */
function errorCounts(facts: ServerFacts): Map<string, number> {
  const counts = new Map<string, number>();
  for (const worker of facts.workers) {
    for (const [code, count] of Object.entries(worker.errors)) {
      counts.set(code, (counts.get(code) ?? 0) + count);
    }
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
