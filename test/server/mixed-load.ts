import { setTimeout as delay } from 'node:timers/promises';
import type { History, Operation } from '../history/history.js';
import {
  answersTo,
  type Dice,
  KEY_SETS,
  type KeySet,
  type SimulatedCommand,
} from '../simulation/command.js';
import { pickCommand } from '../simulation/commands.js';
import { pickTransaction, WATCHING_NOTHING, type Watching } from '../simulation/transactions.js';
import { type Answer, RawClient, ServerError } from './raw-client.js';

/** Databases with few sequences, apart from each other: what is connected is searched together. */
const REPERTOIRE = {
  hasDeadlines: true,
  hasFlushAll: false,
  hasTransactions: true,
  hasScripts: true,
} as const;

export interface MixedLoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly history: History;
  readonly random: () => number;
  /** What the clock of the server's machine shows. */
  readonly wallMs: () => number;
}

/** Clients that send what those of the simulation do, transactions and deadlines among it, to a server of real processes. */
export class MixedLoad {
  readonly #options: MixedLoadOptions;
  readonly #dice: Dice;
  readonly #runs: Promise<void>[] = [];
  #connections = 0;
  #isStopping = false;
  #resting: Promise<void> | undefined;
  #underWay = 0;
  answered = 0;
  readonly strange: string[] = [];

  constructor(options: MixedLoadOptions) {
    this.#options = options;
    const { random } = options;
    this.#dice = {
      pick: (count) => Math.floor(random() * count),
      chance: (probability) => random() < probability,
      oneOf: (list) => list[Math.floor(random() * list.length)] as (typeof list)[number],
    };
    for (let i = 0; i < options.connections; i++) {
      this.#runs.push(this.#run(KEY_SETS[i % KEY_SETS.length] as KeySet));
    }
  }

  /** Resolves when everything that was sent has been answered or lost. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#runs);
  }

  /** Acts while nothing is under way. */
  async still(act: () => void): Promise<void> {
    let goOn = () => {};
    this.#resting = new Promise((resolve) => {
      goOn = resolve;
    });
    while (this.#underWay > 0) await delay(1);
    act();
    this.#resting = undefined;
    goOn();
  }

  async #run(keys: KeySet): Promise<void> {
    while (!this.#isStopping) {
      const client = await RawClient.connect(this.#options.port).catch(() => undefined);
      if (client === undefined) {
        await delay(5);
        continue;
      }
      await this.#serve(client, keys, ++this.#connections);
      await client.close();
    }
  }

  async #serve(client: RawClient, keys: KeySet, connection: number): Promise<void> {
    let watching = WATCHING_NOTHING;
    if (keys.database > 0) await client.send('SELECT', keys.database).catch(() => {});
    while (!this.#isStopping && !client.isClosed) {
      await this.#resting;
      this.#underWay++;
      const asked: Promise<void>[] = [];
      for (let left = 1 + this.#dice.pick(2); left > 0; left--) {
        const next = this.#pick(keys, watching);
        watching = next.watching;
        asked.push(this.#ask(client, connection, next.command));
      }
      await Promise.all(asked);
      this.#underWay--;
      await delay(2 + this.#dice.pick(5));
    }
  }

  #pick(keys: KeySet, watching: Watching) {
    const { wallMs } = this.#options;
    const repertoire = { ...REPERTOIRE, hasNames: keys.twin !== undefined };
    const picking = { world: this.#dice, keys, repertoire, wallMs };
    if (this.#dice.chance(0.4)) {
      return pickTransaction(picking, watching, () => pickCommand(picking));
    }
    return { command: pickCommand(picking), watching };
  }

  async #ask(client: RawClient, connection: number, command: SimulatedCommand): Promise<void> {
    const { history } = this.#options;
    const operation = history.invoke(connection, ...command.steps);
    const replies: Promise<Answer>[] = [];
    client.together(() => {
      for (const words of command.requests) replies.push(client.send(...words));
    });
    const settled = await Promise.allSettled(replies);
    const answers: Answer[] = [];
    for (const each of settled) if (each.status === 'fulfilled') answers.push(each.value);
    if (answers.length < settled.length) history.lost(operation);
    else this.#answered(command, operation, answers);
  }

  #answered(command: SimulatedCommand, operation: Operation, replies: Answer[]): void {
    const { history } = this.#options;
    const errors = replies.filter((each) => each instanceof ServerError);
    if (errors.some(({ text }) => text.startsWith('LOADING'))) {
      history.failed(operation, 'fail');
      return;
    }
    const answers = answersTo(command, withErrors(replies.at(-1) ?? null));
    if (typeof answers === 'string') {
      this.strange.push(`${command.requests.join('; ')} was answered by ${answers}`);
      return;
    }
    history.returned(operation, ...answers);
    this.answered++;
  }
}

/** Errors as the commands expect them. */
function withErrors(answer: Answer): unknown {
  if (answer instanceof ServerError) return new Error(answer.text);
  if (answer instanceof Error) return answer;
  return Array.isArray(answer) ? answer.map(withErrors) : answer;
}
