import type { Arguments, Command } from '../commands/command.js';
import { keepRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import { isWriting } from './transaction.js';

/** Why requests of a connection, or of all, are looked at before they run; on the way of a take, one test of all these. */
export const Mark = {
  subscriber: 1,
  monitor: 2,
  /** CLIENT REPLY OFF or SKIP. */
  quiet: 4,
  /** Something it sent before has to be done first. */
  waiting: 8,
  /** Its user may not do everything, or it has not shown its password. */
  restricted: 64,
  /** Between MULTI and EXEC. */
  queueing: 128,
  // Of all connections of a worker:
  paused: 16,
  observed: 32,
  overMemory: 256,
  told: 512,
  busy: 1024,
} as const;

const WHILE_SUBSCRIBED = new Set(['ping', 'quit', 'reset']);

type Run = (connection: Connection, request: Arguments) => void;

/** Keeps back what may not run now, or not for this client. */
export class Gate {
  #marks = 0;
  #pause: 'none' | 'write' | 'all' = 'none';
  #pauseTimer: NodeJS.Timeout | undefined;
  readonly #run: Run;
  /** Connections with requests that were put off. */
  readonly #held = new Set<Connection>();
  readonly #paused = new Set<Connection>();
  /** Connections with a script, while Lua is not there; undefined once it is. */
  #scripting: Set<Connection> | undefined = new Set();
  /** The first script has come: Lua is wanted. */
  onScript: () => void = () => {};

  /** `run` executes a request that was put off. */
  constructor(run: Run) {
    this.#run = run;
  }

  /** 0 unless every request of every connection has to be looked at. */
  get marks(): number {
    return this.#marks;
  }

  set isObserved(isObserved: boolean) {
    this.#marks = isObserved ? this.#marks | Mark.observed : this.#marks & ~Mark.observed;
  }

  /** Each take is told of (notify-keyspace-events). */
  set isTold(isTold: boolean) {
    this.#marks = isTold ? this.#marks | Mark.told : this.#marks & ~Mark.told;
  }

  get isTold(): boolean {
    return (this.#marks & Mark.told) !== 0;
  }

  set isOverMemory(isOver: boolean) {
    this.#marks = isOver ? this.#marks | Mark.overMemory : this.#marks & ~Mark.overMemory;
  }

  get isOverMemory(): boolean {
    return (this.#marks & Mark.overMemory) !== 0;
  }

  /** A script has been running for so long that others are refused. */
  set isBusy(isBusy: boolean) {
    this.#marks = isBusy ? this.#marks | Mark.busy : this.#marks & ~Mark.busy;
  }

  get isBusy(): boolean {
    return (this.#marks & Mark.busy) !== 0;
  }

  /** Clients whose request waits for the end of a pause. */
  get pausedClients(): number {
    return this.#paused.size;
  }

  /** Puts a request off if something of its connection has to be done before; whether it did. */
  holds(connection: Connection, request: Arguments): boolean {
    if ((connection.marks & Mark.waiting) === 0) return false;
    connection.postponed.push(keepRequest(request));
    return true;
  }

  /** Puts a request off if its kind is paused; whether it did. */
  pauses(connection: Connection, request: Arguments, command: Command): boolean {
    if (this.#pause === 'none') return false;
    const isWrite = isWriting(command, request) || executesWrites(connection, command);
    if (this.#pause === 'write' && !isWrite) return false;
    this.#putOff(connection, request);
    this.#paused.add(connection);
    return true;
  }

  /** Puts a script off, or an EXEC with one in it, if Lua has to be started for it; whether it did. */
  putsOffScript(connection: Connection, request: Arguments, command: Command): boolean {
    const scripting = this.#scripting;
    if (scripting === undefined || !needsLua(connection, command)) return false;
    this.#putOff(connection, request);
    if (scripting.size === 0) this.onScript();
    scripting.add(connection);
    return true;
  }

  /** Lua is there. */
  runScripts(): void {
    const scripting = this.#scripting;
    if (scripting === undefined) return;
    this.#scripting = undefined;
    for (const connection of scripting) this.#release(connection);
  }

  /** What the connection sends from now on waits until everything before is answered. */
  wait(connection: Connection): void {
    connection.marks |= Mark.waiting;
    connection.isAwaited = true;
    this.#held.add(connection);
  }

  /** Everything that the connection had sent is answered: what was put off runs. */
  answered(connection: Connection): void {
    connection.isAwaited = false;
    if (!this.#paused.has(connection)) this.#release(connection);
  }

  /** A pause by any client of the server, or its end; one that is longer than a timer runs for the longest time it can. */
  pause(mode: 'none' | 'write' | 'all', forMs: number): void {
    clearTimeout(this.#pauseTimer);
    this.#pause = mode;
    this.#marks &= ~Mark.paused;
    if (mode !== 'none') {
      this.#marks |= Mark.paused;
      this.#pauseTimer = setTimeout(() => this.pause('none', 0), Math.min(forMs, 0x7fffffff));
      this.#pauseTimer.unref();
    }
    for (const connection of [...this.#paused]) {
      this.#paused.delete(connection);
      this.#release(connection);
    }
  }

  forget(connection: Connection): void {
    this.#held.delete(connection);
    this.#paused.delete(connection);
    this.#scripting?.delete(connection);
  }

  /** The error for a command that the state of the connection forbids. */
  refusal(connection: Connection, command: Command): string | undefined {
    const { marks } = connection;
    if ((marks & Mark.subscriber) !== 0 && connection.protocol === 2) {
      if (command.runs !== 'subscription' && !WHILE_SUBSCRIBED.has(command.name)) {
        return `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
      }
    }
    if ((marks & Mark.monitor) !== 0 && (isWriting(command) || command.flags.includes('readonly')))
      return "ERR Replica can't interact with the keyspace";
    return undefined;
  }

  #putOff(connection: Connection, request: Arguments): void {
    connection.postponed.unshift(keepRequest(request));
    connection.marks |= Mark.waiting;
    this.#held.add(connection);
  }

  #release(connection: Connection): void {
    connection.marks &= ~Mark.waiting;
    this.#held.delete(connection);
    while (connection.isOpen && (connection.marks & Mark.waiting) === 0) {
      const next = connection.postponed.shift();
      if (next === undefined) break;
      this.#run(connection, next);
    }
    connection.released();
  }
}

/** An EXEC is paused for what was queued. */
function executesWrites(connection: Connection, command: Command): boolean {
  return command.name === 'exec' && connection.transaction?.isWriting === true;
}

function needsLua(connection: Connection, command: Command): boolean {
  if (command.name !== 'exec') return command.runs === 'script';
  return connection.transaction?.isScripted === true;
}
