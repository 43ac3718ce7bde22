import type { CommandStatistics } from '../commands/server-control.js';

/** What INFO counts of the commands that scripts have run. */
export class ScriptCounts {
  total = 0;
  readonly #commands = new Map<string, { calls: number; failed: number; rejected: number }>();
  readonly #errors = new Map<string, number>();

  called(name: string, hasFailed: boolean): void {
    const counts = this.#of(name);
    this.total++;
    counts.calls++;
    if (hasFailed) counts.failed++;
  }

  rejected(name: string): void {
    this.#of(name).rejected++;
  }

  /** Counts an error under its code, or, with -1, takes that back. */
  error(text: string, by: 1 | -1): void {
    const code = text.split(' ', 1)[0] ?? 'ERR';
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + by);
  }

  get commands(): Readonly<Record<string, CommandStatistics>> {
    const timing = { measured: 0, microseconds: 0, histogram: [] };
    const entries = [...this.#commands].map(([name, counts]) => [name, { ...counts, ...timing }]);
    return Object.fromEntries(entries);
  }

  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#errors].filter(([, count]) => count > 0));
  }

  reset(): void {
    this.total = 0;
    this.#commands.clear();
    this.#errors.clear();
  }

  #of(name: string) {
    const counts = this.#commands.get(name) ?? { calls: 0, failed: 0, rejected: 0 };
    this.#commands.set(name, counts);
    return counts;
  }
}
