import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BenchFailure, reasonOf } from './failure.js';
import type { RateTarget } from './rates.js';
import type { Server } from './server.js';
import type { Shape } from './shapes.js';

const execute = promisify(execFile);

/** What redis-benchmark reports about one run. */
export interface LoadResult {
  /** Commands a second. */
  readonly rate: number;
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Load {
  readonly port: number;
  readonly shape: Shape;
  readonly requests: number;
  /** INCR of so many different keys at random; undefined: one hot key. */
  readonly keyspace?: number | undefined;
}

/** A server that redis-benchmark loads. */
export function redisTarget(server: Server, keyspace: number | undefined): RateTarget {
  const { name, pid, port } = server;
  return {
    name,
    pid,
    load: (shape, requests, signal) => runLoad({ port, shape, requests, keyspace }, signal),
    assertAlive: () => server.assertAlive(),
  };
}

/** One run of redis-benchmark with INCR. The keys have 20 bytes: counter:000000000042, or counter:__rand_int__. */
export async function runLoad(load: Load, signal: AbortSignal): Promise<LoadResult> {
  const { shape } = load;
  const args = ['-h', '127.0.0.1', '-p', String(load.port), '-t', 'incr', '--csv'];
  args.push('-c', String(shape.clients), '-P', String(shape.pipeline), '-n', String(load.requests));
  if (load.keyspace !== undefined) args.push('-r', String(load.keyspace));
  try {
    const { stdout } = await execute('redis-benchmark', args, { signal, timeout: 120_000 });
    return parseReport(stdout);
  } catch (error) {
    signal.throwIfAborted();
    throw new BenchFailure(`redis-benchmark ${args.join(' ')} failed: ${reasonOf(error)}`);
  }
}

/**
 * Reads the CSV of redis-benchmark 7, two lines, by the names in its first:
 * "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
 */
function parseReport(csv: string): LoadResult {
  const [header = [], row = []] = csv
    .trim()
    .split('\n')
    .map((line) => line.trim().slice(1, -1).split('","'));
  const column = (name: string) => {
    const value = Number(row[header.indexOf(name)]);
    if (!Number.isFinite(value)) throw new Error(`no ${name} in ${JSON.stringify(csv)}`);
    return value;
  };
  return {
    rate: column('rps'),
    averageMs: column('avg_latency_ms'),
    p50Ms: column('p50_latency_ms'),
    p99Ms: column('p99_latency_ms'),
  };
}
