import { LostLog, type NewBase, type Store } from '../store/store.js';
import { BatchQueue } from './batch-queue.js';
import type { GroupCommit } from './group-commit.js';

/** So much of a new base is left to one sync: a larger one would hold the group commits up. */
const SYNC_EVERY = 4 << 20;

export interface CompactionReports {
  baseWritten(): void;
  switched(file: string): void;
  baseFailed(error: unknown): void;
}

/**
 * filling (slices and appends come) → ended (appends come) → switching (nothing is taken) → over; or → stopped, at any time.
 */
type CycleState = 'filling' | 'ended' | 'switching' | 'stopped';

interface Cycle {
  readonly queue: BatchQueue;
  state: CycleState;
  /** The last append that came before the cycle or during it: up to it everything is in the new log. */
  lsn: number;
  /** Continues the cycle that waits for something in its queue. */
  wake: () => void;
}

class Stopped extends Error {}

/**
 * Writes a new base while the log goes on. Invariants:
 * - an append that was acknowledged before the new log has its name is in both logs;
 * - at most one cycle touches the new file: another one begins when that has cleaned up.
 */
export class Compaction {
  readonly #store: Store;
  readonly #commit: GroupCommit;
  readonly #reports: CompactionReports;
  #cycle: Cycle | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Store, commit: GroupCommit, reports: CompactionReports) {
    this.#store = store;
    this.#commit = commit;
    this.#reports = reports;
  }

  get isActive(): boolean {
    return this.#cycle !== undefined;
  }

  begin(): void {
    this.stop();
    // What came before and still waits is in the states that the slices show. Behind an exact base it would be wrong. What a log
    // that failed had not written was dropped, and the master has taken it back.
    const lsn = this.#commit.isBroken ? 0 : this.#commit.lastLsn;
    const cycle: Cycle = { queue: new BatchQueue(), state: 'filling', lsn, wake() {} };
    this.#cycle = cycle;
    this.#running = this.#running.then(() => this.#run(cycle));
  }

  slice(bytes: Buffer, start: number, end: number): void {
    if (this.#cycle?.state !== 'filling') return;
    this.#cycle.queue.slice(bytes, start, end);
    this.#cycle.wake();
  }

  append(lsn: number, bytes: Buffer, start: number, end: number): void {
    const cycle = this.#cycle;
    if (cycle?.state !== 'filling' && cycle?.state !== 'ended') return;
    cycle.queue.append(lsn, bytes, start, end);
    cycle.lsn = lsn;
    cycle.wake();
  }

  end(): void {
    if (this.#cycle?.state !== 'filling') return;
    this.#cycle.state = 'ended';
    this.#cycle.queue.end();
    this.#cycle.wake();
  }

  /** Gives up the cycle, if there is one, without a report; a switch that is under way goes through. */
  stop(): void {
    const cycle = this.#cycle;
    if (cycle === undefined || cycle.state === 'switching') return;
    this.#cycle = undefined;
    cycle.state = 'stopped';
    cycle.queue.clear();
    cycle.wake();
  }

  /** Lets a cycle whose slices have all come be completed, and gives up one that waits for more. */
  async finish(): Promise<void> {
    if (this.#cycle?.state === 'filling') this.stop();
    await this.#running;
  }

  async #run(cycle: Cycle): Promise<void> {
    if (cycle.state === 'stopped') return;
    let base: NewBase | undefined;
    try {
      base = await this.#store.beginBase();
      await this.#fill(cycle, base);
      await base.end();
      await this.#commit.hold();
      await this.#drain(cycle, base);
      this.#expectGoing(cycle);
      // From here on appends wait for the new log. What came before is in it, or in the states that the slices show.
      cycle.state = 'switching';
      const file = await base.switch();
      if (this.#cycle === cycle) this.#cycle = undefined;
      this.#reports.switched(file);
      this.#commit.switched(cycle.lsn);
    } catch (error) {
      await this.#giveUp(cycle, base, error);
    }
  }

  /** Writes what comes until the end of the slices. */
  async #fill(cycle: Cycle, base: NewBase): Promise<void> {
    for (;;) {
      this.#expectGoing(cycle);
      const batch = cycle.queue.shift();
      if (batch === undefined) {
        await new Promise<void>((resolve) => {
          cycle.wake = resolve;
        });
        continue;
      }
      if (batch.kind === 'end') return;
      await this.#commit.giveWay();
      if (batch.kind === 'append') await base.append(batch.draft, batch.lsn);
      else await base.writeSlice(batch.draft);
      if (base.unsynced >= SYNC_EVERY) await base.sync();
      if (batch.kind === 'slice' && cycle === this.#cycle) this.#reports.baseWritten();
    }
  }

  /** Writes the appends that came meanwhile; none is left when it resolves. */
  async #drain(cycle: Cycle, base: NewBase): Promise<void> {
    for (;;) {
      this.#expectGoing(cycle);
      const batch = cycle.queue.shift();
      if (batch === undefined) return;
      await base.append(batch.draft, batch.lsn);
    }
  }

  #expectGoing(cycle: Cycle): void {
    if (cycle.state === 'stopped') throw new Stopped();
  }

  async #giveUp(cycle: Cycle, base: NewBase | undefined, error: unknown): Promise<void> {
    cycle.state = 'stopped';
    cycle.queue.clear();
    await base?.abandon();
    const isCurrent = this.#cycle === cycle;
    if (isCurrent) this.#cycle = undefined;
    if (error instanceof LostLog) {
      // Neither the old log nor the new may be appended to.
      this.#commit.fail(error.cause);
      return;
    }
    this.#commit.release();
    if (!isCurrent) return;
    this.#commit.drop();
    this.#reports.baseFailed(error);
  }
}
