import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchFailure } from './failure.js';
import { runLoad } from './load.js';
import { settledMemory } from './memory.js';
import type { Server } from './server.js';
import type { ServerName, ServerSpec } from './server-spec.js';
import { withArguments } from './server-spec.js';
import type { Shape } from './shapes.js';
import { type Spread, spreadOf } from './statistics.js';
import type { Workspace } from './workspace.js';

const READY_WITHIN_MS = 60_000;
const OPENED_WITHIN_MS = 60_000;
/** Connections that the busy clients and the questions need besides. */
const SPARE = 500;
const PROGRAM = fileURLToPath(new URL('./idle-process.js', import.meta.url));

export interface IdleOptions {
  readonly connections: number;
  readonly shape: Shape;
  readonly rounds: number;
  readonly seconds: number;
}

/** What connections cost that do nothing. */
export interface IdleResult {
  readonly server: ServerName;
  readonly connections: number;
  /** Memory of the whole process tree that each of them takes, shared pages counted once. */
  readonly bytesEach: number;
  /** Commands per second of busy clients, alone and beside the idle ones. */
  readonly alone: Spread;
  readonly beside: Spread;
}

export async function measureIdle(
  workspace: Workspace,
  spec: ServerSpec,
  signal: AbortSignal,
  options: IdleOptions,
): Promise<IdleResult> {
  const { connections } = options;
  const roomy = withArguments(spec, ['--maxclients', String(connections + SPARE)]);
  const server = await workspace.launch(roomy);
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  await ratesOf(server, { ...options, rounds: 1 }, signal);
  const alone = await ratesOf(server, options, signal);
  const before = await settledMemory(server, signal);
  const crowd = await openIdle(server.port, connections, signal);
  try {
    const after = await settledMemory(server, signal);
    const beside = await ratesOf(server, options, signal);
    const bytesEach = (after.pss - before.pss) / connections;
    return {
      server: spec.name,
      connections,
      bytesEach,
      alone: spreadOf(alone),
      beside: spreadOf(beside),
    };
  } finally {
    crowd.close();
    await server.end();
    workspace.empty(spec);
  }
}

async function ratesOf(
  server: Server,
  { shape, rounds, seconds }: IdleOptions,
  signal: AbortSignal,
): Promise<number[]> {
  const batch = shape.clients * shape.pipeline;
  const rates: number[] = [];
  let requests = 20 * batch;
  // The first is too short to count: it tells how many requests the others need.
  for (let round = -1; round < rounds; round++) {
    const { rate } = await runLoad({ port: server.port, shape, requests }, signal);
    if (round >= 0) rates.push(rate);
    requests = Math.max(1, Math.round((rate * seconds) / batch)) * batch;
  }
  return rates;
}

/** Opens connections from a process of its own; each has been answered one PING. */
async function openIdle(
  port: number,
  count: number,
  signal: AbortSignal,
): Promise<{ close(): void }> {
  const child = fork(PROGRAM, [String(port), String(count)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const close = () => void child.kill('SIGKILL');
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(OPENED_WITHIN_MS)]);
  try {
    const opened = once(child, 'message', { signal: inTime });
    const ended = once(child, 'exit', { signal: inTime }).then(([code]) => {
      throw new BenchFailure(`Idle connections failed: ${complaint.trim() || `exit code ${code}`}`);
    });
    await Promise.race([opened, ended]);
    // What comes later of its end is nobody's matter.
    ended.catch(() => undefined);
    opened.catch(() => undefined);
  } catch (error) {
    close();
    throw error;
  }
  return { close };
}
