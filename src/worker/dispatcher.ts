import { denialOf } from '../acl/permission.js';
import type { Arguments, Command, Take, TakeForm } from '../commands/command.js';
import { resolve } from '../commands/table.js';
import { isSampled } from '../commands/timings.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner, Entry } from './combiner.js';
import { composeRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import { Gate, Mark } from './gate.js';
import type { Hold, Holds } from './holds.js';
import { writeKnown, writeTakes } from './reply-queue.js';
import type { Statistics } from './statistics.js';
import { Subscriptions } from './subscriptions.js';

const MINUS = 45;
/** Redis's words, by which clients know that they should try again. */
const LOADING = 'LOADING Redis is loading the dataset in memory';
const NOT_AUTHENTICATED = 'NOAUTH Authentication required.';
const MAY_NOT_ACCESS = 'NOPERM this user has no permissions to access one of the';

/** Consecutive takes of one connection from a hold: numbers are given already, their replies not written. */
class ServedRun {
  connection: Connection | undefined;
  hold: Hold | undefined;
  form: TakeForm = 'integer';
  /** The value after the first take, and what each adds. */
  first = 0;
  amount = 0;
  count = 0;
}

/** With the microseconds that it took here. */
type ExecutedHandler = (
  connection: Connection,
  request: Arguments,
  command: Command,
  microseconds: number,
) => void;

/** Sends each request where it runs, and leaves a place for its reply in the connection's queue. */
export class Dispatcher {
  readonly #combiner: Combiner;
  readonly #holds: Holds;
  readonly #served = new ServedRun();
  readonly #statistics: Statistics;
  readonly #subscriptions: Subscriptions;
  #onExecuted: ExecutedHandler | undefined;
  readonly gate = new Gate((connection, request) =>
    this.#dispatchMarked(connection, request, resolve(request)),
  );
  readonly #reply = new ReplyWriter(new ByteWriter(0));
  readonly #take: Take = { amount: 0, inUnits: false, form: 'integer' };

  constructor(
    combiner: Combiner,
    holds: Holds,
    statistics: Statistics,
    subscriptions = new Subscriptions(combiner),
  ) {
    this.#combiner = combiner;
    this.#holds = holds;
    this.#statistics = statistics;
    this.#subscriptions = subscriptions;
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
    const refusal = refusalWhileLoading(connection, command);
    if (refusal !== undefined) this.#reject(connection, command, refusal);
    else this.#run(connection, request, command);
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
        this.#refusalBefore(connection, request, command) ??
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
        if (isQuiet) this.#runQuietly(connection, request, command);
        else this.#run(connection, request, command);
        const elapsed = Math.round((performance.now() - startedMs) * 1000);
        this.#onExecuted?.(connection, request, command, elapsed);
      }
    }
    if (connection.replyMode === 'skipping') connection.replyMode = 'on';
  }

  /** Why the client may not run the command; what its rights deny is noted. */
  #refusalBefore(connection: Connection, request: Arguments, command: Command): string | undefined {
    if ((connection.marks & Mark.restricted) === 0) return undefined;
    if (!isAuthenticated(connection, command)) return NOT_AUTHENTICATED;
    const { server, user } = connection;
    const denial = denialOf(server.users.commands, user, command, request);
    if (denial === undefined) return undefined;
    const { reason, position } = denial;
    const object = reason === 'command' ? command.name : request.text(position);
    connection.lastCommand = command.name;
    server.denied(connection, { reason, object });
    if (reason !== 'command') return `${MAY_NOT_ACCESS} ${reason}s used as arguments`;
    return `NOPERM this user has no permissions to run the '${command.name}' command`;
  }

  #run(connection: Connection, request: Arguments, command: Command): void {
    connection.lastCommand = command.name;
    if (isSampled(this.#statistics.called(command.index))) {
      const startedMs = performance.now();
      this.#start(connection, request, command);
      this.#statistics.timings.record(command.index, performance.now() - startedMs);
    } else this.#start(connection, request, command);
  }

  #start(connection: Connection, request: Arguments, command: Command): void {
    if (command.runs === 'take') {
      const error = command.take(request, this.#take);
      if (error === undefined) this.#dispatchTake(connection, request, command.index);
      else {
        this.settle();
        this.#statistics.failed(command.index, 1, error);
        connection.replies.immediate(connection).latin1(`-${error}\r\n`);
      }
    } else if (command.runs === 'worker') this.#execute(connection, request, command);
    else if (command.runs === 'subscription') this.#subscribe(connection, request, command);
    else this.#forward(connection, request, command);
  }

  /** Runs a command whose reply nobody wants, but for what brings replies back. */
  #runQuietly(connection: Connection, request: Arguments, command: Command): void {
    if (command.runs === 'subscription') {
      this.#run(connection, request, command);
      return;
    }
    connection.lastCommand = command.name;
    this.#statistics.called(command.index);
    if (command.runs === 'take') {
      const take = this.#take;
      const error = command.take(request, take);
      take.form = 'none';
      if (error === undefined) this.#dispatchTake(connection, request, command.index);
      else this.#statistics.failed(command.index, 1, error);
      this.settle();
    } else if (command.runs === 'worker') {
      const unwanted = new ByteWriter(64);
      this.#executeInto(unwanted, connection, request, command);
      if (connection.replyMode === 'on') writeKnown(connection, unwanted);
    } else {
      this.#forward(connection, request, command);
      if (connection.replies.last !== undefined) connection.replies.last.form = 'none';
    }
  }

  /** Writes the replies of the takes that were served from a hold. */
  settle(): void {
    const served = this.#served;
    if (served.count === 0) return;
    const out = (served.connection as Connection).output();
    writeTakes(out, served.form, served.first, served.amount, served.count, served.amount);
    served.count = 0;
    served.connection = undefined;
    served.hold = undefined;
  }

  /** `#take` says what it asks for. */
  #dispatchTake(connection: Connection, request: Arguments, command: number): void {
    const take = this.#take;
    const { starts, ends, bytes } = request;
    const start = starts[1] as number;
    const end = ends[1] as number;
    const { database } = connection;
    const hold = this.#holds.find(database, bytes, start, end);
    if (hold !== undefined) {
      if (hold.isReady ? this.#serve(connection, hold) : this.#wait(connection, hold, command))
        return;
      this.#holds.release(hold);
    }
    this.settle();
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    const entry = this.#combiner.take(database, take.amount, take.inUnits, bytes, start, end);
    this.#await(connection, entry, command);
  }

  /** Takes from a hold, if it has as much and the connection has nothing at the master. */
  #serve(connection: Connection, hold: Hold): boolean {
    const { amount, form } = this.#take;
    if (typeof amount !== 'number' || amount <= 0 || amount > hold.left) return false;
    if (!connection.replies.isEmpty) return false;
    const served = this.#served;
    const isSame = served.hold === hold && served.amount === amount && served.form === form;
    if (!isSame || served.count === 0) {
      this.settle();
      served.connection = connection;
      served.hold = hold;
      served.form = form;
      served.amount = amount;
      served.first = hold.value + amount;
    }
    served.count++;
    this.#statistics.takesFromHolds++;
    this.#holds.take(hold, amount);
    return true;
  }

  /** Waits for a hold to become ready. */
  #wait(connection: Connection, hold: Hold, command: number): boolean {
    const { amount, inUnits } = this.#take;
    if (typeof amount !== 'number' || amount <= 0) return false;
    this.settle();
    const entry = this.#holds.waitingEntry(hold, amount, inUnits, connection.replies.last);
    if (entry === undefined) return false;
    this.#await(connection, entry, command);
    return true;
  }

  /** Leaves a place for a take that waits for `entry`. */
  #await(connection: Connection, entry: Entry, command: number): void {
    const take = this.#take;
    const last = connection.replies.last;
    if (
      last !== undefined &&
      last.state === 'waiting' &&
      last.entry === entry &&
      last.form === take.form
    ) {
      last.count++;
      return;
    }
    const awaited = connection.replies.push(connection, 1, 0);
    awaited.form = take.form;
    awaited.span = take.amount;
    awaited.command = command;
    wait(entry, awaited);
  }

  #execute(
    connection: Connection,
    request: Arguments,
    command: Command & { runs: 'worker' },
  ): void {
    this.#executeInto(connection.replies.immediate(connection), connection, request, command);
  }

  #executeInto(
    out: ByteWriter,
    connection: Connection,
    request: Arguments,
    command: Command & { runs: 'worker' },
  ): void {
    const at = out.length;
    const reply = this.#reply;
    reply.out = out;
    reply.protocol = connection.protocol;
    command.execute(connection, request, reply);
    if (out.bytes[at] === MINUS && out.length > at) {
      this.#statistics.failed(command.index, 1, errorText(out.bytes, at, out.length));
    }
  }

  #subscribe(
    connection: Connection,
    request: Arguments,
    command: Command & { runs: 'subscription' },
  ): void {
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    const names: string[] = [];
    for (let i = 1; i < request.count; i++) names.push(request.text(i));
    this.#subscriptions.change(connection, command, names);
  }

  #forward(connection: Connection, given: Arguments, command: Command): void {
    if (command.runs === 'server') {
      if (command.before?.(connection) === false) return;
      if (command.isBarrier === true) this.gate.wait(connection);
    }
    const request = takesId(command) ? withId(connection, given) : given;
    const { bytes, count, starts, ends } = request;
    const [first, last] = command.keys;
    const hasOneKey = first === 1 && last === 1;
    if (hasOneKey && this.#holds.size > 0) {
      // The master would have to ask for it.
      const hold = this.#holds.find(
        connection.database,
        bytes,
        starts[1] as number,
        ends[1] as number,
      );
      if (hold !== undefined) this.#holds.release(hold);
    }
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    const entry = this.#combiner.command(
      connection.database,
      connection.protocol,
      command.index,
      bytes,
      count,
      starts,
      ends,
      hasOneKey,
    );
    const cost = (ends[count - 1] as number) - (starts[0] as number);
    const awaited = connection.replies.push(connection, 1, cost);
    awaited.command = command.index;
    wait(entry, awaited);
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

