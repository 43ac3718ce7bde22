import type { ReservationLog } from './reservation-log.js';

/** Whose frames wait. */
interface Waiting {
  resume(): void;
}

/**
 * What may take long and is one act all the same: a script, or the transaction that it is part of. It is executed in slices, between which the master's loop turns.
 *
 *     none ── suspended ──▶ quiet ── busy-reply-threshold ──▶ busy ── its end ──▶ ending ── no worker answers BUSY ──▶ none
 *       ▲                     └──────────────── its end ──────────────────────────────────────────────────────────────▲
 *
 * Invariant: from its first slice to its end nobody else changes a sequence or is shown one: no entry of any worker is executed (but for what Redis lets
 * through while a script runs for too long), nothing expires, no step of a command on many names is done, and no base is written. What it writes stays
 * in one batch of the log. What arrives meanwhile waits, in order; from the threshold on it is refused.
 */
export class LongAct {
  /** After so many milliseconds others are refused; 0: they wait to its end. */
  busyAfterMs = 0;
  /** Tells all workers whether they refuse what Redis refuses; resolves when all of them do as they are told. */
  onBusy: (isBusy: boolean) => Promise<void> = async () => {};
  /** Sends what was written. */
  onTurn: () => void = () => {};
  /** Nothing is under way any more. */
  onEnd: () => void = () => {};
  readonly #log: ReservationLog;
  #state: 'none' | 'quiet' | 'busy' | 'ending' = 'none';
  #beganMs = 0;
  #then: () => void = () => {};
  readonly #waiting: Waiting[] = [];

  constructor(log: ReservationLog) {
    this.#log = log;
  }

  get isUnderWay(): boolean {
    return this.#state !== 'none';
  }

  get isBusy(): boolean {
    return this.#state === 'busy';
  }

  /**
   * Executes an act; `finish` is called at its end, and told whether the log has failed meanwhile: then what the act has changed and seen was taken back,
   * and must not be told. False when the end comes later: then `whenDone` goes on.
   */
  begin<T>(steps: Generator<void, T>, finish: (result: T, isTakenBack: boolean) => void): boolean {
    const { failures } = this.#log;
    this.#log.beginAct();
    const first = this.#step(steps);
    if (first.done === true) {
      this.#log.endAct();
      finish(first.value, false);
      return true;
    }
    this.#state = 'quiet';
    this.#beganMs = performance.now();
    this.#goOn(steps, (result) => finish(result, this.#log.failures !== failures));
    return false;
  }

  /** What comes behind the act that is under way. */
  whenDone(then: () => void): void {
    this.#then = then;
  }

  /** `resume` is called when the act has ended, or others are refused from now on. */
  wait(waiting: Waiting): void {
    if (!this.#waiting.includes(waiting)) this.#waiting.push(waiting);
  }

  #step<T>(steps: Generator<void, T>): IteratorResult<void, T> {
    try {
      return steps.next();
    } catch (error) {
      this.#log.endAct();
      throw error;
    }
  }

  #goOn<T>(steps: Generator<void, T>, finish: (result: T) => void): void {
    setImmediate(() => {
      const next = this.#step(steps);
      if (next.done === true) {
        this.#end(() => finish(next.value));
        return;
      }
      const lastsMs = performance.now() - this.#beganMs;
      if (this.#state === 'quiet' && this.busyAfterMs > 0 && lastsMs >= this.busyAfterMs) {
        this.#state = 'busy';
        void this.onBusy(true);
        this.#resume();
      }
      this.#goOn(steps, finish);
    });
  }

  /** Nobody who has seen its reply is told that it is under way. */
  #end(finish: () => void): void {
    if (this.#state === 'quiet') this.#close(finish);
    else {
      this.#state = 'ending';
      void this.onBusy(false).then(() => this.#close(finish));
    }
  }

  #close(finish: () => void): void {
    this.#log.endAct();
    this.#state = 'none';
    finish();
    this.#then();
    this.onEnd();
    this.#resume();
  }

  #resume(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.resume();
    this.onTurn();
  }
}
