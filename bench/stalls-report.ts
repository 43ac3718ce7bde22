import type { StallResult } from './stalls.js';
import { figure, table } from './table.js';

const HEADER = [
  'command',
  'others waited ms',
  'longest turn, ms CPU: master',
  'worker',
  'writer',
  'master busy ms',
  'answered in ms',
  'reply MB',
];

/** A table for one state of the data. */
export function stallsReport({ log, loadedMs, rss, stalls }: StallResult): string {
  const what = log.removed === 0 ? '' : `, ${log.removed} of them removed again`;
  const rows = stalls.map((stall) => [
    stall.command,
    figure(stall.worstMs),
    figure(stall.turns.master),
    figure(stall.turns.worker),
    figure(stall.turns.writer),
    figure(stall.masterMs),
    figure(stall.tookMs),
    figure(stall.replyBytes / 2 ** 20),
  ]);
  return (
    `${log.count} sequences${what}; loaded in ${figure(loadedMs / 1000)} s, ` +
    `${figure(rss / 2 ** 20)} MB in all processes\n\n${table(HEADER, rows, 1)}`
  );
}
