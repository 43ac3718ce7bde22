import { once } from 'node:events';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load } from '../server/load.js';
import {
  childrenOf,
  isGone,
  kill,
  pidsOf,
  type SystemProcess,
  until,
} from '../server/processes.js';
import { askOnce } from '../server/raw-client.js';
import { type StartedServer, startSequement } from '../server/start.js';
import { ExactSequences } from './exact.js';

const KEYS = Array.from({ length: 40 }, (_, i) => `key:${i}`);
const HOT = ['hot', 'warm'];
const WORKERS = 2;
const SERVING_WITHIN_MS = 30_000;
const OPTIONS = [
  ...['--workers', String(WORKERS), '--heartbeat-timeout', '2000'],
  ...['--auto-compact-min-size', '64kb'],
];

/** The server that is tormented, the load on it, and what was found wrong so far. */
export class Scene {
  server: StartedServer;
  history = new History();
  readonly problems: string[] = [];
  readonly random: () => number;
  takes = 0;
  losses = 0;
  readonly #seen = new Map<number, SystemProcess>();
  readonly #tops = new Map<string, bigint>();
  readonly exact: ExactSequences;
  #loads: Load[] = [];
  #exactRun: Promise<void> = Promise.resolve();
  #isRoundOver = true;
  #wanted = WORKERS;

  private constructor(server: StartedServer, random: () => number) {
    this.server = server;
    this.random = random;
    this.exact = new ExactSequences(server.port);
  }

  static async begin(random: () => number): Promise<Scene> {
    return new Scene(await startSequement({ arguments: OPTIONS }), random);
  }

  get port(): number {
    return this.server.port;
  }

  /** A round has a history of its own, which begins with the highest number of each sequence of those before. */
  beginRound(): void {
    this.history = new History();
    for (const [key, top] of this.#tops) {
      this.history.returned(this.history.take(-1, key), top);
    }
    const { port, history, random } = this;
    const keys = [...KEYS, ...HOT];
    this.#loads = [
      new Load({ port, keys, connections: 4, depth: 1, history, random, restMs: 1 }),
      new Load({
        ...{ port, keys: HOT, connections: 2, depth: 50, history, random },
        ...{ firstConnection: 10_000_000, restMs: 10 },
      }),
    ];
    this.#isRoundOver = false;
    this.#exactRun = this.exact.run(() => this.#isRoundOver);
  }

  async endRound(): Promise<void> {
    await this.served();
    for (const load of this.#loads) {
      await load.stop();
      this.takes += load.answered;
      this.losses += load.losses;
      this.problems.push(...load.errors.slice(0, 5));
    }
    this.#loads = [];
    this.#isRoundOver = true;
    await this.#exactRun;
    this.problems.push(...this.exact.problems);
    this.problems.push(...problemsOf(this.history));
    for (const { steps } of this.history.answered()) {
      for (const step of steps) {
        if (step.kind !== 'take' || step.value === undefined) continue;
        if (step.value > (this.#tops.get(step.key) ?? 0n)) this.#tops.set(step.key, step.value);
      }
    }
    await this.settle();
  }

  /** Resolves when every sequence has answered a take that is sent from now on. */
  async served(): Promise<void> {
    const moment = this.history.now;
    await until(
      'every sequence',
      () => this.#loads.every((load) => load.hasServedSince(moment)),
      SERVING_WITHIN_MS,
    );
  }

  /** The number of workers is what it was at first, and nobody is connected. */
  async settle(): Promise<void> {
    for (; this.#wanted > WORKERS; ) await this.changeWorkers(-1);
    for (; this.#wanted < WORKERS; ) await this.changeWorkers(1);
    await this.untilWorkers();
    await until('nobody is connected', async () =>
      /^connected_clients:1\r?$/m.test(String(await askOnce(this.port, 'INFO', 'clients'))),
    );
  }

  /** TTIN or TTOU; between one worker and four. */
  async changeWorkers(by: 1 | -1): Promise<void> {
    if (this.#wanted + by < 1 || this.#wanted + by > 4) return;
    this.#wanted += by;
    kill(this.server.pid, by > 0 ? 'SIGTTIN' : 'SIGTTOU');
    await this.untilWorkers();
  }

  /** Those that died have successors, and those that are too many have ended. */
  async untilWorkers(): Promise<void> {
    await until(
      `${this.#wanted} workers`,
      () => this.workers().length === this.#wanted,
      SERVING_WITHIN_MS,
    );
  }

  workers(): number[] {
    return pidsOf(this.server.pid, 'worker');
  }

  /** What the server said last. */
  lastMessages(): string[] {
    return this.server.stdout.trimEnd().split('\n').slice(-10);
  }

  /** Notes who is there, so that none of them is forgotten at the end. */
  note(): void {
    for (const each of childrenOf(this.server.pid)) this.#seen.set(each.pid, each);
  }

  /** The master dies, with its children or a moment before them, and another server goes on. */
  async crash(withTree: boolean): Promise<void> {
    this.note();
    const { dir, port } = this.server;
    const children = childrenOf(this.server.pid);
    const exit = once(this.server.process, 'exit');
    kill(this.server.pid);
    if (withTree) for (const { pid } of children) kill(pid);
    await exit;
    this.#wanted = WORKERS;
    this.server = await startSequement({ dir, port, arguments: OPTIONS });
  }

  /** The clean stop, after which every sequence goes on without a gap, and none of all the processes is left. */
  async end(): Promise<void> {
    this.note();
    // After a round that came to a bad end, they are still at it.
    this.#isRoundOver = true;
    for (const load of this.#loads) void load.stop();
    const { dir, port } = this.server;
    const keys = [...this.#tops.keys()];
    const values = new Map<string, bigint>();
    for (const key of keys) values.set(key, BigInt(String(await askOnce(port, 'GET', key))));
    const status = await this.server.stop();
    if (status !== 0) this.problems.push(`the stop ended with status ${status}`);
    await until('the end of every process', () => [...this.#seen.values()].every(isGone)).catch(
      (error: unknown) => this.problems.push(String(error)),
    );
    const last = await startSequement({ dir, port, arguments: OPTIONS });
    for (const [key, value] of values) {
      const next = BigInt(String(await askOnce(port, 'INCR', key)));
      if (next !== value + 1n)
        this.problems.push(`${key}: ${next} after ${value}, and after a clean stop`);
    }
    await last.stop();
  }
}
