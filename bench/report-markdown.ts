import type { Everything, RatesFigures } from './everything.js';
import type { IdleResult } from './idle.js';
import type { LatencyResult } from './latency.js';
import { describe } from './machine.js';
import type { MemoryResult } from './memory.js';
import { memoryRows } from './memory-report.js';
import { MODELLED_CORES, modelledRate, type ScalingResult } from './scaling.js';
import { SERVER_LABELS } from './server-labels.js';
import type { ServerName } from './server-spec.js';
import { nameOf } from './shapes.js';
import type { Spread } from './statistics.js';
import { figure } from './table.js';

/** The report of a benchmark in Markdown, with its chart, a file beside it. */
export function reportMarkdown(everything: Everything, chartFile: string): string {
  const { machine, version, isQuick, figures, failures } = everything;
  const { rates, random, latency, idle, master, memory } = figures;
  const parts = [
    `# Benchmark of ${machine.startedAt.slice(0, 10)}`,
    `Sequement ${version}. ${describe(machine)}.${isQuick ? ' A quick run: the figures are coarse.' : ''}`,
    `![Throughput, CPU and latency](${chartFile})`,
  ];
  if (rates) parts.push('## Rates: `INCR` of one hot sequence', ...ratesTables(rates));
  if (random) parts.push('## Rates: `INCR` of random sequences', ...ratesTables(random));
  if (latency) parts.push('## Latency at half of the top rate', latencyTable(latency));
  if (idle) parts.push('## Idle connections', idleTable(idle));
  if (master) parts.push('## The master', ...masterTables(master, rates));
  if (memory) parts.push('## Many sequences', memoryTable(memory));
  if (failures.length > 0) {
    const lines = failures.map(({ part, reason }) => `- ${part}: ${reason.split('\n')[0]}`);
    parts.push('## What failed', lines.join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

function ratesTables({ summaries }: RatesFigures): string[] {
  const servers = summaries.flatMap((summary) =>
    summary.servers.map((server) => [
      nameOf(summary.shape),
      labelOf(server.server),
      spread(server.rate),
      figure(server.p50Ms.median),
      figure(server.p99Ms.median),
      figure(server.cpuSecondsPerMillion.median),
    ]),
  );
  const comparisons = summaries.flatMap((summary) =>
    summary.comparisons.map(({ against, rate, cpu, target, isMet }) => [
      nameOf(summary.shape),
      labelOf(against),
      spread(rate),
      target === undefined ? '' : `${target}, ${isMet === true ? 'met' : 'missed'}`,
      figure(cpu.median),
    ]),
  );
  const tables = [
    markdownTable(
      ['shape', 'server', 'commands/s', 'p50 ms', 'p99 ms', 'CPU µs per command'],
      servers,
    ),
  ];
  if (comparisons.length > 0) {
    tables.push(
      'Sequement as a multiple of the others, pair by pair:',
      markdownTable(['shape', 'against', 'rate', 'target', 'CPU per command'], comparisons),
    );
  }
  return tables;
}

function latencyTable(results: readonly LatencyResult[]): string {
  const rows = results.map(({ server, situation, rate, reached, latencyMs, compactions }) => [
    labelOf(server),
    situation === 'calm' ? '' : `${compactions} compactions`,
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
  return markdownTable(header, rows);
}

function idleTable(results: readonly IdleResult[]): string {
  const rows = results.map(({ server, connections, bytesEach, alone, beside }) => [
    labelOf(server),
    figure(connections),
    figure(bytesEach),
    spread(alone),
    spread(beside),
  ]);
  const header = [
    'server',
    'idle connections',
    'bytes each',
    'commands/s without them',
    'with them',
  ];
  return markdownTable(header, rows);
}

function masterTables(
  results: readonly ScalingResult[],
  rates: RatesFigures | undefined,
): string[] {
  const costs = results.map(({ shape, rate, costs: { master, workers, writer } }) => [
    nameOf(shape),
    figure(rate),
    ...[master, workers, writer].map(figure),
  ]);
  const modelled = results.map(({ shape, costs: each }) => [
    nameOf(shape),
    ...MODELLED_CORES.map((cores) => figure(modelledRate(each, cores))),
    redisAlone(rates, nameOf(shape)),
  ]);
  return [
    'CPU seconds per million commands on one sequence that two workers share:',
    markdownTable(['shape', 'commands/s', 'master', 'workers', 'writer'], costs),
    'From that, millions of commands per second on so many cores, the load being elsewhere (a model, no measurement), and what ' +
      "one core gives Redis's one thread:",
    markdownTable(['shape', ...MODELLED_CORES.map((cores) => `${cores} cores`), 'Redis'], modelled),
  ];
}

function redisAlone(rates: RatesFigures | undefined, shape: string): string {
  const summary = rates?.summaries.find((each) => nameOf(each.shape) === shape);
  const cpu = summary?.servers.find(({ server }) => server === 'none')?.cpuSecondsPerMillion.median;
  return cpu === undefined ? '' : figure(1 / cpu);
}

function memoryTable(results: readonly MemoryResult[]): string {
  const header = ['', ...results.map(({ server }) => labelOf(server))];
  const rows = memoryRows(results).map(([title = '', unit = '', ...cells]) => [
    unit === '' ? title : `${title}, ${unit}`,
    ...cells,
  ]);
  return `${figure(results[0]?.count ?? 0)} sequences:\n\n${markdownTable(header, rows)}`;
}

function labelOf(server: ServerName): string {
  return SERVER_LABELS[server].name;
}

function spread({ median, least, greatest }: Spread): string {
  return `${figure(median)} (${figure(least)} to ${figure(greatest)})`;
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}
