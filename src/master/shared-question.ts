import { setImmediate as nextTurn } from 'node:timers/promises';

/** Askers that are answered in one turn of the event loop, so that thousands of them hold nobody up. */
const SLICE = 16;

interface Asker<T> {
  resolve(answer: T): void;
  reject(error: unknown): void;
}

/**
 * A question that takes a message to every process and back, of which one is on its way at a time. Whoever asks meanwhile
 * shares the next one, so each answer was gathered after it was asked for. A client that sends 100,000 INFO at once
 * had the master gather them all, which took a minute and a half and a gigabyte.
 */
export class SharedQuestion<T> {
  readonly #gather: () => Promise<T>;
  #waiting: Asker<T>[] = [];
  #isUnderWay = false;

  constructor(gather: () => Promise<T>) {
    this.#gather = gather;
  }

  ask(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isUnderWay) void this.#answerAll();
    });
  }

  async #answerAll(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#waiting.length > 0) {
      const askers = this.#waiting;
      this.#waiting = [];
      const tell = await this.#outcome();
      for (const [index, asker] of askers.entries()) {
        tell(asker);
        if (index % SLICE === SLICE - 1) await nextTurn();
      }
    }
    this.#isUnderWay = false;
  }

  async #outcome(): Promise<(asker: Asker<T>) => void> {
    try {
      const answer = await this.#gather();
      return (asker) => asker.resolve(answer);
    } catch (error) {
      return (asker) => asker.reject(error);
    }
  }
}
