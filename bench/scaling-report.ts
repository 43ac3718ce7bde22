import { MODELLED_CORES, modelledRate, type ScalingResult } from './scaling.js';
import { nameOf } from './shapes.js';
import { figure, table } from './table.js';

export function scalingReport(results: readonly ScalingResult[]): string {
  const costs = results.map(({ shape, rate, costs: { master, workers, writer } }) => [
    nameOf(shape),
    ...[rate, master, workers, writer].map(figure),
  ]);
  const rates = results.map(({ shape, costs: each }) => [
    nameOf(shape),
    ...MODELLED_CORES.map((cores) => figure(modelledRate(each, cores))),
  ]);
  return [
    'CPU seconds per million commands on one sequence that two workers share:',
    table(['shape', 'commands/s', 'master', 'workers', 'writer'], costs, 1),
    'Modelled from that, millions of commands per second on so many cores, the load being elsewhere:',
    table(['shape', ...MODELLED_CORES.map(String)], rates, 1),
  ].join('\n\n');
}
