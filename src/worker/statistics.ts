import type { CommandStatistics, Rates } from '../commands/server-control.js';
import { allCommands } from '../commands/table.js';
import { Timings } from '../commands/timings.js';

/** What this worker has counted since its start, or since CONFIG RESETSTAT. */
export class Statistics {
  totalConnections = 0;
  rejectedConnections = 0;
  failedHandshakes = 0;
  totalCommands = 0;
  takesFromHolds = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** How often a socket was read and written. */
  reads = 0;
  writes = 0;
  /** Of the last second. */
  rates: Rates = { commands: 0, bytesIn: 0, bytesOut: 0 };
  readonly timings = new Timings();
  #before: Rates = this.rates;
  #takesFromHoldsBefore = 0;
  readonly #calls = new Float64Array(allCommands().length);
  readonly #failed = new Float64Array(allCommands().length);
  readonly #rejected = new Float64Array(allCommands().length);
  readonly #errors = new Map<string, number>();

  /** The same since the start, whatever was reset. */
  get allTakesFromHolds(): number {
    return this.#takesFromHoldsBefore + this.takesFromHolds;
  }

  /** Counted when it is handed on, and how often by now: on the way of a take a command's number is all there is. */
  called(index: number): number {
    this.totalCommands++;
    const calls = (this.#calls[index] as number) + 1;
    this.#calls[index] = calls;
    return calls;
  }

  /** Called once in `elapsedMs`. */
  tick(elapsedMs: number): void {
    const now = { commands: this.totalCommands, bytesIn: this.bytesIn, bytesOut: this.bytesOut };
    const perSecond = (count: number) => (count * 1000) / Math.max(1, elapsedMs);
    this.rates = {
      commands: perSecond(now.commands - this.#before.commands),
      bytesIn: perSecond(now.bytesIn - this.#before.bytesIn),
      bytesOut: perSecond(now.bytesOut - this.#before.bytesOut),
    };
    this.#before = now;
  }

  failed(index: number, count: number, text: string): void {
    this.#failed[index] = (this.#failed[index] as number) + count;
    this.error(text, count);
  }

  rejected(index: number, text: string): void {
    this.#rejected[index] = (this.#rejected[index] as number) + 1;
    this.error(text, 1);
  }

  /** Counts an error reply under its code, the first word. */
  error(text: string, count: number): void {
    const code = text.split(' ', 1)[0] ?? 'ERR';
    // Codes are few and ours; the bound only keeps a mistake from becoming a leak.
    if (this.#errors.size < 128 || this.#errors.has(code)) {
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + count);
    }
  }

  errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  commands(): Record<string, CommandStatistics> {
    const result: Record<string, CommandStatistics> = {};
    for (const { name, index } of allCommands()) {
      const calls = this.#calls[index] as number;
      const rejected = this.#rejected[index] as number;
      if (calls + rejected > 0) {
        const failed = this.#failed[index] as number;
        result[name] = { calls, failed, rejected, ...this.timings.of(index) };
      }
    }
    return result;
  }

  reset(): void {
    this.totalConnections = 0;
    this.rejectedConnections = 0;
    this.failedHandshakes = 0;
    this.totalCommands = 0;
    this.#takesFromHoldsBefore += this.takesFromHolds;
    this.takesFromHolds = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.reads = 0;
    this.writes = 0;
    this.rates = { commands: 0, bytesIn: 0, bytesOut: 0 };
    this.#before = this.rates;
    this.timings.reset();
    this.#calls.fill(0);
    this.#failed.fill(0);
    this.#rejected.fill(0);
    this.#errors.clear();
  }
}

/** The text of an error reply that starts at `at`, for the statistics. */
export function errorText(bytes: Buffer, at: number, end: number): string {
  return bytes.toString('latin1', at + 1, Math.min(end, at + 32));
}
