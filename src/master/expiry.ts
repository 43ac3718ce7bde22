import type { Sequences } from './sequences.js';

const INTERVAL_MS = 100;
/** Sequences removed in one go: about 2 ms. Then everybody else is served. */
const SLICE = 400;
/** Pages looked at in one go when a queue of deadlines is made anew. */
const PAGES = 256;
/** While so many changes are not durable, no more are made: the disk must not fall behind because of this. */
const IN_FLIGHT_LIMIT = 20_000;

/** Removes sequences whose time has come, though nobody asks for them, in slices between which everybody is served. */
export class Expiry {
  readonly #sequences: Sequences;
  readonly #onTurn: () => void;
  #isRunning = false;
  #isStopped = false;
  /** Off for tests of Redis's that look at what is removed only when it is asked for. */
  isActive = true;

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
    this.#isRunning = this.slice();
    if (this.#isRunning) setImmediate(() => this.#run());
  }

  /** Removes some; whether more may be due now. */
  slice(): boolean {
    const { log, inFlight, clock, underWay } = this.#sequences;
    if (this.#isStopped || log.failure !== '' || inFlight.size > IN_FLIGHT_LIMIT) return false;
    if (underWay !== 'nothing' || log.isActing) return false;
    const nowMs = clock.nowMs();
    let isMore = false;
    let left = SLICE;
    for (let place = 0; place < this.#sequences.databases && left > 0; place++) {
      const table = this.#sequences.tableAt(place);
      if (table === undefined) continue;
      const expire = (ref: number) => {
        left--;
        this.#sequences.expire(table, ref);
      };
      if (table.deadlines.due(nowMs, left, expire)) isMore = true;
      table.deadlines.tidy(nowMs, PAGES);
    }
    if (left < SLICE) this.#onTurn();
    return isMore || left <= 0;
  }
}