function isAuthenticated(connection: Connection, command: Command): boolean {
  return !connection.mustAuthenticate || command.flags.includes('no_auth');
}

/** For a connection of which nothing has to be looked at but its rights. */
function isAllowed(connection: Connection, request: Arguments, command: Command | string): boolean {
  if (typeof command === 'string') return true;
  if (!isAuthenticated(connection, command)) return false;
  const { commands } = connection.server.users;
  return denialOf(commands, connection.user, command, request) === undefined;
}

function refusalWhileLoading(connection: Connection, command: Command): string | undefined {
  const mayRun = !connection.server.isLoading || command.flags.includes('loading');
  return mayRun ? undefined : LOADING;
}

function takesId(command: Command): boolean {
  return command.runs === 'server' && command.takesId === true;
}

function withId(connection: Connection, request: Arguments): Arguments {
  const words: string[] = [];
  for (let i = 0; i < request.count; i++) words.push(request.text(i));
  return composeRequest([...words, String(connection.id)]);
}

type Place = ReturnType<Connection['replies']['push']>;

function wait(entry: Entry, awaited: Place): void {
  awaited.entry = entry;
  entry.wait(awaited);
}

/** The text of an error reply that starts at `at`, for the statistics. */
export function errorText(bytes: Buffer, at: number, end: number): string {
  return bytes.toString('latin1', at + 1, Math.min(end, at + 32));
}
