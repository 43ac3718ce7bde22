import type { CommandStatistics } from '../commands/server-control.js';
import { allCommands } from '../commands/table.js';

/** What this worker has counted since its start, or since CONFIG RESETSTAT. */
export class Statistics {
  totalConnections = 0;
  rejectedConnections = 0;
  totalCommands = 0;
  takesFromHolds = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly #calls = new Float64Array(allCommands().length);
  readonly #failed = new Float64Array(allCommands().length);
  readonly #rejected = new Float64Array(allCommands().length);
  readonly #errors = new Map<string, number>();

  /** Counted when it is handed on: on the way of a take a command's number is all there is. */
  called(index: number): void {
    this.totalCommands++;
    this.#calls[index] = (this.#calls[index] as number) + 1;
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
        result[name] = { calls, failed: this.#failed[index] as number, rejected };
      }
    }
    return result;
  }

  reset(): void {
    this.totalConnections = 0;
    this.rejectedConnections = 0;
    this.totalCommands = 0;
    this.takesFromHolds = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.#calls.fill(0);
    this.#failed.fill(0);
    this.#rejected.fill(0);
    this.#errors.clear();
  }
}
