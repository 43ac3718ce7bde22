import { createConfig, type Flag } from '#dist/config/config.js';
import type { Config } from '#dist/config/directives.js';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { seeded } from '../store/memory-disk.js';
import { Client, type ClientOptions } from './client.js';
import {
  allOf,
  answersTo,
  KEY_SETS,
  nameIn,
  type Repertoire,
  type SimulatedCommand,
} from './command.js';
import { readOf } from './commands.js';
import { deadlineOf } from './deadline-commands.js';
import { DIR, SimulatedDisk } from './disk.js';
import { Faults } from './faults.js';
import { Machine } from './machine.js';
import { StableCeilings } from './stable-ceilings.js';
import { rightTimeMs, startVirtualTime } from './virtual-time.js';
import { World } from './world.js';

export interface RunOptions {
  readonly seed: number;
  /** Commands that the clients send. */
  readonly steps: number;
  /** Faults after this many do not happen; for finding the one that matters. */
  readonly faults?: number;
  onTrace?(line: string): void;
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly history: History;
  /** The same for two runs that did the same. */
  readonly hash: number;
  readonly happenings: number;
  readonly faults: number;
  readonly answered: number;
  readonly undecided: number;
}

/** Everything that was sent is answered or lost, and the server has stopped, within so much virtual time and so many happenings. */
const SETTLED_WITHIN_MS = 120_000;
const SETTLED_WITHIN = 300_000;
const SAMPLE = 0.5;

/** One history: a random load under random faults, then a quiet end with a clean stop, and the judgement. */
export async function simulate(options: RunOptions): Promise<Outcome> {
  const world = new World(seeded(options.seed));
  world.onTrace = options.onTrace?.bind(options);
  const stopTime = startVirtualTime(world);
  const onRejection = (reason: unknown) => world.fail(reason);
  process.on('unhandledRejection', onRejection);
  try {
    return await new Simulation(world, options).run();
  } finally {
    process.off('unhandledRejection', onRejection);
    stopTime();
  }
}

