import { readdirSync, readFileSync } from 'node:fs';
import { BenchFailure } from './failure.js';
import { runLoad } from './load.js';
import { treeOf } from './process-tree.js';
import type { Server } from './server.js';
import type { ServerSpec } from './server-spec.js';
import type { Shape } from './shapes.js';
import type { Workspace } from './workspace.js';

const READY_WITHIN_MS = 60_000;

export interface ScalingOptions {
  readonly shapes: readonly Shape[];
  readonly rounds: number;
  readonly seconds: number;
}

/** CPU seconds per million commands. */
export interface RoleCosts {
  readonly master: number;
  /** Of all workers together. */
  readonly workers: number;
  readonly writer: number;
}

/** What each process pays for commands on one sequence that two workers share. */
export interface ScalingResult {
  readonly shape: Shape;
  readonly rate: number;
  readonly costs: RoleCosts;
}

type Role = keyof RoleCosts;

export async function measureScaling(
  workspace: Workspace,
  spec: ServerSpec,
  signal: AbortSignal,
  options: ScalingOptions,
): Promise<ScalingResult[]> {
  const server = await workspace.launch(spec);
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  const results: ScalingResult[] = [];
  for (const shape of options.shapes)
    results.push(await measureShape(server, shape, options, signal));
  await server.end();
  workspace.empty(spec);
  return results;
}

async function measureShape(
  server: Server,
  shape: Shape,
  { rounds, seconds }: ScalingOptions,
  signal: AbortSignal,
): Promise<ScalingResult> {
  const batch = shape.clients * shape.pipeline;
  const load = (requests: number) => runLoad({ port: server.port, shape, requests }, signal);
  const { rate: guess } = await load(50 * batch);
  const requests = Math.max(1, Math.round((guess * seconds) / batch)) * batch;
  await load(requests);
  const before = cpuByRole(server.pid);
  let elapsed = 0;
  for (let round = 0; round < rounds; round++) elapsed += requests / (await load(requests)).rate;
  const after = cpuByRole(server.pid);
  if (after.workerCount < 2) throw new BenchFailure('There are not two workers that share.');
  const millions = (requests * rounds) / 1e6;
  const cost = (role: Role) => (after[role] - before[role]) / 1e9 / millions;
  return {
    shape,
    rate: (requests * rounds) / elapsed,
    costs: { master: cost('master'), workers: cost('workers'), writer: cost('writer') },
  };
}

/** Nanoseconds on a CPU by role, over all threads of the processes that live. */
function cpuByRole(master: number): Record<Role, number> & { workerCount: number } {
  const sum = { master: 0, workers: 0, writer: 0, workerCount: 0 };
  for (const { pid } of treeOf(master)) {
    const title = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    if (pid === master) sum.master += cpuOf(pid);
    else if (title.startsWith('sequement-writer')) sum.writer += cpuOf(pid);
    else if (title.startsWith('sequement-worker')) {
      sum.workers += cpuOf(pid);
      sum.workerCount++;
    }
  }
  return sum;
}

function cpuOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'))
    .reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
}

export const MODELLED_CORES: readonly number[] = [2, 4, 8, 16, 32];

/**
 * Commands per second in millions, on so many cores with the load on other machines, if a command cost each process what it
 * costs here. The master has one core and no more; the workers have all others, less what the writer takes. The real cost of
 * the master falls as frames grow, and rises with the number of workers that send some.
 */
export function modelledRate({ master, workers, writer }: RoleCosts, cores: number): number {
  const all = cores / (master + workers + writer);
  // An idle machine with one core left over for the workers still serves.
  const byWorkers = Math.max(1, cores - 1) / workers;
  return Math.min(1 / master, byWorkers, all);
}
