import type { LogRequest } from '../protocol/log-message.js';
import { Compaction } from './compaction.js';
import type { Sequences } from './sequences.js';

/** Slices of a base that are under way at once. */
const SLICES = 4;

/** The compactions of the log, one at a time, and what became of them. */
export class Compactions {
  readonly #sequences: Sequences;
  readonly #failures: () => number;
  /** To the writer, while it has the log open. */
  #send: ((request: LogRequest) => void) | undefined;
  #compaction: Compaction | undefined;
  #compacted: { resolve(): void; reject(error: Error): void; promise: Promise<void> } | undefined;
  #slices = 0;
  #whenReady: (() => void) | undefined;
  count = 0;
  lastSucceeded = true;
  lastSaveSeconds = Math.floor(Date.now() / 1000);
  /** How long the last one took that succeeded or failed; -1: there was none. */
  lastSeconds = -1;
  /** How many have failed since the last that succeeded. */
  failures = 0;
  /** Are told when a base is begun, and when it is in force. */
  onBegun: () => void = () => {};
  onSucceeded: () => void = () => {};
  #begunMs = 0;

  /** `failures`: as in log-message.ts. */
  constructor(sequences: Sequences, failures: () => number) {
    this.#sequences = sequences;
    this.#failures = failures;
  }

  get isUnderWay(): boolean {
    return this.#compacted !== undefined;
  }

  /** How long the one under way has taken; -1: there is none. */
  get seconds(): number {
    return this.isUnderWay ? Math.floor((performance.now() - this.#begunMs) / 1000) : -1;
  }

  attach(send: (request: LogRequest) => void): void {
    this.#send = send;
  }

  /** The writer is gone; whoever calls this tells, too, that what was under way has failed. */
  detach(): void {
    this.#send = undefined;
    this.#whenReady = undefined;
  }

  /** Writes a new base, or joins the compaction under way; `isExact` at the clean stop, when nobody is served. */
  start(isExact = false): Promise<void> {
    if (this.#compacted !== undefined) {
      const { promise } = this.#compacted;
      if (!isExact) return promise;
      // Its end, which may be on its way, must not be taken for that of the exact one.
      const next = () => this.start(true);
      return promise.then(next, next);
    }
    const write = this.#send;
    if (write === undefined) return Promise.reject(new Error('the writer is being started'));
    this.#compacted = deferred();
    this.#begunMs = performance.now();
    this.onBegun();
    this.#slices = 0;
    const port = {
      send: (request: LogRequest) => {
        if (request.type === 'base') this.#slices++;
        write(request);
      },
      whenReady: (next: () => void) => {
        if (this.#slices < SLICES) setImmediate(next);
        else this.#whenReady = next;
      },
    };
    this.#compaction = new Compaction(this.#sequences, port, isExact);
    this.#compaction.start(this.#failures());
    return this.#compacted.promise;
  }

  /** The writer has taken a slice. */
  sliceWritten(): void {
    this.#slices--;
    if (this.#slices >= SLICES) return;
    const next = this.#whenReady;
    this.#whenReady = undefined;
    next?.();
  }

  /** The writer has switched to the new base. */
  succeeded(): void {
    this.#compaction = undefined;
    this.lastSeconds = this.seconds;
    this.failures = 0;
    this.onSucceeded();
    this.count++;
    this.lastSucceeded = true;
    this.lastSaveSeconds = Math.floor(Date.now() / 1000);
    const compacted = this.#compacted;
    this.#compacted = undefined;
    compacted?.resolve();
  }

  /** No base will come of it; whether one was under way. */
  failed(reason: string): boolean {
    this.#compaction?.abandon();
    this.#compaction = undefined;
    this.lastSucceeded = false;
    if (this.isUnderWay) {
      this.lastSeconds = this.seconds;
      this.failures++;
    }
    const compacted = this.#compacted;
    this.#compacted = undefined;
    compacted?.reject(new Error(reason));
    return compacted !== undefined;
  }
}

function deferred() {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { resolve, reject, promise };
}
