import {
  type Arguments,
  type Command,
  CommandError,
  type MasterCommand,
  type ServerCommand,
  type Take,
  type TakeCommand,
} from '../commands/command.js';
import { additionsOf } from '../commands/facts.js';
import { shownWords } from '../commands/monitor.js';
import type { ServerControl } from '../commands/server-control.js';
import { trimmedWords } from '../commands/slow-log.js';
import { allCommands } from '../commands/table.js';
import { writeTakes } from '../commands/take-reply.js';
import { isSampled, Timings } from '../commands/timings.js';
import type { Slowness } from '../config/slowness.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { SlowPart } from '../protocol/slow-message.js';
import { type Allocator, Grant } from './allocator.js';
import type { KeyspaceView } from './keyspace-view.js';
import type { Sequences } from './sequences.js';

/** By index: the commands that need no clock reading, unless somebody wants to know of short times. */
const isFast = allCommands().map((command) => command.flags.includes('fast'));

/** Executes commands one by one, whatever they came in: a frame, a transaction, a script. */
export class SingleCommands {
  readonly timings = new Timings();
  /** Which commands' times somebody wants to know. */
  slow: Slowness = { from: Number.POSITIVE_INFINITY, isPrecise: false };
  /** The reply to the last command, until the next, and the lsn that it waits for. */
  readonly reply = new ByteWriter(4096);
  waitLsn = 0;
  readonly #sequences: Sequences;
  readonly #allocator: Allocator;
  readonly #keyspace: KeyspaceView;
  readonly #server: ServerControl;
  readonly #writer = new ReplyWriter(this.reply);
  readonly #take: Take = { amount: 0, inUnits: false, form: 'integer' };
  readonly #grant = new Grant();
  readonly #calls = new Uint32Array(allCommands().length);

  constructor(
    sequences: Sequences,
    allocator: Allocator,
    keyspace: KeyspaceView,
    server: ServerControl,
  ) {
    this.#sequences = sequences;
    this.#allocator = allocator;
    this.#keyspace = keyspace;
    this.#server = server;
  }

  /** Counts a call; when it began, or -1 when nobody wants to know how long it takes. */
  begin(index: number): number {
    const call = (this.#calls[index] as number) + 1;
    this.#calls[index] = call;
    const isTimed = this.slow.isPrecise || !isFast[index] || isSampled(call);
    return isTimed ? performance.now() : -1;
  }

  /** Records how long a call took; what is to be told of it when that was long. */
  end(command: Command, request: Arguments, startedMs: number): SlowPart | undefined {
    if (startedMs < 0) return undefined;
    const elapsedMs = performance.now() - startedMs;
    this.timings.record(command.index, elapsedMs);
    const microseconds = Math.round(elapsedMs * 1000);
    if (microseconds < this.slow.from || command.flags.includes('skip_slowlog')) return undefined;
    const words = shownWords(command, request);
    words.length -= additionsOf(command);
    return {
      event: isFast[command.index] ? 'fast-command' : 'command',
      microseconds,
      words: trimmedWords(words),
    };
  }

  /** The same for a command that was executed in steps, of whose words these are the first. */
  endInSteps(
    index: number,
    busyMs: number,
    words: readonly string[],
    total: number,
  ): SlowPart | undefined {
    this.timings.record(index, busyMs);
    const microseconds = Math.round(busyMs * 1000);
    if (microseconds < this.slow.from) return undefined;
    const event = isFast[index] ? 'fast-command' : 'command';
    return { event, microseconds, words: trimmedWords(words, total) };
  }

  /** Executes a command on the sequences. */
  execute(command: MasterCommand, request: Arguments, database: number, protocol: number): void {
    this.#keyspace.begin(database);
    this.write(protocol, (reply) => command.execute(this.#keyspace, request, reply));
    this.waitLsn = this.#keyspace.waitLsn;
  }

  /** Executes a take that stands alone, in one run with no others. */
  take(command: TakeCommand, request: Arguments, database: number, protocol: number): void {
    const take = this.#take;
    this.waitLsn = 0;
    this.write(protocol, () => {
      const error = command.take(request, take);
      if (error !== undefined) throw new CommandError(error);
      const table = this.#sequences.table(database);
      const { bytes } = request;
      const [start, end] = [request.starts[1] as number, request.ends[1] as number];
      const found = this.#sequences.findForTake(table, bytes, start, end);
      const grant = this.#grant;
      this.#allocator.take(table, found, bytes, start, end, take.amount, 1, grant);
      if (grant.granted === 0) throw new CommandError(grant.refusal);
      if (grant.durable === 0) this.waitLsn = grant.lsn;
      const form = take.form === 'line' ? 'integer' : take.form;
      writeTakes(this.reply, form, grant.first, grant.step, 1, take.amount);
    });
  }

  /** Executes a command over all processes; `answer` is called once, then or later, when the reply is in `reply`. */
  ask(command: ServerCommand, request: Arguments, protocol: number, answer: () => void): void {
    const finish = (write: (reply: ReplyWriter) => void) => {
      this.write(protocol, write);
      this.waitLsn = 0;
      answer();
    };
    try {
      command.execute(this.#server, request, finish);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      finish((reply) => reply.error(error.message));
    }
  }

  /** Writes a reply, or the error that was thrown instead. */
  write(protocol: number, write: (reply: ReplyWriter) => void): void {
    const writer = this.#writer;
    this.reply.reset();
    writer.protocol = protocol === 3 ? 3 : 2;
    try {
      write(writer);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.reply.reset();
      writer.error(error.message);
    }
  }
}
