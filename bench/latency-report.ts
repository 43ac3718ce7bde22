import type { LatencyResult } from './latency.js';
import { figure, table } from './table.js';

export function latencyReport(results: readonly LatencyResult[]): string {
  const rows = results.map(({ server, situation, rate, reached, latencyMs, compactions }) => [
    server,
    situation === 'calm' ? situation : `${compactions} compactions`,
    figure(rate),
    figure(reached),
    ...[latencyMs.p50, latencyMs.p99, latencyMs['p99.9'], latencyMs.max].map(figure),
  ]);
  const header = [
    'server',
    'meanwhile',
    'asked/s',
    'reached/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'max ms',
  ];
  return `Open loop, at half of what each server reached in a closed one.\n\n${table(header, rows)}`;
}
