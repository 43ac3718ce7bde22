import type { Sequences } from './sequences.js';

const PROGRESS_MS = 1000;

/** Tells how far the log is loaded, once a second, and what came of it. */
export class Loading {
  readonly #startedMs: number;
  readonly #notice: (text: string) => void;
  #progressMs = 0;

  constructor(startedMs: number, notice: (text: string) => void) {
    this.#startedMs = startedMs;
    this.#notice = notice;
  }

  progress(done: number, total: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#progressMs < PROGRESS_MS || nowMs - this.#startedMs < PROGRESS_MS) return;
    this.#progressMs = nowMs;
    const percent = Math.floor((done / Math.max(1, total)) * 100);
    this.#notice(`loading the log: ${percent} % of ${Math.ceil(total / 1e6)} MB`);
  }

  /** How many sequences there are and how long it took, in words. */
  finished(sequences: Sequences): string {
    const { size: count } = sequences.databases;
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(2);
    return `${count} sequence${count === 1 ? '' : 's'} loaded in ${seconds} s`;
  }
}
