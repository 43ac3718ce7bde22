import { setTimeout as sleep } from 'node:timers/promises';
import type { LatencySummary } from '#dist/load/latencies.js';
import { BenchFailure } from './failure.js';
import { fillServer } from './fill.js';
import { runOwnLoad } from './own-load.js';
import { ReplyConnection } from './reply-connection.js';
import type { Server } from './server.js';
import type { ServerName, ServerSpec } from './server-spec.js';
import type { Shape } from './shapes.js';
import type { Workspace } from './workspace.js';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;

export interface LatencyOptions {
  readonly shape: Shape;
  /** How long each of the measurements lasts. */
  readonly seconds: number;
  /** Sequences that are there, and that a compaction has to write. */
  readonly count: number;
}

/** The latency of one server at a rate that it can hold. */
export interface LatencyResult {
  readonly server: ServerName;
  readonly situation: 'calm' | 'compacting';
  /** Commands per second, as fast as the answers came. */
  readonly topRate: number;
  /** Half of it, which was asked for. */
  readonly rate: number;
  readonly reached: number;
  /** Commands that were due and not sent before the end. */
  readonly unsent: number;
  readonly latencyMs: LatencySummary;
  /** How many compactions ended meanwhile. */
  readonly compactions: number;
}

/** Latency in an open loop at half of the top rate, first with nothing else to do, then with one compaction after the other. */
export async function measureLatency(
  workspace: Workspace,
  spec: ServerSpec,
  signal: AbortSignal,
  options: LatencyOptions,
): Promise<LatencyResult[]> {
  const { shape, seconds, count } = options;
  const server = await workspace.launch(spec);
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  await fillServer({ port: server.port, count, command: 'incr' }, signal);
  const full = { port: server.port, shape, seconds: Math.min(3, seconds), warmUp: 1 };
  const { rate: topRate } = await runOwnLoad(full, signal);
  const rate = Math.max(1, Math.floor(topRate / 2));
  const results: LatencyResult[] = [];
  for (const situation of ['calm', 'compacting'] as const) {
    const compacting = situation === 'compacting' ? compactOverAndOver(server, signal) : undefined;
    const load = { port: server.port, shape, seconds, warmUp: 0.5, rate };
    const found = await runOwnLoad(load, signal).finally(() => compacting?.stop());
    const compactions = (await compacting?.done) ?? 0;
    const { latencyMs, unsent, rate: reached } = found;
    results.push({
      server: spec.name,
      situation,
      topRate,
      rate,
      reached,
      unsent,
      latencyMs,
      compactions,
    });
  }
  await server.end();
  workspace.empty(spec);
  return results;
}

/** Has the server write all of its data anew, again as soon as it is done. */
function compactOverAndOver(
  server: Server,
  signal: AbortSignal,
): { stop(): void; done: Promise<number> } {
  let isStopped = false;
  const command = server.name === 'none' || server.name === 'valkey' ? 'BGSAVE' : 'BGREWRITEAOF';
  const work = async (): Promise<number> => {
    const connection = await ReplyConnection.open(server.port, READY_WITHIN_MS);
    let compactions = 0;
    try {
      while (!isStopped) {
        await connection.ask(command);
        do {
          await sleep(POLL_MS, undefined, { signal });
        } while (await isCompacting(connection));
        compactions++;
      }
      return compactions;
    } finally {
      connection.close();
    }
  };
  const done = work();
  // Whoever waits for it gets the error, if there is one; until then it is not unhandled.
  done.catch(() => undefined);
  return {
    stop() {
      isStopped = true;
    },
    done,
  };
}

async function isCompacting(connection: ReplyConnection): Promise<boolean> {
  const info = await connection.ask('INFO', 'persistence');
  if (typeof info !== 'string') throw new BenchFailure('INFO persistence is no text.');
  return /^(rdb_bgsave|aof_rewrite)_in_progress:1/m.test(info);
}
