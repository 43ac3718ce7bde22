import type { ShapeSummary } from './rates-summary.js';
import { nameOf } from './shapes.js';
import { figure, table } from './table.js';

/** The tables that `npm run bench` prints: each server for itself, then Sequement beside each other. */
export function ratesReport(summaries: readonly ShapeSummary[]): string {
  const parts = [
    'Medians over the rounds. CPU s/M: CPU seconds of the whole process tree per million commands.',
    serversTable(summaries),
  ];
  if (summaries.some((summary) => summary.comparisons.length > 0)) {
    parts.push(
      'Sequement as a multiple of the others: median of the pairs, least to greatest.',
      comparisonsTable(summaries),
    );
  }
  return parts.join('\n\n');
}

function serversTable(summaries: readonly ShapeSummary[]): string {
  const rows = summaries.flatMap(({ shape, servers }) =>
    servers.map((summary) => [
      nameOf(shape),
      summary.server,
      figure(summary.rate.median),
      figure(summary.p50Ms.median),
      figure(summary.p99Ms.median),
      figure(summary.cpuSecondsPerMillion.median),
    ]),
  );
  return table(['shape', 'server', 'commands/s', 'p50 ms', 'p99 ms', 'CPU s/M'], rows);
}

function comparisonsTable(summaries: readonly ShapeSummary[]): string {
  const rows = summaries.flatMap(({ shape, comparisons }) =>
    comparisons.map(({ against, rate, cpu, target, isMet }) => [
      nameOf(shape),
      against,
      figure(rate.median),
      `${figure(rate.least)} to ${figure(rate.greatest)}`,
      target === undefined ? '' : `>= ${target}`,
      isMet === undefined ? '' : isMet ? 'met' : 'missed',
      figure(cpu.median),
    ]),
  );
  return table(['shape', 'against', 'rate', 'range', 'target', '', 'CPU per command'], rows);
}
