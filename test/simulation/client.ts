import RedisParser from 'redis-parser';
import type { History, Operation } from '../history/history.js';
import { showStep } from '../history/step.js';
import { encode, type KeySet, type Repertoire, type SimulatedCommand } from './command.js';
import { pickCommand } from './commands.js';
import type { Machine } from './machine.js';
import { SimulatedSocket } from './socket.js';
import type { World } from './world.js';

const NETWORK_MS = 0.1;

interface Asked {
  readonly command: SimulatedCommand;
  readonly operation: Operation;
}

export interface ClientOptions {
  readonly keys: KeySet;
  readonly repertoire: Repertoire;
  /** Requests that may be unanswered at a time. */
  readonly depth: number;
  readonly pauseMs: number;
  /** Whether one more command is to be sent; counts it. */
  mayAsk(): boolean;
  /** A command was answered by LOADING: it counts for nothing. */
  onLoading(): void;
  /** The server has handed out these bytes: what they show must survive anything from here on. */
  onShown(command: SimulatedCommand, reply: unknown): void;
  /** A reply that no server gives. */
  onStrange(text: string): void;
}

/** A client that sends random commands, and comes back over another connection when it has lost one. */
export class Client {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #history: History;
  readonly #options: ClientOptions;
  #socket: SimulatedSocket | undefined;
  #connection = 0;
  #nextConnection: () => number;
  #asked: Asked[] = [];
  /** Replies that are to come before those of `#asked`: that of SELECT. */
  #ignored = 0;
  /** After LOADING it waits a moment. */
  #restsUntilMs = 0;
  answered = 0;

  constructor(
    world: World,
    machine: Machine,
    history: History,
    nextConnection: () => number,
    options: ClientOptions,
  ) {
    this.#world = world;
    this.#machine = machine;
    this.#history = history;
    this.#nextConnection = nextConnection;
    this.#options = options;
    this.#later(() => this.#connect());
  }

  get unanswered(): number {
    return this.#asked.length;
  }

  #later(run: () => void): void {
    const { outside } = this.#world;
    this.#world.schedule(outside, this.#world.random() * this.#options.pauseMs, run);
  }

  #connect(): void {
    const world = this.#world;
    const { outside } = world;
    const [ours, theirs] = SimulatedSocket.pair(world, outside, outside, true, NETWORK_MS);
    if (!this.#machine.connect(theirs)) {
      world.schedule(outside, 1 + world.delay(2), () => this.#connect());
      return;
    }
    this.#connection = this.#nextConnection();
    this.#socket = ours;
    // The same bytes twice: when the server hands them out, and when they arrive.
    const shown: SimulatedCommand[] = [];
    let hidden = 0;
    const onSent = parser((reply) => {
      if (hidden > 0) hidden--;
      else this.#options.onShown(shown.shift() as SimulatedCommand, reply);
    });
    theirs.onSent = (bytes) => onSent.execute(bytes);
    const received = parser((reply) => this.#receive(reply));
    ours.on('data', (chunk: Buffer) => received.execute(Buffer.from(chunk)));
    ours.on('end', () => this.#lost());
    ours.on('error', () => this.#lost());
    ours.resume();
    if (this.#options.keys.database > 0) {
      hidden++;
      this.#ignored++;
      ours.write(encode(['SELECT', String(this.#options.keys.database)]));
    }
    this.#ask(shown);
  }

  #ask(shown: SimulatedCommand[]): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const world = this.#world;
    const isResting = world.nowMs < this.#restsUntilMs;
    const room = isResting ? 0 : this.#options.depth - this.#asked.length;
    const bytes: Buffer[] = [];
    for (let left = room > 0 ? 1 + world.pick(room) : 0; left > 0; left--) {
      if (!this.#options.mayAsk()) break;
      const command = pickCommand({ world, ...this.#options });
      const operation = this.#history.invoke(this.#connection, ...command.steps);
      world.note(`client ${this.#connection} asks ${operation.invoked} ${command.words.join(' ')}`);
      this.#asked.push({ command, operation });
      shown.push(command);
      bytes.push(encode(command.words));
    }
    if (bytes.length > 0) socket.write(Buffer.concat(bytes));
    this.#later(() => {
      if (socket === this.#socket) this.#ask(shown);
    });
  }

  #receive(reply: unknown): void {
    if (this.#ignored > 0) {
      // While the log is loaded, SELECT is answered too.
      this.#ignored--;
      return;
    }
    const asked = this.#asked.shift();
    if (asked === undefined) {
      this.#options.onStrange(`connection ${this.#connection} got a reply that nobody asked for`);
      return;
    }
    const { command, operation } = asked;
    const answers =
      reply instanceof Error ? command.errors?.[reply.message] : command.answers(reply);
    if (answers !== undefined) {
      this.answered++;
      this.#history.returned(operation, ...answers);
    } else this.#refused(command, operation, (reply as Error).message);
    const { returned, steps, outcome } = operation;
    this.#world.note(
      `client ${this.#connection} got ${operation.invoked} at ${returned}: ${steps.map(showStep).join('; ')} ${outcome}`,
    );
  }

  #refused(command: SimulatedCommand, operation: Operation, text: string): void {
    if (text.startsWith('LOADING')) {
      this.#history.failed(operation, 'fail');
      this.#restsUntilMs = this.#world.nowMs + 2;
      this.#options.onLoading();
    } else if (text.startsWith('MISCONF')) this.#history.failed(operation, 'refused');
    else this.#options.onStrange(`${command.words.join(' ')} was answered by ${text}`);
  }

  #lost(): void {
    if (this.#socket === undefined) return;
    this.#world.note(`client ${this.#connection} lost its connection`);
    this.#socket.destroy();
    this.#socket = undefined;
    this.#ignored = 0;
    for (const { operation } of this.#asked.splice(0)) this.#history.lost(operation);
    this.#later(() => this.#connect());
  }
}

function parser(onReply: (reply: unknown) => void): RedisParser {
  return new RedisParser({
    returnReply: onReply,
    returnError: onReply,
    returnFatalError: (error: Error) => onReply(error),
    stringNumbers: true,
  });
}
