/**
 * The time by which sequences expire: the machine's clock, but never back. While that one lags behind what was shown before, time goes on
 * as fast as it really passes, so a clock that is set back gives no sequence a longer life, and brings none back.
 */
export class WallClock {
  readonly #wallMs: () => number;
  readonly #monotonicMs: () => number;
  #shownMs = 0;
  #readAtMs: number;
  #heldMs = 0;
  #holds = 0;

  constructor(wallMs: () => number, monotonicMs: () => number) {
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#readAtMs = monotonicMs();
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    if (this.#heldMs !== 0) return this.#heldMs;
    // Read first: a pause between the two must not put this clock ahead, where it would stay.
    const wallMs = this.#wallMs();
    const readAtMs = this.#monotonicMs();
    const passedMs = this.#shownMs + (readAtMs - this.#readAtMs);
    this.#readAtMs = readAtMs;
    this.#shownMs = Math.max(passedMs, wallMs);
    return Math.floor(this.#shownMs);
  }

  /** One time for what is one act, until `release`. */
  hold(): void {
    if (this.#holds++ === 0) this.#heldMs = this.nowMs();
  }

  release(): void {
    if (--this.#holds === 0) this.#heldMs = 0;
  }

  /** An earlier server has shown this time: none before it is shown any more. */
  atLeast(nowMs: number): void {
    this.#shownMs = Math.max(this.nowMs(), nowMs);
  }
}
