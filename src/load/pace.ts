/** When commands are due. */
export interface Pace {
  start(nowMs: number): void;
  /** How many more are due by now. */
  due(nowMs: number): number;
  /** Takes the next one, and tells when it was due. */
  next(nowMs: number): number;
  /** How long until one more is due; below zero when one is. */
  waitMs(nowMs: number): number;
}

/** As fast as the answers come (a closed loop): a command is due when there is room for it. */
export class FullPace implements Pace {
  start(): void {}

  due(): number {
    return Number.POSITIVE_INFINITY;
  }

  next(nowMs: number): number {
    return nowMs;
  }

  waitMs(): number {
    return 0;
  }
}

/**
 * So many a second, whatever the server does (an open loop). A command that has to wait for room was due all the same, and its
 * latency counts from then: a server that stops for a second is charged with all the commands of that second.
 */
export class FixedPace implements Pace {
  readonly #perMs: number;
  #startMs = 0;
  #taken = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
  }

  start(nowMs: number): void {
    this.#startMs = nowMs;
  }

  due(nowMs: number): number {
    return Math.max(0, Math.floor((nowMs - this.#startMs) * this.#perMs) + 1 - this.#taken);
  }

  next(): number {
    return this.#startMs + this.#taken++ / this.#perMs;
  }

  waitMs(nowMs: number): number {
    return this.#startMs + this.#taken / this.#perMs - nowMs;
  }
}
