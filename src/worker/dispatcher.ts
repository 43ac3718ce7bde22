import type { Arguments, Command } from '../commands/command.js';
import { resolve } from '../commands/table.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner } from './combiner.js';
import type { Connection } from './connection.js';
import { Gate, Mark } from './gate.js';
import type { Holds } from './holds.js';
import { refusalOfProtected } from './protected-commands.js';
import { isAllowed, refusalByRights } from './rights.js';
import { Runner } from './runner.js';
import type { Statistics } from './statistics.js';
import { Subscriptions } from './subscriptions.js';

/** Redis's words, by which clients know that they should try again. */
const LOADING = 'LOADING Redis is loading the dataset in memory';

/** With the microseconds that it took here. */
type ExecutedHandler = (
  connection: Connection,
  request: Arguments,
  command: Command,
  microseconds: number,
) => void;

/** Decides of each request whether it may run now, for its client, and has it run. */
export class Dispatcher {
  readonly #runner: Runner;
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
    this.#runner = new Runner(combiner, holds, statistics, subscriptions, this.gate);
  }

  /** Is told of every command that was executed or handed on. */
  set onExecuted(onExecuted: ExecutedHandler | undefined) {
    this.#onExecuted = onExecuted;
    this.gate.isObserved = onExecuted !== undefined;
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
      else this.#refuse(connection, command);
      return;
    }
    const refusal =
      refusalOfProtected(connection, command) ?? refusalWhileLoading(connection, command);
    if (refusal !== undefined) this.#reject(connection, command, refusal);
    else this.#runner.run(connection, request, command);
  }

  /** The same for a connection, or at a time, that has more to be looked at. */
  #dispatchMarked(connection: Connection, request: Arguments, command: Command | string): void {
    const isQuiet = connection.replyMode !== 'on';
    if (connection.replyMode === 'skip') connection.replyMode = 'skipping';
    if (typeof command === 'string') {
      if (command === '') connection.destroy();
      else if (isQuiet) this.#statistics.error(command, 1);
      else this.#refuse(connection, command);
    } else {
      const refusal =
        refusalOfProtected(connection, command) ??
        refusalByRights(connection, request, command) ??
        this.gate.refusal(connection, command) ??
        refusalWhileLoading(connection, command);
      if (refusal !== undefined) {
        if (isQuiet) this.#statistics.rejected(command.index, refusal);
        else this.#reject(connection, command, refusal);
      } else if (this.gate.pauses(connection, request, command)) {
        if (connection.replyMode === 'skipping') connection.replyMode = 'skip';
        return;
      } else {
        const startedMs = performance.now();
        if (isQuiet) this.#runner.runQuietly(connection, request, command);
        else this.#runner.run(connection, request, command);
        const elapsed = Math.round((performance.now() - startedMs) * 1000);
        this.#onExecuted?.(connection, request, command, elapsed);
      }
    }
    if (connection.replyMode === 'skipping') connection.replyMode = 'on';
  }

  /** Writes the replies of the takes that were served from a hold. */
  settle(): void {
    this.#runner.settle();
  }

  #reject(connection: Connection, command: Command, text: string): void {
    this.#statistics.rejected(command.index, text);
    connection.replies.immediate(connection).latin1(`-${text}\r\n`);
  }

  /** A request that names no command. */
  #refuse(connection: Connection, text: string): void {
    this.#statistics.error(text, 1);
    const reply = this.#reply;
    reply.out = connection.replies.immediate(connection);
    reply.error(text);
  }
}

function refusalWhileLoading(connection: Connection, command: Command): string | undefined {
  const mayRun = !connection.server.isLoading || command.flags.includes('loading');
  return mayRun ? undefined : LOADING;
}
