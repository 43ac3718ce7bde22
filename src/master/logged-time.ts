import { writeClock } from '../protocol/entry.js';
import type { Int64 } from '../protocol/int64.js';
import type { ReservationLog } from './reservation-log.js';
import type { WallClock } from './wall-clock.js';

/** The time is logged no more often, when something expires or gets a deadline. */
const TIME_MS = 1000;

/**
 * The time as the log has it: what is decided by the clock stays so after a restart, whatever the machine's clock shows then.
 *
 * Invariant: a deadline that `settledMs` has passed is over in whatever is loaded from the log.
 */
export class LoggedTime {
  readonly #log: ReservationLog;
  readonly #clock: WallClock;
  /** The time that was logged last, and when that is durable; the last one before it that was. */
  #loggedMs = 0;
  #loggedLsn = 0;
  #settledMs = 0;

  constructor(log: ReservationLog, clock: WallClock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** The log has this time: what has expired by then stays so, whatever becomes of the server. Only while the log can be written. */
  get settledMs(): number {
    return this.#loggedLsn <= this.#log.settledLsn ? this.#loggedMs : this.#settledMs;
  }

  /** Something has expired, or got a deadline. */
  decided(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#loggedMs >= TIME_MS) this.#write(nowMs);
  }

  /** The log is to have this time, if no other is on its way. */
  want(nowMs: number): void {
    if (nowMs > this.#loggedMs && this.#loggedLsn <= this.#log.settledLsn) this.#write(nowMs);
  }

  /**
   * What a reply waits for that shows a sequence as gone because its deadline has passed, and does not remove it. While the log
   * can't be written it waits for nothing: then a start by a clock that was set back may bring the sequence back.
   */
  lsnOf(deadline: Int64): number {
    if (this.#log.failure !== '') return 0;
    if (deadline > this.#loggedMs) this.#write(this.#clock.nowMs());
    return this.#loggedLsn;
  }

  #write(nowMs: number): void {
    this.#settledMs = this.settledMs;
    this.#loggedMs = nowMs;
    this.#loggedLsn = this.#log.openLsn;
    writeClock(this.#log.entries, nowMs);
  }
}
