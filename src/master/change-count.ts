import type { Compactions } from './compactions.js';

/** How many changes the last base does not have, for INFO. */
export class ChangeCount {
  #inBase: Promise<number> = Promise.resolve(0);
  #begun = this.#inBase;

  /** `now` answers how many there were by now, since the start; some of them only the workers know. */
  constructor(compactions: Compactions, now: () => Promise<number>) {
    compactions.onBegun = () => {
      this.#begun = now();
    };
    compactions.onSucceeded = () => {
      this.#inBase = this.#begun;
    };
  }

  /** What a worker had counted is gone with it: then there may seem to be fewer than before. */
  async since(now: number): Promise<number> {
    return Math.max(0, now - (await this.#inBase));
  }
}
