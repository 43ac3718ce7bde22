import { BUSY, runsWhileBusy } from '../commands/busy.js';
import type { Arguments, Command } from '../commands/command.js';
import { commandNamed, resolve } from '../commands/table.js';
import { lowerCase } from '../commands/words.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner } from './combiner.js';
import { keepRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import { Gate, Mark } from './gate.js';
import type { Holds } from './holds.js';
import { refusalOverMemory } from './memory-limit.js';
import { refusalOfProtected } from './protected-commands.js';
import { isAllowed, refusalByRights } from './rights.js';
import { Runner } from './runner.js';
import type { Statistics } from './statistics.js';
import { Subscriptions } from './subscriptions.js';
import type { Transactions } from './transactions.js';

/** Redis's words, by which clients know that they should try again. */
const LOADING = 'LOADING Redis is loading the dataset in memory';

/** With the microseconds that it took here; -1 when others count them. */
type ExecutedHandler = (
  connection: Connection,
  request: Arguments,
  command: Command,
  microseconds: number,
  database: number,
) => void;

/** Decides of each request whether it may run now, for its client, and has it run. */
export class Dispatcher {
  readonly #runner: Runner;
  readonly #combiner: Combiner;
  readonly #statistics: Statistics;
  #onExecuted: ExecutedHandler | undefined;
  readonly gate = new Gate((connection, request) =>
    this.#dispatchMarked(connection, request, resolve(request)),
  );
  readonly #reply = new ReplyWriter(new ByteWriter(0));

  constructor(
    combiner: Combiner,
    holds: Holds,
    statistics: Statistics,
    subscriptions = new Subscriptions(combiner),
  ) {
    this.#statistics = statistics;
    this.#combiner = combiner;
    this.#runner = new Runner(combiner, holds, statistics, subscriptions, this.gate);
  }

  get transactions(): Transactions {
    return this.#runner.transactions;
  }

  /** Is told of every command that was executed or handed on. */
  set onExecuted(onExecuted: ExecutedHandler | undefined) {
    this.#onExecuted = onExecuted;
    this.gate.isObserved = onExecuted !== undefined;
    this.transactions.onExecuted = (connection, request, command, database) =>
      onExecuted?.(connection, request, command, -1, database);
  }

  /** Whoever hands requests in calls `settle` behind the last one of a chunk. */
  dispatch(connection: Connection, request: Arguments): void {
    const command = resolve(request);
    const marks = connection.marks | this.gate.marks;
    if (marks !== 0 && (marks !== Mark.restricted || !isAllowed(connection, request, command))) {
      this.settle();
      if (!this.gate.holds(connection, request)) this.#dispatchMarked(connection, request, command);
      return;
    }
    if (typeof command === 'string' || command.runs !== 'take') this.settle();
    if (typeof command === 'string') {
      if (command === '') connection.destroy();
      else {
        const text = this.#refuseWithin(connection, request.text(0), command);
        this.#refuse(connection, request, text);
      }
      return;
    }
    const refusal =
      refusalOfProtected(connection, command) ?? refusalWhileLoading(connection, command);
    if (refusal !== undefined) this.#reject(connection, command, refusal);
    else if (command.runs !== 'script' || !this.gate.putsOffScript(connection, request, command)) {
      this.#runner.run(connection, request, command);
    }
  }

  /** The same for a connection, or at a time, that has more to be looked at. */
  #dispatchMarked(connection: Connection, request: Arguments, command: Command | string): void {
    const isQuiet = connection.replyMode !== 'on';
    if (connection.replyMode === 'skip') connection.replyMode = 'skipping';
    if (typeof command === 'string') {
      const text = this.#refuseWithin(connection, request.text(0), command);
      if (command === '') connection.destroy();
      else if (isQuiet) this.#countRefusal(request, text);
      else this.#refuse(connection, request, text);
    } else {
      const refusal =
        refusalOfProtected(connection, command) ??
        refusalWithin(connection, command) ??
        refusalByRights(connection, request, command) ??
        (this.gate.isOverMemory && !this.gate.isBusy
          ? refusalOverMemory(connection, command)
          : undefined) ??
        this.gate.refusal(connection, command) ??
        refusalWhileLoading(connection, command) ??
        (this.gate.isBusy && !runsWhileBusy(command) ? BUSY : undefined);
      if (refusal !== undefined) {
        const text = this.#refuseWithin(connection, command.name, refusal);
        if (isQuiet) this.#statistics.rejected(command.index, text);
        else this.#reject(connection, command, text);
      } else if (this.#putsOff(connection, request, command)) {
        if (connection.replyMode === 'skipping') connection.replyMode = 'skip';
        return;
      } else if (isQueued(connection, command)) {
        connection.lastCommand = command.name;
        connection.transaction?.queue(command, keepRequest(request));
        if (!isQuiet) connection.replies.immediate(connection).latin1('+QUEUED\r\n');
      } else {
        // Takes are told of in the order in which they came, so none joins one before.
        if (this.gate.isTold) this.#combiner.endRuns();
        const startedMs = performance.now();
        if (isQuiet) this.#runner.runQuietly(connection, request, command);
        else this.#runner.run(connection, request, command);
        const elapsed = Math.round((performance.now() - startedMs) * 1000);
        // An EXEC is told of when it has been executed, behind its commands.
        if (command.name !== 'exec') {
          this.#onExecuted?.(connection, request, command, elapsed, connection.database);
        }
      }
    }
    if (connection.replyMode === 'skipping') connection.replyMode = 'on';
  }

  #putsOff(connection: Connection, request: Arguments, command: Command): boolean {
    return (
      this.gate.pauses(connection, request, command) ||
      (!isQueued(connection, command) && this.gate.putsOffScript(connection, request, command))
    );
  }

  /** Writes the replies of the takes that were served from a hold. */
  settle(): void {
    this.#runner.settle();
  }

  /** A refusal spoils the transaction that is being queued; that of EXEC ends it, if there is one. */
  #refuseWithin(connection: Connection, name: string, refusal: string): string {
    if (lowerCase(name) === 'exec') return this.transactions.abort(connection, refusal);
    const { transaction } = connection;
    if (transaction?.isOpen !== true) return refusal;
    transaction.state = 'refused';
    return refusal;
  }

  #reject(connection: Connection, command: Command, text: string): void {
    this.#statistics.rejected(command.index, text);
    connection.replies.immediate(connection).latin1(`-${text}\r\n`);
  }

  /** A request that names no command, or gives it a wrong number of arguments. */
  #refuse(connection: Connection, request: Arguments, text: string): void {
    this.#countRefusal(request, text);
    const reply = this.#reply;
    reply.out = connection.replies.immediate(connection);
    reply.error(text);
  }

  #countRefusal(request: Arguments, text: string): void {
    const command = commandNamed(request);
    if (command === undefined) this.#statistics.error(text, 1);
    else this.#statistics.rejected(command.index, text);
  }
}

/** Between MULTI and EXEC all commands are, but for those that end it or say what it is about. */
function isQueued(connection: Connection, command: Command): boolean {
  if ((connection.marks & Mark.queueing) === 0) return false;
  if (command.runs === 'transaction') return command.act === 'unwatch';
  return command.name !== 'quit' && command.name !== 'reset';
}

function refusalWithin(connection: Connection, command: Command): string | undefined {
  const isRefused = (connection.marks & Mark.queueing) !== 0 && command.flags.includes('no_multi');
  return isRefused ? 'ERR Command not allowed inside a transaction' : undefined;
}

function refusalWhileLoading(connection: Connection, command: Command): string | undefined {
  const mayRun = !connection.server.isLoading || command.flags.includes('loading');
  return mayRun ? undefined : LOADING;
}
