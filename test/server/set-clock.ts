import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preload } from './preload/preload.js';
import { temporaryDirectory } from './start.js';

/** The wall clock of a server's processes, which can be set. */
export class SetClock {
  readonly #file = join(temporaryDirectory(), 'offset');
  readonly environment: Record<string, string>;
  offsetMs = 0;

  constructor() {
    this.set(0);
    this.environment = preload('clock', { CLOCK_OFFSET: this.#file });
  }

  set(offsetMs: number): void {
    this.offsetMs = offsetMs;
    writeFileSync(`${this.#file}.new`, String(offsetMs));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
