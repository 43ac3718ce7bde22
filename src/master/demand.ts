/** Sequences that are watched at once; more of them only miss being lent. */
const SLOTS = 4096;
/** So many runs of one worker in a row, within the time, make a sequence worth lending. */
export const LENT_AFTER = 16;
const WINDOW_TICKS = 100;
const RUNS_MAX = 1 << 15;

/**
 * Who has been asking for which sequence lately. A sequence that had to be recalled, or was given back, before it was
 * worth it needs twice as many runs the next time, so that two workers who want the same one don't hand it to and fro.
 */
export class Demand {
  readonly #clock: () => number;
  readonly #lentAfter: number;
  readonly #refs = new Uint32Array(SLOTS);
  readonly #databases = new Uint16Array(SLOTS);
  readonly #workers = new Uint32Array(SLOTS);
  readonly #runs = new Uint16Array(SLOTS);
  readonly #needed = new Uint16Array(SLOTS);
  readonly #since = new Uint32Array(SLOTS);

  /** `clock` answers ticks of TICK_MS; `lentAfter` is the runs that a sequence needs at first. */
  constructor(clock: () => number, lentAfter: number) {
    this.#clock = clock;
    this.#lentAfter = lentAfter;
  }

  /** Counts a run; whether the worker alone has been asking, often and lately. */
  isDue(database: number, ref: number, worker: number): boolean {
    const slot = slotOf(database, ref);
    if (this.#refs[slot] !== ref || this.#databases[slot] !== database) {
      this.#refs[slot] = ref;
      this.#databases[slot] = database;
      this.#needed[slot] = this.#lentAfter;
      this.#begin(slot, worker);
      return false;
    }
    if (this.#workers[slot] !== worker) {
      this.#begin(slot, worker);
      return false;
    }
    const runs = (this.#runs[slot] as number) + 1;
    if (runs < (this.#needed[slot] as number)) {
      this.#runs[slot] = runs;
      return false;
    }
    const isLate =
      this.#clock() - (this.#since[slot] as number) > WINDOW_TICKS * (runs / this.#lentAfter);
    if (isLate) this.#begin(slot, worker);
    return !isLate;
  }

  /** The sequence came back from the worker that had it; another one may want it. */
  returned(database: number, ref: number, isWorth: boolean, isWanted: boolean): void {
    const slot = slotOf(database, ref);
    if (this.#refs[slot] !== ref || this.#databases[slot] !== database) return;
    const needed = isWorth
      ? this.#lentAfter
      : Math.min(RUNS_MAX, 2 * (this.#needed[slot] as number));
    this.#needed[slot] = needed;
    this.#runs[slot] = isWorth && !isWanted ? needed - 1 : 0;
    this.#since[slot] = this.#clock();
  }

  #begin(slot: number, worker: number): void {
    this.#workers[slot] = worker;
    this.#runs[slot] = 1;
    this.#since[slot] = this.#clock();
  }
}

function slotOf(database: number, ref: number): number {
  const mixed = Math.imul(ref ^ (database << 24), 0x9e3779b1);
  return (mixed >>> 20) & (SLOTS - 1);
}
