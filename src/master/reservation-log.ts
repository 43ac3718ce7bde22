import { ByteWriter } from '../protocol/bytes.js';
import type { LogRequest } from '../protocol/log-message.js';

/** The pipe to the writer, as the log needs it. */
export interface LogPort {
  send(request: LogRequest): void;
}

interface Batch {
  readonly lsn: number;
  readonly bytes: Buffer;
}

/**
 * The master's end of the log: gathers the entries of one turn into a batch, sends it, and knows what is durable.
 *
 *     1 ── settled ── settledLsn ──┬── sent ──┬── openLsn: being gathered
 *
 * Invariant: a batch is settled when the writer has said that it is durable, or when everything it said was taken back
 * because it can't become so. A batch is kept until then, so
 * that the next writer gets it again when this one dies; entries are absolute, so a batch that the dead one had
 * already written does no harm a second time.
 */
export class ReservationLog {
  /** The entries of the open batch; whoever changes the keyspace writes here. */
  readonly entries = new ByteWriter(4096);
  #port: LogPort | undefined;
  #openLsn = 1;
  #settledLsn = 0;
  #unconfirmed: Batch[] = [];
  #failure = '';
  /** Where the entries of the act that is under way begin; -1: there is none. */
  #actStart = -1;
  /** How often everything in flight was lost, and why the last time. */
  failures = 0;
  lastFailure = '';

  /** The lsn of what is written into `entries` now. */
  get openLsn(): number {
    return this.#openLsn;
  }

  /** Whoever waits for this one waits for everything that has been said so far. */
  get writtenLsn(): number {
    return this.entries.length > 0 ? this.#openLsn : this.#openLsn - 1;
  }

  get settledLsn(): number {
    return this.#settledLsn;
  }

  /** Why nothing can be appended, or ''. */
  get failure(): string {
    return this.#failure;
  }

  get isSettled(): boolean {
    return this.#unconfirmed.length === 0 && this.entries.length === 0;
  }

  /** Bytes that are not known to be durable. */
  get pendingBytes(): number {
    return this.#unconfirmed.reduce((sum, { bytes }) => sum + bytes.length, this.entries.length);
  }

  /** What is gathered from now on until `endAct` goes out in one piece, however many turns that takes. */
  beginAct(): void {
    this.#actStart = this.entries.length;
  }

  endAct(): void {
    this.#actStart = -1;
  }

  get isActing(): boolean {
    return this.#actStart >= 0;
  }

  /** Sends what was gathered, unless an act that is under way has written to it. Called once at the end of a turn. */
  flush(): void {
    if (this.entries.length === 0) return;
    if (this.isActing) {
      if (this.entries.length > this.#actStart) return;
      this.#actStart = 0;
    }
    const batch = { lsn: this.#openLsn++, bytes: this.entries.take() };
    this.#unconfirmed.push(batch);
    this.#send(batch);
  }

  /** Sends these entries as a batch of their own, behind what was gathered; its lsn. The bytes must not change any more. */
  append(bytes: Buffer): number {
    this.flush();
    const batch = { lsn: this.#openLsn++, bytes };
    this.#unconfirmed.push(batch);
    this.#send(batch);
    return batch.lsn;
  }

  /** A writer is there and has opened the log: it gets all that its predecessor has not confirmed. */
  attach(port: LogPort): void {
    this.#port = port;
    if (this.#failure === '') for (const batch of this.#unconfirmed) this.#send(batch);
  }

  /** The writer died. What it has not confirmed may or may not be on the disk. */
  detach(): void {
    this.#port = undefined;
  }

  confirm(lsn: number): void {
    if (lsn > this.#settledLsn) this.#settledLsn = lsn;
    let confirmed = 0;
    while ((this.#unconfirmed[confirmed]?.lsn ?? Number.POSITIVE_INFINITY) <= lsn) confirmed++;
    if (confirmed > 0) this.#unconfirmed.splice(0, confirmed);
  }

  /**
   * A write or a sync failed: nothing that is not durable will become so. The caller takes back what those entries
   * said and refuses what waits for them, before anything else is executed.
   */
  fail(reason: string): void {
    this.#failure = reason;
    this.lastFailure = reason;
    this.failures++;
    if (this.isActing) this.#actStart = 0;
    this.#unconfirmed = [];
    this.entries.reset();
    this.#settledLsn = this.#openLsn++;
  }

  /** The whole state is in a fresh file. */
  recover(): void {
    this.#failure = '';
  }

  #send(batch: Batch): void {
    const { lsn, bytes } = batch;
    this.#port?.send({ type: 'append', lsn, bytes, start: 0, end: bytes.length });
  }
}
