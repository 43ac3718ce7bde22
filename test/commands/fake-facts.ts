import type { ProcessFacts, ServerFacts, WorkerFacts } from '#dist/commands/server-control.js';

/** Facts of a server with two workers, every figure another. */
export function fakeFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: '1.2.3',
    runId: 'f'.repeat(40),
    processId: 100,
    configFile: '/etc/sequement.conf',
    uptimeMs: 90_500,
    nowMs: 1_700_000_090_500,
    isLoading: false,
    workers: [
      fakeWorker(103, {
        connectedClients: 2,
        blockedClients: 0,
        takesFromHolds: 60,
        totalCommands: 10,
        errors: { ERR: 1 },
        commands: {
          get: {
            calls: 3,
            failed: 1,
            rejected: 2,
            measured: 1,
            microseconds: 2,
            histogram: [100, 1],
          },
        },
      }),
      fakeWorker(104, {
        connectedClients: 3,
        blockedClients: 0,
        totalCommands: 20,
        errors: { NOAUTH: 4, ERR: 1 },
        commands: {
          get: {
            calls: 4,
            failed: 0,
            rejected: 0,
            measured: 1,
            microseconds: 2,
            histogram: [100, 1],
          },
          'client|id': {
            calls: 1,
            failed: 0,
            rejected: 0,
            measured: 1,
            microseconds: 2,
            histogram: [100, 1],
          },
        },
      }),
    ],
    master: fakeProcess(100),
    writer: fakeProcess(101, 2),
    log: {
      isWritable: true,
      lastError: '',
      epoch: 4,
      sizeBytes: 2000,
      baseSizeBytes: 1000,
      isCompacting: false,
      compactions: 3,
      lastCompactionSucceeded: true,
      lastSaveSeconds: 1_700_000_050,
      appendedLsn: 12,
      durableLsn: 11,
    },
    databases: [
      { database: 0, sequences: 5, expiring: 2, averageTtlMs: 700, indexBytes: 20_480 },
      { database: 3, sequences: 1, expiring: 0, averageTtlMs: 0, indexBytes: 20_480 },
    ],
    tableBytes: 1_500_000,
    usedBytes: 1_200_000,
    peakBytes: 5_000_000,
    takes: 100,
    runs: 40,
    holds: 3,
    lendings: 5,
    recalls: 2,
    reservations: 7,
    waits: 6,
    expired: 4,
    keyspaceHits: 8,
    keyspaceMisses: 9,
    timings: { get: { measured: 2, microseconds: 3, histogram: [112, 1, 144, 1] } },
    takeTiming: { measured: 4, microseconds: 2 },
    channels: 3,
    patterns: 2,
    scripts: 0,
    scriptBytes: 0,
    inScripts: { total: 0, commands: {}, errors: {} },
    shardChannels: 1,
    ...changes,
  };
}

function fakeProcess(processId: number, restarts = 0): ProcessFacts {
  return {
    processId,
    rssBytes: 1_000_000,
    cpuUserSeconds: 1.5,
    cpuSystemSeconds: 0.25,
    restarts,
  };
}

function fakeWorker(processId: number, changes: Partial<WorkerFacts>): WorkerFacts {
  return {
    ...fakeProcess(processId),
    connectedClients: 0,
    blockedClients: 0,
    totalConnections: 5,
    rejectedConnections: 1,
    failedHandshakes: 2,
    totalCommands: 0,
    takesFromHolds: 0,
    bytesIn: 100,
    bytesOut: 200,
    rates: { commands: 5, bytesIn: 512, bytesOut: 1024 },
    maxInputBuffer: processId,
    maxOutputBuffer: 0,
    errors: {},
    commands: {},
    ...changes,
  };
}
