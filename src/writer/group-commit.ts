import type { FsyncPolicy } from '../protocol/log-message.js';
import type { Store } from '../store/store.js';
import { type Batch, BatchQueue } from './batch-queue.js';

export interface CommitReports {
  durable(lsn: number, size: number): void;
  failed(error: unknown): void;
}

/**
 * ready ⇄ held (a switch to a new base is under way); ready or held → broken (the disk failed) → ready (by a new base).
 */
type State = 'ready' | 'held' | 'broken';

/**
 * Brings appends to the disk: all that arrive while one batch is being written and synced go out together with the next.
 * Invariant: `durable(lsn)` is reported only when all appends up to lsn are as safe as the policy promises:
 * synced (always), or handed to the operating system (everysec, no).
 */
export class GroupCommit {
  readonly #store: Store;
  readonly #reports: CommitReports;
  readonly #queue = new BatchQueue();
  #policy: FsyncPolicy = 'always';
  #state: State = 'ready';
  #lastLsn = 0;
  /** The loop that empties the queue, while it runs. */
  #running: Promise<void> | undefined;
  #committing: Promise<void> | undefined;
  #backgroundSync: Promise<void> | undefined;

  constructor(store: Store, reports: CommitReports) {
    this.#store = store;
    this.#reports = reports;
  }

  get isBroken(): boolean {
    return this.#state === 'broken';
  }

  /** Of the append that came last. */
  get lastLsn(): number {
    return this.#lastLsn;
  }

  start(policy: FsyncPolicy): void {
    this.#policy = policy;
    this.#wake();
  }

  /** What a weaker policy left unsynced is synced now. */
  configure(policy: FsyncPolicy): void {
    this.#policy = policy;
    if (policy !== 'no') this.#syncInBackground();
  }

  add(lsn: number, bytes: Buffer, start: number, end: number): void {
    this.#lastLsn = lsn;
    this.#queue.append(lsn, bytes, start, end);
    this.#wake();
  }

  /** Called once a second. */
  tick(): void {
    if (this.#policy === 'everysec') this.#syncInBackground();
  }

  #wake(): void {
    if (this.#state === 'ready') this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // All frames of the chunk that is being read are to be in the first batch.
    await undefined;
    try {
      while (this.#state === 'ready') {
        const batch = this.#queue.shift();
        if (batch !== undefined) {
          this.#committing = this.#commit(batch);
          await this.#committing;
        } else if (this.#store.isUnproven) {
          await this.#store.mark(this.#lastLsn);
        } else {
          break;
        }
      }
    } catch (error) {
      this.fail(error);
    }
    this.#committing = undefined;
    this.#running = undefined;
  }

  async #commit(batch: Batch): Promise<void> {
    await this.#store.append(batch.draft, batch.lsn);
    if (this.#policy === 'always') await this.#store.sync();
    this.#acknowledge(batch.lsn);
  }

  #acknowledge(lsn: number): void {
    // A sync in the background may have failed while this batch was written.
    if (this.#state !== 'broken') this.#reports.durable(lsn, this.#store.size);
  }

  #syncInBackground(): void {
    if (this.#state !== 'ready' || !this.#store.isUnsynced) return;
    this.#backgroundSync ??= this.#store
      .sync()
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.#backgroundSync = undefined;
        // The loop writes the proof of it.
        this.#wake();
      });
  }

  /** Nothing more goes to this log; what waits is dropped. Reported once. */
  fail(error: unknown): void {
    if (this.#state === 'broken') return;
    this.#state = 'broken';
    this.#queue.clear();
    this.#reports.failed(error);
  }

  /** Forgets what was kept for a base that did not come about. */
  drop(): void {
    if (this.#state === 'broken') this.#queue.clear();
  }

  /** Resolves when the batch that is under way, if any, is over: who has less urgent work for the disk waits for it. */
  async giveWay(): Promise<void> {
    await this.#committing?.catch(() => {});
  }

  /** Resolves when nothing is under way to the log; nothing more begins until `release` or `switched`. */
  async hold(): Promise<void> {
    if (this.#state === 'ready') this.#state = 'held';
    await this.#running;
    await this.#backgroundSync;
  }

  /** The old log stays. */
  release(): void {
    if (this.#state === 'held') this.#state = 'ready';
    this.#wake();
  }

  /** The store writes to a new log, in which everything up to `lsn` is durable. */
  switched(lsn: number): void {
    this.#state = 'ready';
    this.#queue.dropThrough(lsn);
    if (lsn > 0) this.#reports.durable(lsn, this.#store.size);
    this.#wake();
  }

  /** Resolves when everything is durable and proven; false when the log is broken. */
  async finish(): Promise<boolean> {
    this.#wake();
    await this.#running;
    await this.#backgroundSync;
    await this.#running;
    if (this.#state === 'broken') return false;
    try {
      const isProven = !this.#store.isUnsynced && !this.#store.isUnproven;
      await this.#store.sync();
      if (!isProven) {
        await this.#store.mark(this.#lastLsn);
        await this.#store.sync();
      }
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }
}
