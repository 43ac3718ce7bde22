import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FillCommand, fillServer } from './fill.js';
import { memoryOfTree, type TreeMemory } from './process-tree.js';
import type { Server } from './server.js';
import type { ServerName, ServerSpec } from './server-spec.js';
import type { Workspace } from './workspace.js';

/** Loading and writing many millions of counters may take a while on a slow disk; nothing waits longer. */
const DEADLINE_MS = 600_000;
const SETTLE_INTERVAL_MS = 500;
const SETTLE_SAMPLES = 4;
const SETTLE_DEADLINE_MS = 20_000;
const SETTLED_WITHIN = 0.005;

export interface MemoryOptions {
  readonly count: number;
  readonly command: FillCommand;
}

/** What many counters cost one server. Bytes and milliseconds. */
export interface MemoryResult {
  readonly server: ServerName;
  readonly count: number;
  readonly fillMs: number;
  readonly empty: TreeMemory;
  readonly full: TreeMemory;
  readonly stopMs: number;
  /** What lies in the data directory after the clean stop. */
  readonly diskBytes: number;
  readonly restartMs: number;
  readonly restarted: TreeMemory;
}

/** Starts a server, fills it, weighs it, stops it, starts it again on its data, weighs it again. */
export async function measureMemory(
  workspace: Workspace,
  spec: ServerSpec,
  signal: AbortSignal,
  options: MemoryOptions,
): Promise<MemoryResult> {
  const { count, command } = options;
  const server = await workspace.launch(spec);
  await server.ready({ deadlineMs: DEADLINE_MS }, signal);
  const empty = await settledMemory(server, signal);

  const fillMs = await timed(async () => {
    await fillServer({ port: server.port, count, command }, signal);
    await server.ready({ keys: count, deadlineMs: DEADLINE_MS }, signal);
  });
  const full = await settledMemory(server, signal);

  const stopMs = await timed(() => server.stopCleanly(DEADLINE_MS, signal));
  const diskBytes = bytesBelow(workspace.dataDirectory(spec));

  let again = server;
  const restartMs = await timed(async () => {
    again = await workspace.launch(spec);
    await again.ready({ keys: count, deadlineMs: DEADLINE_MS }, signal);
  });
  const restarted = await settledMemory(again, signal);
  await again.end();
  return { server: spec.name, count, fillMs, empty, full, stopMs, diskBytes, restartMs, restarted };
}

/** The memory once it has stopped moving (collectors and allocators give back late), or at the deadline. */
export async function settledMemory(server: Server, signal: AbortSignal): Promise<TreeMemory> {
  const deadline = performance.now() + SETTLE_DEADLINE_MS;
  const samples: number[] = [];
  for (;;) {
    const memory = memoryOfTree(server.pid);
    samples.push(memory.pss);
    const last = samples.slice(-SETTLE_SAMPLES);
    const isSettled =
      last.length === SETTLE_SAMPLES &&
      Math.max(...last) - Math.min(...last) <= memory.pss * SETTLED_WITHIN;
    if (isSettled || performance.now() > deadline) return memory;
    server.assertAlive();
    await sleep(SETTLE_INTERVAL_MS, undefined, { signal });
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function bytesBelow(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
