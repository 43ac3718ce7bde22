import RedisParser from 'redis-parser';
import type { History, Operation } from '../history/history.js';
import { showStep } from '../history/step.js';
import {
  answersTo,
  encode,
  type KeySet,
  type Repertoire,
  type SimulatedCommand,
} from './command.js';
import { pickCommand } from './commands.js';
import type { Machine } from './machine.js';
import { SimulatedSocket } from './socket.js';
import { pickTransaction, WATCHING_NOTHING, type Watching } from './transactions.js';
import { wallClockMs } from './virtual-time.js';
import type { World } from './world.js';

const NETWORK_MS = 0.1;

interface Asked {
  readonly command: SimulatedCommand;
  readonly operation: Operation;
  /** Replies that are to come before the one that tells. */
  before: number;
  /** One of them was an error that says that nothing was executed. */
  hasFailed: boolean;
}

/** The same, where only the replies are looked at. */
interface Shown {
  readonly command: SimulatedCommand;
  before: number;
}

export interface ClientOptions {
  readonly keys: KeySet;
  readonly repertoire: Repertoire;
  /** Requests that may be unanswered at a time. */
  readonly depth: number;
  readonly pauseMs: number;
  /** Whether one more command is to be sent; counts it. */
  mayAsk(): boolean;
  /** What it sends next, where that is not picked at random. */
  readonly next?: () => SimulatedCommand;
  /** A command was answered by LOADING or BUSY: it counts for nothing. */
  onFailed(command: SimulatedCommand): void;
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
  #watching: Watching = WATCHING_NOTHING;
  /** After LOADING and BUSY it waits a moment. */
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
    const shown: Shown[] = [];
    const { database } = this.#options.keys;
    let isSelected = database === 0;
    const onSent = parser((reply) => {
      if (!isSelected) isSelected = !isNoAnswer(reply);
      else if ((shown[0] as Shown).before-- === 0) {
        this.#options.onShown((shown.shift() as Shown).command, reply);
      }
    });
    theirs.onSent = (bytes) => onSent.execute(bytes);
    const select = () => ours.write(encode(['SELECT', String(database)]));
    let isSelecting = database !== 0;
    const received = parser((reply) => {
      if (!isSelecting) this.#receive(reply);
      else if (isNoAnswer(reply)) select();
      else {
        isSelecting = false;
        this.#ask(shown);
      }
    });
    ours.on('data', (chunk: Buffer) => received.execute(Buffer.from(chunk)));
    ours.on('end', () => this.#lost());
    ours.on('error', () => this.#lost());
    ours.resume();
    if (isSelecting) select();
    else this.#ask(shown);
  }

  #ask(shown: Shown[]): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const world = this.#world;
    const isResting = world.nowMs < this.#restsUntilMs;
    const room = isResting ? 0 : this.#options.depth - this.#asked.length;
    const bytes: Buffer[] = [];
    for (let left = room > 0 ? 1 + world.pick(room) : 0; left > 0; left--) {
      if (!this.#options.mayAsk()) break;
      const command = this.#options.next?.() ?? this.#pick();
      const operation = this.#history.invoke(this.#connection, ...command.steps);
      world.note(`client ${this.#connection} asks ${operation.invoked} ${textOf(command)}`);
      const before = command.requests.length - 1;
      this.#asked.push({ command, operation, before, hasFailed: false });
      shown.push({ command, before });
      bytes.push(...command.requests.map(encode));
    }
    if (bytes.length > 0) socket.write(Buffer.concat(bytes));
    this.#later(() => {
      if (socket === this.#socket) this.#ask(shown);
    });
  }

  #pick(): SimulatedCommand {
    const world = this.#world;
    const picking = { world, wallMs: () => wallClockMs(world), ...this.#options };
    const isPlain = !picking.repertoire.hasTransactions || this.#world.chance(0.7);
    if (isPlain) return pickCommand(picking);
    const { command, watching } = pickTransaction(picking, this.#watching, () =>
      pickCommand(picking),
    );
    this.#watching = watching;
    return command;
  }

  #receive(reply: unknown): void {
    const [asked] = this.#asked;
    if (asked === undefined) {
      this.#options.onStrange(`connection ${this.#connection} got a reply that nobody asked for`);
      return;
    }
    if (isNoAnswer(reply)) asked.hasFailed = true;
    if (asked.before-- > 0) return;
    this.#asked.shift();
    const { command, operation, hasFailed } = asked;
    const answers = hasFailed ? undefined : answersTo(command, reply);
    if (answers === undefined) this.#notExecuted(command, operation);
    else if (typeof answers === 'string') this.#refused(command, operation, answers);
    else {
      this.answered++;
      this.#history.returned(operation, ...answers);
    }
    const { returned, steps, outcome } = operation;
    this.#world.note(
      `client ${this.#connection} got ${operation.invoked} at ${returned}: ${steps.map(showStep).join('; ')} ${outcome}`,
    );
  }

  #notExecuted(command: SimulatedCommand, operation: Operation): void {
    this.#history.failed(operation, 'fail');
    this.#restsUntilMs = this.#world.nowMs + 2;
    this.#options.onFailed(command);
  }

  #refused(command: SimulatedCommand, operation: Operation, text: string): void {
    if (text.includes('MISCONF')) this.#history.failed(operation, 'refused');
    else this.#options.onStrange(`${textOf(command)} was answered by ${text}`);
  }

  #lost(): void {
    if (this.#socket === undefined) return;
    this.#world.note(`client ${this.#connection} lost its connection`);
    this.#socket.destroy();
    this.#socket = undefined;
    this.#watching = WATCHING_NOTHING;
    for (const { operation } of this.#asked.splice(0)) this.#history.lost(operation);
    this.#later(() => this.#connect());
  }
}

function textOf({ requests }: SimulatedCommand): string {
  return requests.map((words) => words.join(' ')).join('; ');
}

/** The server is loading its log, or executes a script. */
function isNoAnswer(reply: unknown): boolean {
  return reply instanceof Error && /^(EXECABORT .*: )?(LOADING|BUSY) /.test(reply.message);
}

function parser(onReply: (reply: unknown) => void): RedisParser {
  return new RedisParser({
    returnReply: onReply,
    returnError: onReply,
    returnFatalError: (error: Error) => onReply(error),
    stringNumbers: true,
  });
}
