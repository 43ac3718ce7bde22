import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

const INTERVAL_MS = 100;
/** A slice takes about so long. Then everybody else is served. */
const SLICE_MS = 1;
/** So many sequences are removed between two looks at the clock, and at most in one slice. */
const SOME = 64;
const SLICE = 8192;
/** Pages looked at in one go when a queue of deadlines is made anew. */
const PAGES = 256;
/** While so many changes are not durable, no more are made: the disk must not fall behind because of this. */
const IN_FLIGHT_LIMIT = 20_000;

/**
 * Removes sequences whose time has come, though nobody asks for them, in slices between which everybody is served.
 *
 *     due ── the log has a time behind their deadlines, and that is durable ──▶ removed, without a word in the log
 */
export class Expiry {
  readonly #sequences: Sequences;
  readonly #onTurn: () => void;
  #isRunning = false;
  #isStopped = false;
  /** Off for tests of Redis's that look at what is removed only when it is asked for. */
  isActive = true;
  /** The time that slices took since the start, and how many ended because others were to be served. */
  spentMs = 0;
  interruptions = 0;

  /** `onTurn` sends what was written to the log. */
  constructor(sequences: Sequences, onTurn: () => void) {
    this.#sequences = sequences;
    this.#onTurn = onTurn;
  }

  start(): void {
    setInterval(() => {
      if (!this.#isRunning && this.isActive) this.#run();
    }, INTERVAL_MS).unref();
  }

  /** Nothing more is removed: what is written to the log from now on is its end. */
  stop(): void {
    this.#isStopped = true;
  }

  #run(): void {
    const startedMs = performance.now();
    this.#isRunning = this.slice();
    this.spentMs += performance.now() - startedMs;
    if (this.#isRunning) this.interruptions++;
    if (this.#isRunning) setImmediate(() => this.#run());
  }

  /** Removes some; whether more are to be removed now. */
  slice(): boolean {
    const { log, inFlight, clock, underWay } = this.#sequences;
    if (this.#isStopped || log.failure !== '' || inFlight.size > IN_FLIGHT_LIMIT) return false;
    if (underWay !== 'nothing' || log.isActing) return false;
    const nowMs = clock.nowMs();
    const isMore = this.#forgetSome();
    if (!isMore && this.#tables().some(({ deadlines }) => deadlines.hasDue(nowMs))) {
      this.#sequences.time.want(nowMs);
    }
    for (const { place, deadlines } of this.#tables()) {
      deadlines.tidy(nowMs, PAGES);
      this.#sequences.renewIfEmpty(place);
    }
    this.#onTurn();
    return isMore;
  }

  /** Removes what had expired by the time that the log has; whether there is more of it. */
  #forgetSome(): boolean {
    const { settledMs } = this.#sequences.time;
    const startedMs = performance.now();
    let left = SLICE;
    for (const table of this.#tables()) {
      const forget = (ref: number) => this.#sequences.forget(table, ref);
      while (table.deadlines.due(settledMs, SOME, forget)) {
        left -= SOME;
        if (left <= 0 || performance.now() - startedMs >= SLICE_MS) return true;
      }
    }
    return false;
  }

  #tables(): SequenceTable[] {
    const places = Array.from({ length: this.#sequences.databases.count }, (_, place) => place);
    return places
      .map((place) => this.#sequences.databases.tableAt(place))
      .filter((table) => table !== undefined);
  }
}
