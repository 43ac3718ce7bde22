import type { MemoryResult } from './memory.js';
import { figure, table } from './table.js';

/** What a row of the table shows, and how. */
interface Row {
  readonly title: string;
  readonly of: (result: MemoryResult) => number;
  readonly unit: 'MB' | 'bytes' | 's' | 'count';
}

const ROWS: readonly Row[] = [
  { title: 'processes', unit: 'count', of: ({ full }) => full.processes },
  { title: 'empty, RSS', unit: 'MB', of: ({ empty }) => empty.rss },
  { title: 'empty, PSS', unit: 'MB', of: ({ empty }) => empty.pss },
  { title: 'full, RSS', unit: 'MB', of: ({ full }) => full.rss },
  { title: 'full, PSS', unit: 'MB', of: ({ full }) => full.pss },
  { title: 'per sequence, RSS', unit: 'bytes', of: ({ full, count }) => full.rss / count },
  { title: 'per sequence, PSS', unit: 'bytes', of: ({ full, count }) => full.pss / count },
  {
    title: 'per sequence, PSS less empty',
    unit: 'bytes',
    of: ({ full, empty, count }) => (full.pss - empty.pss) / count,
  },
  { title: 'filling', unit: 's', of: ({ fillMs }) => fillMs },
  { title: 'clean stop', unit: 's', of: ({ stopMs }) => stopMs },
  { title: 'on disk', unit: 'MB', of: ({ diskBytes }) => diskBytes },
  {
    title: 'on disk, per sequence',
    unit: 'bytes',
    of: ({ diskBytes, count }) => diskBytes / count,
  },
  { title: 'restart', unit: 's', of: ({ restartMs }) => restartMs },
  { title: 'restarted, RSS', unit: 'MB', of: ({ restarted }) => restarted.rss },
  { title: 'restarted, PSS', unit: 'MB', of: ({ restarted }) => restarted.pss },
];

function shown(value: number, unit: Row['unit']): string {
  switch (unit) {
    case 'MB':
      return figure(value / 1e6);
    case 's':
      return figure(value / 1000);
    case 'bytes':
      return figure(value);
    case 'count':
      return String(value);
  }
}

/** A row a figure: its title, its unit, and a cell for each server. */
export function memoryRows(results: readonly MemoryResult[]): string[][] {
  return ROWS.map(({ title, unit, of }) => [
    title,
    unit === 'count' ? '' : unit,
    ...results.map((result) => shown(of(result), unit)),
  ]);
}

/** The rows with their header, and Sequement's multiple of each other server. */
export function memoryReport(results: readonly MemoryResult[]): string {
  const own = results.find((result) => result.server === 'sequement');
  const others = own === undefined ? [] : results.filter((result) => result !== own);
  const header = [
    '',
    'unit',
    ...results.map((result) => result.server),
    ...others.map((other) => `sequement / ${other.server}`),
  ];
  const rows = memoryRows(results).map((row, index) => {
    const of = ROWS[index]?.of ?? (() => Number.NaN);
    return [
      ...row,
      ...others.map((other) => (own === undefined ? '' : figure(of(own) / of(other)))),
    ];
  });
  return table(header, rows);
}
