import type { IdleResult } from './idle.js';
import { figure, table } from './table.js';

export function idleReport(results: readonly IdleResult[]): string {
  const rows = results.map(({ server, connections, bytesEach, alone, beside }) => [
    server,
    figure(connections),
    figure(bytesEach),
    figure(alone.median),
    figure(beside.median),
    figure(beside.median / alone.median),
  ]);
  const header = ['server', 'idle', 'bytes each', 'commands/s alone', 'beside the idle', 'ratio'];
  return table(header, rows, 1);
}
