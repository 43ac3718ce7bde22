import type { ExecutionContext } from 'ava';
import type { Answer } from './raw-client.js';

/** What one client saw of one sequence: each number once, and each above those before it, or the test fails. */
export class Rising {
  readonly #t: ExecutionContext;
  #last: bigint | undefined;

  constructor(t: ExecutionContext) {
    this.#t = t;
  }

  note(answer: Answer): void {
    if (typeof answer !== 'string' || !/^\d+$/.test(answer)) {
      this.#t.fail(`not a number: ${answer}`);
      return;
    }
    const number = BigInt(answer);
    if (this.#last !== undefined && number <= this.#last) {
      this.#t.fail(`${number} came after ${this.#last}`);
    }
    this.#last = number;
  }
}
