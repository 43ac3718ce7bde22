import type { Everything } from '../../bench/everything.js';
import type { LatencyResult } from '../../bench/latency.js';
import type { MemoryResult } from '../../bench/memory.js';
import type { Run } from '../../bench/rates.js';
import { summaryOf } from '../../bench/rates-summary.js';
import type { ServerName } from '../../bench/server-spec.js';

const SERVERS: readonly ServerName[] = ['none', 'always', 'postgres', 'sequement'];

function ratesOf(clients: number, pipeline: number) {
  const runs: Run[] = SERVERS.flatMap((server, i) =>
    [0, 1].map((round) => ({
      server,
      round,
      requests: 1000,
      cpuSeconds: 0.01 * (i + 1),
      rate: 1000 * (i + 1) + round,
      averageMs: 1,
      p50Ms: 0.5,
      p99Ms: 2 + round,
    })),
  );
  return { shape: { clients, pipeline }, runs };
}

function figuresOf(...shapes: readonly (readonly [number, number])[]) {
  const runs = shapes.map(([clients, pipeline]) => ratesOf(clients, pipeline));
  return { runs, summaries: runs.map(summaryOf) };
}

function latencyOf(server: ServerName, situation: LatencyResult['situation']): LatencyResult {
  const distribution = [0, 50, 90, 99, 99.9, 100].map((p, i) => [p, 0.1 * 2 ** i] as const);
  const some = { mean: 1, min: 0.1, max: 9, p50: 0.2, p90: 0.4, p99: 1, 'p99.9': 2, 'p99.99': 3 };
  const latencyMs = { count: 1000, ...some, distribution };
  const rates = { topRate: 1000, rate: 500, reached: 499, unsent: 0 };
  return { server, situation, ...rates, latencyMs, compactions: situation === 'calm' ? 0 : 3 };
}

function memoryOf(server: ServerName): MemoryResult {
  const memory = { processes: 1, rss: 2e8, pss: 1e8 };
  const times = { fillMs: 1000, stopMs: 100, restartMs: 300 };
  return {
    server,
    count: 1e6,
    empty: memory,
    full: memory,
    restarted: memory,
    diskBytes: 3e7,
    ...times,
  };
}

const SPREAD = { median: 5, least: 4, greatest: 6 };

/** A benchmark that never was, with every part, and one that failed. */
export const EVERYTHING: Everything = {
  version: '1.2.3',
  machine: {
    cpuModel: 'Abacus & Sons',
    cores: 2,
    memoryBytes: 1e9,
    kernel: '6.1',
    nodeVersion: 'v20.0.0',
    versions: { 'redis-server': '7.0.15', 'redis-benchmark': '7.0.15', postgres: '15.1' },
    loadBefore: 0.1,
    syncMs: 0.12,
    clockTicksPerSecond: 100,
    startedAt: '2026-01-02T03:04:05.000Z',
  },
  isQuick: false,
  figures: {
    rates: figuresOf([1, 1], [50, 16]),
    random: figuresOf([50, 16]),
    latency: SERVERS.filter((name) => name !== 'postgres').flatMap((name) => [
      latencyOf(name, 'calm'),
      latencyOf(name, 'compacting'),
    ]),
    idle: [
      { server: 'sequement', connections: 100, bytesEach: 5000, alone: SPREAD, beside: SPREAD },
    ],
    master: [
      {
        shape: { clients: 50, pipeline: 16 },
        rate: 1e6,
        costs: { master: 0.1, workers: 1, writer: 0.001 },
      },
    ],
    memory: [memoryOf('none'), memoryOf('sequement')],
  },
  failures: [{ part: 'idle', reason: 'it fell over\nwith details' }],
};
