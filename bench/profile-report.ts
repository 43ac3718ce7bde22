import { type Frame, topOf } from './call-tree.js';
import type { ProcessProfile, ProfileResult } from './profile.js';
import { nameOf } from './shapes.js';
import { figure, table } from './table.js';

const SHOWN = 12;

/** For each process what took most CPU, and what allocated most, by function and per command. */
export function profileReport(result: ProfileResult): string {
  const { shape, rate, processes, perf, cpuCommands, heapCommands } = result;
  const parts = [`INCR, ${nameOf(shape)}: ${figure(rate)} commands/s while profiled.`];
  for (const process of processes) parts.push(...reportOf(process, cpuCommands, heapCommands));
  if (perf !== undefined) parts.push('By shared object (perf):', perf);
  parts.push('Files:', processes.flatMap(({ files }) => files).join('\n'));
  return parts.join('\n\n');
}

function reportOf(
  { process, cpu, heap }: ProcessProfile,
  cpuCommands: number,
  heapCommands: number,
): string[] {
  const nanos = (cpu.value * 1000) / cpuCommands;
  const bytes = heap.value / heapCommands;
  const head = `${process}: ${figure(nanos)} ns and ${figure(bytes)} bytes per command`;
  return [
    head,
    topTable('ns per command', cpu, 1000 / cpuCommands),
    topTable('bytes per command', heap, 1 / heapCommands),
  ];
}

function topTable(unit: string, root: Frame, scale: number): string {
  const rows = topOf(root)
    .slice(0, SHOWN)
    .map(({ name, place, self }) => [
      name,
      place,
      figure(self * scale),
      `${((self / root.value) * 100).toFixed(1)} %`,
    ]);
  return table(['function', 'place', unit, 'share'], rows);
}
