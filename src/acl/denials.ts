import { type Denied, isSame } from './acl-log.js';

/** More of them in one turn are not worth telling: ACL LOG keeps no more by default. */
const LIMIT = 128;

/** What a worker has denied and not told yet. */
export class Denials {
  #denials: Denied[] = [];

  get isEmpty(): boolean {
    return this.#denials.length === 0;
  }

  add(denied: Denied): void {
    const last = this.#denials.at(-1);
    const isAgain = last !== undefined && isSame(last, denied);
    if (isAgain) this.#denials.pop();
    this.#denials.push({ ...denied, count: denied.count + (isAgain ? last.count : 0) });
    if (this.#denials.length > LIMIT) this.#denials.shift();
  }

  take(): Denied[] {
    return this.#denials.splice(0);
  }
}
