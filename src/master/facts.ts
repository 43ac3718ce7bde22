import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DatabaseFacts, ProcessFacts, ServerFacts } from '../commands/server-control.js';
import { residentBytes } from '../transport/memory.js';
import type { Allocator } from './allocator.js';
import { ChangeCount } from './change-count.js';
import type { Executor } from './executor.js';
import type { Expiry } from './expiry.js';
import type { Holds } from './holds.js';
import type { KeyspaceView } from './keyspace-view.js';
import type { LogKeeper } from './log-keeper.js';
import type { MemoryLimit } from './memory-limit.js';
import type { Sequences } from './sequences.js';
import type { Subscribers } from './subscribers.js';
import type { Workers } from './workers.js';

const CLOCK_TICKS = 100;
const PAGE_BYTES = 4096;

/** Gathers what INFO shows from all parts and processes. */
export class Facts {
  readonly #parts: {
    readonly sequences: Sequences;
    readonly allocator: Allocator;
    readonly executor: Executor;
    readonly holds: Holds;
    readonly keyspace: KeyspaceView;
    readonly keeper: LogKeeper;
    readonly workers: Workers;
    readonly subscribers: Subscribers;
    readonly memory: MemoryLimit;
    readonly expiry: Pick<Expiry, 'spentMs' | 'interruptions'>;
  };
  readonly #version: string;
  readonly #configFile: string;
  readonly #runId = randomBytes(20).toString('hex');
  readonly #startedAtMs = performance.now();
  readonly #changes: ChangeCount;
  #peakBytes = 0;
  /** Taken before the executor's count was reset. */
  #takesBefore = 0;
  /** Sequences that the log had. */
  loadedSequences = 0;

  constructor(parts: Facts['parts'], version: string, configFile: string) {
    this.#parts = parts;
    this.#changes = new ChangeCount(parts.keeper.compactions, async () =>
      this.#changesWith(await parts.workers.takesFromHolds()),
    );
    this.#version = version;
    this.#configFile = configFile;
  }

  /** The type of the constructor's first argument. */
  get parts() {
    return this.#parts;
  }

  /** CONFIG RESETSTAT: what the master counts begins at 0 again. */
  reset(): void {
    const { executor, keyspace, sequences } = this.#parts;
    executor.timings.reset();
    this.#takesBefore += executor.takes.count;
    executor.takes.resetCounts();
    executor.scripts.counts.reset();
    executor.waits = 0;
    keyspace.hits = 0;
    keyspace.misses = 0;
    sequences.expired = 0;
  }

  #changesWith(takesFromHolds: number): number {
    const { executor, sequences } = this.#parts;
    return this.#takesBefore + executor.takes.count + sequences.changes + takesFromHolds;
  }

  async gather(isLoading: boolean): Promise<ServerFacts> {
    const {
      sequences,
      allocator,
      executor,
      holds,
      keyspace,
      keeper,
      workers,
      subscribers,
      memory,
      expiry,
    } = this.#parts;
    const workerFacts = await workers.statistics();
    const takesFromHolds = workerFacts.reduce((sum, each) => sum + each.allTakesFromHolds, 0);
    const changesSinceSave = await this.#changes.since(this.#changesWith(takesFromHolds));
    const nowMs = Date.now();
    const databases: DatabaseFacts[] = [];
    let tableBytes = 0;
    for (let database = 0; database < sequences.databases.count; database++) {
      const table = sequences.databases.tableIfAny(database);
      if (table === undefined) continue;
      tableBytes += table.bytes;
      if (table.size === 0) continue;
      const { expiring, averageDeadline } = table.slab;
      databases.push({
        database,
        sequences: table.size,
        expiring,
        averageTtlMs: expiring === 0 ? 0 : Math.max(0, Math.round(averageDeadline - nowMs)),
        indexBytes: table.indexBytes,
      });
    }
    const master = ownFacts();
    const writer = childFacts(keeper.child?.pid, keeper.restarts);
    const used = [master, writer, ...workerFacts].reduce((sum, each) => sum + each.rssBytes, 0);
    this.#peakBytes = Math.max(this.#peakBytes, used);
    return {
      version: this.#version,
      runId: this.#runId,
      processId: process.pid,
      configFile: this.#configFile,
      executable: process.argv[1] ?? process.execPath,
      // By the clock that nobody sets.
      uptimeMs: performance.now() - this.#startedAtMs,
      nowMs,
      isLoading,
      workers: workerFacts,
      master,
      writer,
      log: {
        isWritable: sequences.log.failure === '',
        lastError: sequences.log.failure,
        epoch: keeper.epoch,
        sizeBytes: keeper.size,
        baseSizeBytes: keeper.baseSize,
        isCompacting: keeper.compactions.isUnderWay,
        compactions: keeper.compactions.count,
        lastCompactionSucceeded: keeper.compactions.lastSucceeded,
        lastSaveSeconds: keeper.compactions.lastSaveSeconds,
        lastCompactionSeconds: keeper.compactions.lastSeconds,
        compactionSeconds: keeper.compactions.seconds,
        failedCompactions: keeper.compactions.failures,
        pendingBytes: sequences.log.pendingBytes,
        appendedLsn: sequences.log.openLsn - 1,
        durableLsn: sequences.log.settledLsn,
      },
      databases,
      tableBytes,
      usedBytes: memory.usedBytes,
      peakBytes: this.#peakBytes,
      takes: executor.takes.count,
      runs: executor.takes.runs,
      reservations: allocator.reservations,
      waits: executor.takes.waits + executor.waits,
      holds: holds.size,
      lendings: holds.lendings,
      recalls: holds.recalls,
      expired: sequences.expired,
      expiryMs: expiry.spentMs,
      expiryInterruptions: expiry.interruptions,
      changesSinceSave,
      loadedSequences: this.loadedSequences,
      keyspaceHits: keyspace.hits,
      keyspaceMisses: keyspace.misses,
      timings: executor.timings.all(),
      takeTiming: executor.takes.timing,
      scripts: executor.scripts.count,
      inScripts: executor.scripts.counts,
      scriptBytes: executor.scripts.bytes,
      luaBytes: executor.scripts.luaBytes,
      channels: subscribers.names('channel').length,
      patterns: subscribers.patterns,
      shardChannels: subscribers.names('shard').length,
    };
  }
}

function ownFacts(): ProcessFacts {
  const { user, system } = process.cpuUsage();
  return {
    processId: process.pid,
    rssBytes: residentBytes(),
    cpuUserSeconds: user / 1e6,
    cpuSystemSeconds: system / 1e6,
    restarts: 0,
  };
}

/** What the kernel tells of a child, where it tells (/proc); zeros elsewhere. */
function childFacts(pid: number | undefined, restarts: number): ProcessFacts {
  const facts = {
    processId: pid ?? 0,
    rssBytes: 0,
    cpuUserSeconds: 0,
    cpuSystemSeconds: 0,
    restarts,
  };
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      ...facts,
      cpuUserSeconds: Number(fields[11]) / CLOCK_TICKS,
      cpuSystemSeconds: Number(fields[12]) / CLOCK_TICKS,
      rssBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return facts;
  }
}
