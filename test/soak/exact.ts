import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, ConnectionLost, RawClient, ServerError } from '../server/raw-client.js';

/** Sequences whose every change is exact, changed and read all the time by one client that comes back after every loss. */
export class ExactSequences {
  readonly problems: string[] = [];
  changes = 0;
  readonly #port: number;
  readonly #lost = new Set<string>();
  /** What `set` may be found to be: the value that was acknowledged last, and those whose fate is unknown. */
  #possible = new Set(['null']);
  #lastSet = 0;
  #gauge = 0;
  /** Changes of the gauge without an answer that were not seen to have happened. */
  #open = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const client = await RawClient.connect(this.#port).catch(() => undefined);
      try {
        while (client !== undefined && !isOver()) {
          await this.#read(client);
          await this.#set(client);
          await this.#lower(client);
        }
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
      await client?.close();
      await delay(5);
    }
  }

  async #read(client: RawClient): Promise<void> {
    const answer = await client.send('GET', 'set');
    if (isLoading(answer)) await delay(10);
    else if (!this.#possible.has(String(answer)))
      this.#tell(`set is ${answer}, not ${[...this.#possible]}`);
  }

  async #set(client: RawClient): Promise<void> {
    const value = String(++this.#lastSet);
    this.#possible.add(value);
    this.#lost.add(value);
    const answer = await client.send('SET', 'set', value);
    this.#lost.delete(value);
    if (answer === 'OK') {
      // One that was lost on its way may come about later.
      this.#possible = new Set([value, ...this.#lost]);
      this.changes++;
    } else if (!isLoading(answer)) this.#tell(`SET answered ${answer}`);
  }

  async #lower(client: RawClient): Promise<void> {
    this.#open++;
    const answer = await client.send('DECR', 'gauge');
    if (isLoading(answer)) {
      this.#open--;
      return;
    }
    const value = Number(answer);
    const steps = this.#gauge - value;
    if (!(steps >= 1 && steps <= this.#open))
      this.#tell(`the gauge went from ${this.#gauge} to ${answer} with ${this.#open} changes`);
    this.#open -= steps;
    this.#gauge = value;
    this.changes++;
  }

  #tell(text: string): void {
    if (this.problems.length < 5) this.problems.push(text);
  }
}

function isLoading(answer: Answer): boolean {
  return answer instanceof ServerError && answer.text.startsWith('LOADING');
}
