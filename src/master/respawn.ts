const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 1000;
/** A child that has lived this long was not the victim of a fault that is still there. */
const HEALTHY_MS = 1000;

/** How long to wait before a child is started again: not at all the first time, ever longer while they die young. */
export class Backoff {
  #deaths = 0;

  delayMs(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#deaths = 0;
    const delayMs = this.#deaths === 0 ? 0 : FIRST_DELAY_MS * 2 ** (this.#deaths - 1);
    this.#deaths++;
    return Math.min(delayMs, LAST_DELAY_MS);
  }
}
