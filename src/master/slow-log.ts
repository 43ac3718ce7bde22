import type { SlowCommand } from '../commands/slow-log.js';

/** The last commands of all processes that took long, newest first. Ids go on over a reset. */
export class SlowLog {
  #entries: (SlowCommand & { readonly id: number })[] = [];
  #nextId = 0;
  #limit = 128;

  get length(): number {
    return this.#entries.length;
  }

  set limit(limit: number) {
    this.#limit = limit;
  }

  add(command: SlowCommand): void {
    this.#entries.unshift({ ...command, id: this.#nextId++ });
    // A lower limit takes effect with the next entry, as in Redis.
    if (this.#entries.length > this.#limit) this.#entries.length = this.#limit;
  }

  newest(count: number): readonly (SlowCommand & { readonly id: number })[] {
    return this.#entries.slice(0, count);
  }

  reset(): void {
    this.#entries = [];
  }
}