class Simulation {
  readonly #world: World;
  readonly #history: History;
  readonly #config: Config;
  readonly #repertoire: Repertoire;
  readonly #disk: SimulatedDisk;
  readonly #stable: StableCeilings;
  readonly #machine: Machine;
  readonly #faults: Faults;
  readonly #clients: Client[] = [];
  readonly #strange: string[] = [];
  #commandsLeft: number;
  #connections = 0;
  #undecided = 0;

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#history = new History(() => rightTimeMs(world));
    world.onClockSet = () => this.#history.clockSet(world.wallOffsetMs);
    this.#commandsLeft = options.steps;
    this.#config = pickConfig(world);
    this.#repertoire = {
      hasDeadlines: world.chance(0.6),
      hasNames: world.chance(0.4),
      hasFlushAll: world.chance(0.2),
      hasTransactions: world.chance(0.5),
      hasScripts: world.chance(0.4),
    };
    this.#disk = new SimulatedDisk(world);
    this.#stable = new StableCeilings(this.#disk);
    this.#machine = new Machine(
      world,
      this.#disk,
      this.#config,
      (isClean) => this.#history.happened(isClean ? 'restart' : 'crash'),
      () => this.#history.happened('workerDeath'),
    );
    this.#faults = new Faults(world, this.#machine, this.#disk, options.faults ?? Infinity);
    const count = 2 + world.pick(5);
    for (let number = 0; number < count; number++) this.#clients.push(this.#newClient());
  }

  #newClient(): Client {
    const world = this.#world;
    return this.#client({
      keys: world.chance(0.6) ? KEY_SETS[0] : world.oneOf([KEY_SETS[1], KEY_SETS[1], KEY_SETS[2]]),
      depth: world.oneOf([1, 1, 2, 4, 8]),
      pauseMs: world.oneOf([0.2, 1, 5]),
      mayAsk: () => this.#commandsLeft > 0 && this.#commandsLeft-- > 0,
      onFailed: () => this.#commandsLeft++,
    });
  }

  #client(
    options: Pick<ClientOptions, 'keys' | 'depth' | 'pauseMs' | 'mayAsk' | 'next' | 'onFailed'>,
  ): Client {
    return new Client(this.#world, this.#machine, this.#history, () => ++this.#connections, {
      ...options,
      repertoire: this.#repertoire,
      onShown: (command, reply) => this.#expectDurable(command, reply),
      onStrange: (text) => this.#strange.push(text),
    });
  }

  /** Rule 1, at the moment when it matters: what a reply shows is on stable storage when the server hands the reply out. */
  #expectDurable(command: SimulatedCommand, reply: unknown): void {
    if (!this.#world.chance(SAMPLE)) return;
    // What is flushed and made anew has no ceiling that only rises.
    if (this.#repertoire.hasFlushAll) return;
    const answers = answersTo(command, reply);
    if (typeof answers === 'string') return;
    command.steps.forEach((step, at) => {
      const shown = answers[at];
      if (typeof shown !== 'bigint' || (step.kind !== 'take' && step.kind !== 'read')) return;
      if (!isRising(step.key)) return;
      const ceiling = this.#stable.of(step.key);
      if (ceiling === undefined || ceiling < shown) {
        this.#strange.push(
          `${step.key} ${shown} was shown when a power failure would leave ${ceiling ?? 'nothing'}`,
        );
      }
    });
  }

  async run(): Promise<Outcome> {
    await this.#settle('the clients get nowhere', () => this.#commandsLeft <= 0);
    this.#faults.stop();
    await this.#settle('a request was never answered', () =>
      this.#clients.every(({ unanswered }) => unanswered === 0),
    );
    await this.#lastRound();
    const problems = [
      ...this.#world.failures,
      ...this.#strange,
      ...problemsOf(this.#history, {
        gaps: this.#config['reserve-block'] === 1 ? 'never' : 'over crashes',
        // The block that is used, and the next one.
        skipped: 2 * this.#config['reserve-block-max'],
        isSearched: true,
        mayFail: this.#disk.hasFailed,
        onUndecided: () => this.#undecided++,
      }),
    ];
    return {
      problems,
      history: this.#history,
      hash: this.#world.hash >>> 0,
      happenings: this.#world.happenings,
      faults: this.#faults.count,
      answered: this.#clients.reduce((sum, { answered }) => sum + answered, 0),
      undecided: this.#undecided,
    };
  }

  #isBroken(): boolean {
    return this.#world.failures.length > 0 || this.#strange.length > 0;
  }

  /** Goes on until the condition holds. */
  async #settle(problem: string, isMet: () => boolean): Promise<void> {
    const deadlineMs = this.#world.nowMs + SETTLED_WITHIN_MS;
    const limit = this.#world.happenings + SETTLED_WITHIN;
    while (!isMet() && !this.#isBroken()) {
      await this.#world.step();
      const isLate = this.#world.nowMs > deadlineMs || this.#world.happenings > limit;
      if (isLate) this.#strange.push(problem);
    }
  }

  /** Commands without faults, a clean stop, and commands again: whatever was wrong shows now, at the latest when everything is read. */
  async #lastRound(): Promise<void> {
    for (const isLast of [false, true]) {
      await this.#readAll();
      this.#commandsLeft = 20;
      await this.#settle('the server does not serve any more', () => {
        return this.#commandsLeft === 0 && this.#clients.every((each) => each.unanswered === 0);
      });
      await this.#restart();
      if (isLast) await this.#readAll();
    }
    this.#machine.isLast = true;
    this.#machine.stop();
    await this.#settle('the server does not stop', () => this.#machine.isDown);
  }

  async #restart(): Promise<void> {
    const { boots } = this.#machine;
    this.#machine.stop();
    await this.#settle('the server does not stop', () => this.#machine.boots > boots);
  }

  /** Somebody asks for every sequence there may be, and until when. */
  async #readAll(): Promise<void> {
    const readers = KEY_SETS.map((keys) => {
      const commands = allOf(keys).flatMap((key) => [
        readOf(keys.database, key),
        deadlineOf(keys.database, key),
      ]);
      const client = this.#client({
        ...{ keys, depth: 8, pauseMs: 1 },
        mayAsk: () => commands.length > 0,
        next: () => commands.shift() as SimulatedCommand,
        onFailed: (command) => commands.push({ ...command, steps: structuredClone(command.steps) }),
      });
      return { client, isDone: () => commands.length === 0 && client.unanswered === 0 };
    });
    await this.#settle('a read was never answered', () => readers.every((each) => each.isDone()));
  }
}

function isRising(key: string): boolean {
  return KEY_SETS.some(({ database, rising }) =>
    rising.some((each) => key === nameIn(database, each)),
  );
}

function pickConfig(world: World): Config {
  const block = world.oneOf([1, 2, 3, 5, 10]);
  const flags: [string, string | number][] = [
    ['dir', DIR],
    ['databases', 3],
    ['workers', 1 + world.pick(3)],
    ['reserve-block', block],
    ['reserve-block-max', block * world.oneOf([1, 4, 16])],
    ['reserve-block-time', world.oneOf([1, 20, 500])],
    ['reserve-threshold', world.oneOf([1, 20, 50, 99])],
    ['heartbeat-timeout', world.oneOf([300, 1000])],
    ['auto-compact-percentage', world.oneOf([0, 20, 100])],
    ['auto-compact-min-size', world.oneOf([0, 1000, 4000])],
    ['shutdown-timeout', 2],
    ['busy-reply-threshold', world.oneOf([0, 1, 5000])],
  ];
  const words = flags.map(([name, value]): Flag => [name, [String(value)]]);
  return createConfig(undefined, words);
}
