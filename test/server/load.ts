import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { History } from '../history/history.js';
import { type Answer, ConnectionLost, RawClient, ServerError } from './raw-client.js';

/** A small generator of the same numbers for the same seed (mulberry32): from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface LoadOptions {
  readonly port: number;
  readonly keys: readonly string[];
  readonly connections: number;
  /** Commands in one packet. */
  readonly depth: number;
  readonly history: History;
  /** Loads that share a history have numbers of their own for their connections. Default: 0. */
  readonly firstConnection?: number;
  /** How long a connection rests after each packet. Default: not at all. */
  readonly restMs?: number;
  readonly random: () => number;
}

/** Connections that take numbers until they are told to stop, and come back after every loss. */
export class Load {
  readonly #options: LoadOptions;
  readonly #runs: Promise<void>[] = [];
  #isStopping = false;
  /** The server has just answered that it is loading. */
  #isRefused = false;
  /** Errors that the server answered, but that it is loading. */
  readonly errors: string[] = [];
  answered = 0;
  losses = 0;
  /** For each key, the answered take that was sent last: positions on the history's clock. */
  readonly lastServed = new Map<string, number>();

  constructor(options: LoadOptions) {
    this.#options = options;
    for (let number = 1; number <= options.connections; number++) {
      this.#runs.push(this.#run(number));
    }
  }

  /** Every key has answered a take that was sent after this moment of the history's clock. */
  hasServedSince(moment: number): boolean {
    return this.#options.keys.every((key) => (this.lastServed.get(key) ?? 0) > moment);
  }

  /** Resolves when everything that was sent has been answered or lost. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#runs);
  }

  async #run(number: number): Promise<void> {
    const { firstConnection: first = 0, restMs = 0 } = this.#options;
    // A connection that comes back is another one: what was lost with the last is not in its order.
    for (let life = 0; !this.#isStopping; life++) {
      const client = await RawClient.connect(this.#options.port).catch(() => undefined);
      if (client === undefined) {
        await delay(2);
        continue;
      }
      try {
        while (!this.#isStopping) {
          await this.#packet(client, first + number + life * 1000);
          // On loopback, answers could otherwise keep other sockets and timers from their turn.
          if (this.#isRefused) await delay(10);
          else if (restMs > 0) await delay(restMs);
          this.#isRefused = false;
          await nextTurn();
        }
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.losses++;
      }
      await client.close();
    }
  }

  async #packet(client: RawClient, connection: number): Promise<void> {
    const { keys, depth, random } = this.#options;
    const answers: Promise<void>[] = [];
    client.together(() => {
      for (let i = 0; i < depth; i++) {
        const key = keys[Math.floor(random() * keys.length)] as string;
        answers.push(this.#take(client, connection, key, random()));
      }
    });
    const outcomes = await Promise.allSettled(answers);
    for (const each of outcomes) if (each.status === 'rejected') throw each.reason;
  }

  #take(client: RawClient, connection: number, key: string, form: number): Promise<void> {
    const { history } = this.#options;
    const count = form < 0.7 ? 1 : 1 + Math.floor(form * 10);
    const words =
      form < 0.5
        ? ['INCR', key]
        : form < 0.7
          ? ['SEQ.NEXT', key]
          : form < 0.9
            ? ['INCRBY', key, count]
            : ['SEQ.NEXT', key, 'COUNT', count];
    const operation = history.take(connection, key, count);
    return new Promise((resolve, reject) => {
      client.pass(
        words,
        (answer) => {
          if (answer instanceof ServerError) {
            history.lost(operation);
            if (answer.text.startsWith('LOADING')) this.#isRefused = true;
            else this.errors.push(answer.text);
          } else {
            history.returned(operation, BigInt(highestOf(answer)));
            this.answered++;
            const last = this.lastServed.get(key) ?? 0;
            if (operation.invoked > last) this.lastServed.set(key, operation.invoked);
          }
          resolve();
        },
        () => {
          history.lost(operation);
          reject(new ConnectionLost());
        },
      );
    });
  }
}

/** A take answers its number, a range its first and its last. */
function highestOf(answer: Answer): string {
  const highest = Array.isArray(answer) ? answer[1] : answer;
  if (typeof highest !== 'string') throw new Error(`a take answered ${JSON.stringify(answer)}`);
  return highest;
}
