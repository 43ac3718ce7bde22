import type { Arguments, Command, Take } from '../commands/command.js';
import { isSampled } from '../commands/timings.js';
import { requestBytes } from '../commands/words.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner } from './combiner.js';
import { composeRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import type { Gate } from './gate.js';
import type { Holds } from './holds.js';
import { writeKnown } from './reply-queue.js';
import { rightsOfScript } from './rights.js';
import { errorText, type Statistics } from './statistics.js';
import type { Subscriptions } from './subscriptions.js';
import { Takes } from './takes.js';
import { Transactions } from './transactions.js';

const MINUS = 45;

/** Runs commands that may run, each where its row says, and leaves a place for its reply in the connection's queue. */
export class Runner {
  readonly #combiner: Combiner;
  readonly #holds: Holds;
  readonly #statistics: Statistics;
  readonly #subscriptions: Subscriptions;
  readonly #gate: Gate;
  readonly #takes: Takes;
  readonly transactions: Transactions;
  readonly #reply = new ReplyWriter(new ByteWriter(0));
  readonly #take: Take = { amount: 0, inUnits: false, form: 'integer' };

  constructor(
    combiner: Combiner,
    holds: Holds,
    statistics: Statistics,
    subscriptions: Subscriptions,
    gate: Gate,
  ) {
    this.#combiner = combiner;
    this.#holds = holds;
    this.#statistics = statistics;
    this.#subscriptions = subscriptions;
    this.#gate = gate;
    this.#takes = new Takes(combiner, holds, statistics);
    this.transactions = new Transactions(
      combiner,
      holds,
      statistics,
      subscriptions,
      gate,
      (...where) => this.#executeInto(...where),
    );
  }

  run(connection: Connection, request: Arguments, command: Command): void {
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
      if (error === undefined) this.#takes.run(connection, request, this.#take, command.index);
      else {
        this.#takes.settle();
        this.#statistics.failed(command.index, 1, error);
        connection.replies.immediate(connection).latin1(`-${error}\r\n`);
      }
    } else if (command.runs === 'worker') this.#execute(connection, request, command);
    else if (command.runs === 'subscription') this.#subscribe(connection, request, command);
    else if (command.runs === 'transaction') {
      const text = this.transactions.run(connection, request, command);
      if (text !== undefined) this.#answer(connection, command, text);
    } else this.#forward(connection, request, command);
  }

  /** Runs a command whose reply nobody wants, but for what brings replies back. */
  runQuietly(connection: Connection, request: Arguments, command: Command): void {
    if (command.runs === 'subscription') {
      this.run(connection, request, command);
      return;
    }
    connection.lastCommand = command.name;
    this.#statistics.called(command.index);
    if (command.runs === 'take') {
      const take = this.#take;
      const error = command.take(request, take);
      take.form = 'none';
      if (error === undefined) this.#takes.run(connection, request, take, command.index);
      else this.#statistics.failed(command.index, 1, error);
      this.#takes.settle();
    } else if (command.runs === 'worker') {
      const unwanted = new ByteWriter(64);
      this.#executeInto(unwanted, connection, request, command);
      if (connection.replyMode === 'on') writeKnown(connection, unwanted);
    } else {
      if (command.runs !== 'transaction') this.#forward(connection, request, command);
      else if (this.transactions.run(connection, request, command) !== undefined) return;
      if (connection.replies.last !== undefined) connection.replies.last.form = 'none';
    }
  }

  /** Writes the replies of the takes that were served from a hold. */
  settle(): void {
    this.#takes.settle();
  }

  #answer(connection: Connection, command: Command, text: string): void {
    if (text.startsWith('-')) this.#statistics.failed(command.index, 1, text.slice(1, 32));
    connection.replies.immediate(connection).latin1(text);
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
    if (command.runs === 'master' && this.#combiner.parcels.takes(command, given.count)) {
      this.#sendInPieces(connection, given, command);
      return;
    }
    if (command.runs === 'server') {
      if (command.before?.(connection) === false) return;
      if (command.isBarrier === true) this.#gate.wait(connection);
      connection.serverRequest = { command: command.name, bytes: requestBytes(given) };
    }
    const request = withAddition(connection, given, command);
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
    entry.wait(awaited);
  }

  /** What the connection sends behind it waits for its reply, since what others send meanwhile may be executed before it. */
  #sendInPieces(connection: Connection, request: Arguments, command: Command): void {
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    this.#gate.wait(connection);
    const entry = this.#combiner.newEntry();
    const { database, protocol } = connection;
    this.#combiner.parcels.add(entry.tag, protocol, database, command.index, request);
    const awaited = connection.replies.push(connection, 1, 0);
    awaited.command = command.index;
    entry.wait(awaited);
  }
}

/** What the master is to know of who sends it stands behind the client's words. */
function withAddition(connection: Connection, request: Arguments, command: Command): Arguments {
  let additions: readonly string[];
  if (command.runs === 'script') additions = rightsOfScript(connection, connection.user);
  else if (command.runs === 'server' && command.takesId === true)
    additions = [String(connection.id)];
  else return request;
  const words: string[] = [];
  for (let i = 0; i < request.count; i++) words.push(request.text(i));
  return composeRequest([...words, ...additions]);
}
