import type {
  Arguments,
  Command,
  SubscriptionCommand,
  TransactionCommand,
} from '../commands/command.js';
import { allCommands } from '../commands/table.js';
import { ByteWriter } from '../protocol/bytes.js';
import {
  composeTransaction,
  type QueuedItem,
  readTransactionPart,
} from '../protocol/transaction-message.js';
import type { Combiner } from './combiner.js';
import { composeRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import { type Gate, Mark } from './gate.js';
import type { Holds } from './holds.js';
import { type Awaited, ReplyQueue } from './reply-queue.js';
import { refusalAtExec, rightsOf, rightsOfScript } from './rights.js';
import { SessionDraft } from './session-draft.js';
import { errorText, type Statistics } from './statistics.js';
import { type ClientSubscriptions, type PlannedChange, planChange } from './subscription-plan.js';
import type { Subscriptions } from './subscriptions.js';
import { type QueuedCommand, Transaction } from './transaction.js';

const MINUS = 45;
const EXEC = named('exec');
const UNWATCH = named('unwatch');
const NO_MONITOR = "-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n";

const NO_SHARDS = "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n";

/** What the worker itself answers within a transaction. */
type OwnAnswer =
  | { readonly kind: 'run'; readonly command: Command & { runs: 'worker' } }
  | { readonly kind: 'known'; readonly bytes: Uint8Array };

/** An EXEC that the master has, and what becomes of its answer. */
interface SentTransaction {
  readonly connection: Connection;
  readonly transaction: Transaction;
  readonly queued: readonly QueuedCommand[];
  readonly items: readonly QueuedItem[];
  /** By position. */
  readonly own: readonly (OwnAnswer | undefined)[];
  /** Changes of subscriptions by position, and those that the master has told of. */
  readonly changes: ReadonlyMap<number, PlannedChange>;
  readonly applied: PlannedChange[];
}

/** How a queued command that the worker answers is run: into `out`. */
type RunHere = (
  out: ByteWriter,
  connection: Connection,
  request: Arguments,
  command: Command & { runs: 'worker' },
) => void;

/** MULTI to EXEC, for the clients of this worker. */
export class Transactions {
  readonly #combiner: Combiner;
  readonly #holds: Holds;
  readonly #statistics: Statistics;
  readonly #subscriptions: Subscriptions;
  readonly #gate: Gate;
  readonly #runHere: RunHere;
  /** Clients whose watches the master knows, by id. */
  readonly #watching = new Map<number, Connection>();
  readonly #sent = new Map<Awaited, SentTransaction>();
  /** Owns the places that nobody waits for. */
  readonly #nobody = {
    replies: new ReplyQueue(),
    output: () => new ByteWriter(16),
    owe: () => {},
  };
  /** Is told of each command that an EXEC has executed, then of the EXEC. */
  onExecuted: (
    connection: Connection,
    request: Arguments,
    command: Command,
    database: number,
  ) => void = () => {};

  constructor(
    combiner: Combiner,
    holds: Holds,
    statistics: Statistics,
    subscriptions: Subscriptions,
    gate: Gate,
    runHere: RunHere,
  ) {
    this.#combiner = combiner;
    this.#holds = holds;
    this.#statistics = statistics;
    this.#subscriptions = subscriptions;
    this.#gate = gate;
    this.#runHere = runHere;
  }

  /** Runs one of the commands about transactions: its reply, or undefined when a place waits for the master's. */
  run(
    connection: Connection,
    request: Arguments,
    command: Command & TransactionCommand,
  ): string | undefined {
    const { transaction } = connection;
    switch (command.act) {
      case 'begin':
        if (transaction?.isOpen) return '-ERR MULTI calls can not be nested\r\n';
        connection.beginTransaction();
        return '+OK\r\n';
      case 'discard':
        if (!transaction?.isOpen) return '-ERR DISCARD without MULTI\r\n';
        return this.#forget(connection, transaction, command);
      case 'unwatch':
        if (transaction === undefined) return '+OK\r\n';
        return this.#forget(connection, transaction, command);
      case 'watch':
        if (transaction?.isOpen) return '-ERR WATCH inside MULTI is not allowed\r\n';
        this.#watch(connection, request, command);
        return undefined;
      case 'execute':
        return this.#exec(connection, transaction, command);
    }
  }

  /** The reply to an EXEC that may not be executed for this reason; nothing is left of the transaction. */
  abort(connection: Connection, reason: string): string {
    this.drop(connection);
    return `EXECABORT Transaction discarded because of: ${reason.replace(/^ERR /, '')}`;
  }

  /** Nothing is queued or watched any more, and no reply tells of it. */
  drop(connection: Connection): void {
    const { transaction } = connection;
    if (transaction === undefined) return;
    if (transaction.isWatching) this.#unwatchSilently(connection);
    this.#end(connection);
  }

  /** A `transaction` part has come: the whole reply. */
  executed(awaited: Awaited, bytes: Buffer, start: number, count: number): void {
    const sent = this.#sent.get(awaited);
    if (sent === undefined) throw new Error('the master executed what nobody sent');
    this.#sent.delete(awaited);
    const { connection, transaction, queued, items, own } = sent;
    const out = new ByteWriter(64);
    out.latin1(`*${count}\r\n`);
    // What is run here is still within it, and shown so; the client may have begun another.
    const current = connection.transaction;
    connection.transaction = transaction;
    readTransactionPart(bytes, start, count).forEach((reply, i) => {
      const { command, request } = queued[i] as QueuedCommand;
      this.#statistics.called(command.index);
      const mine = own[i];
      const at = out.length;
      // The master has a reply to what is ours when it is not allowed any more.
      if (mine?.kind === 'run' && reply === undefined) {
        this.#runHere(out, connection, request, mine.command);
      } else {
        const known = reply ?? (mine as OwnAnswer & { kind: 'known' }).bytes;
        out.copy(known, 0, known.length);
        if (out.bytes[at] === MINUS) {
          this.#statistics.failed(command.index, 1, errorText(out.bytes, at, out.length));
        }
      }
      // CLIENT REPLY OFF among the commands silences those behind it, and itself.
      if (connection.replyMode === 'off') out.length = at;
      const database = mine === undefined ? items[i]?.database : connection.database;
      this.onExecuted(connection, request, command, database ?? 0);
    });
    connection.transaction = current;
    this.#told(connection);
    connection.replies.deliver(awaited, out.bytes, 0, out.length);
  }

  /** A reply has come for a place: if that is an EXEC's, it was not executed, or was taken back. */
  refused(awaited: Awaited): void {
    const sent = this.#sent.get(awaited);
    if (sent === undefined) return;
    this.#sent.delete(awaited);
    for (const change of sent.applied.reverse()) this.#subscriptions.undo(sent.connection, change);
    this.#told(sent.connection);
  }

  /** The master has counted the change of subscriptions at this position; false when it was none of a transaction's. */
  subscribed(awaited: Awaited | undefined, at: number): boolean {
    const sent = awaited === undefined ? undefined : this.#sent.get(awaited);
    const change = sent?.changes.get(at);
    if (sent === undefined || change === undefined || awaited === undefined) return false;
    this.#subscriptions.apply(sent.connection, change);
    sent.applied.push(change);
    // What is published from now on comes behind this reply, whenever that is durable.
    awaited.isDelivered = true;
    return true;
  }

  /** The master has told that something which the client watches has changed. */
  touched(client: number): void {
    const transaction = this.#watching.get(client)?.transaction;
    if (transaction !== undefined) transaction.isTouched = true;
  }

  #end(connection: Connection): void {
    this.#watching.delete(connection.id);
    connection.endTransaction();
  }

  #forget(
    connection: Connection,
    transaction: Transaction,
    command: Command & TransactionCommand,
  ): string | undefined {
    const { isWatching } = transaction;
    this.#end(connection);
    if (!isWatching) return '+OK\r\n';
    this.#send(connection, command, composeRequest([command.name, String(connection.id)]));
    return undefined;
  }

  #watch(connection: Connection, request: Arguments, command: Command & TransactionCommand): void {
    connection.transaction ??= new Transaction();
    this.#watching.set(connection.id, connection);
    const words = ['watch'];
    for (let i = 1; i < request.count; i++) {
      const name = request.text(i);
      words.push(name);
      connection.transaction.watch(connection.database, name);
    }
    this.#send(connection, command, composeRequest([...words, String(connection.id)]));
  }

  #exec(
    connection: Connection,
    transaction: Transaction | undefined,
    command: Command & TransactionCommand,
  ): string | undefined {
    if (!transaction?.isOpen) {
      this.#told(connection);
      return '-ERR EXEC without MULTI\r\n';
    }
    if (transaction.state === 'refused') {
      this.drop(connection);
      this.#told(connection);
      return '-EXECABORT Transaction discarded because of previous errors.\r\n';
    }
    const sent = this.#prepare(connection, transaction);
    this.#end(connection);
    // What a command did here, or changes everywhere, the client's next ones must see.
    const isBarrier = sent.queued.some(({ command }) => isBarrierCommand(command));
    if (isBarrier || sent.own.some((own) => own !== undefined)) this.#gate.wait(connection);
    const words = composeTransaction(connection.id, sent.items);
    const request = { ...words, text: () => '' };
    this.#sent.set(this.#send(connection, command, request), sent);
    return undefined;
  }

  /** Follows the commands in their order: in which database and protocol each is executed, and where. */
  #prepare(connection: Connection, transaction: Transaction): SentTransaction {
    const draft = new SessionDraft(connection);
    const { queued } = transaction;
    const items: QueuedItem[] = [];
    const own: (OwnAnswer | undefined)[] = [];
    const changes = new Map<number, PlannedChange>();
    let subscriptions: ClientSubscriptions | undefined;
    let checkedFrom = Number.POSITIVE_INFINITY;
    for (const [at, { command, request }] of queued.entries()) {
      const { database, protocol } = draft;
      let words: Arguments | undefined = request;
      let answer: OwnAnswer | undefined;
      const isUnlimited =
        (connection.marks & Mark.restricted) === 0 && draft.user === connection.user;
      const denial =
        isUnlimited || at >= checkedFrom
          ? undefined
          : refusalAtExec(connection, draft.user, request, command);
      if (denial !== undefined) {
        words = undefined;
        answer = { kind: 'known', bytes: errorBytes(denial) };
      } else if (command.runs === 'worker') {
        words = undefined;
        // Where the answer has come, the connection may be subscribed by what stands behind it.
        answer =
          command.name === 'ping'
            ? { kind: 'known', bytes: draft.answer(command, request) }
            : { kind: 'run', command };
        draft.follow(command, request);
      } else if (command.runs === 'subscription' && isForShards(command)) {
        words = undefined;
        answer = { kind: 'known', bytes: Buffer.from(NO_SHARDS) };
      } else if (command.runs === 'subscription') {
        subscriptions ??= connection.subscribe().copy();
        const given = wordsBehindName(request);
        const change = planChange(subscriptions, command, given, protocol);
        answer = { kind: 'known', bytes: change.confirmation };
        draft.isSubscriber = subscriptions.size > 0;
        words = change.names.length > 0 ? composeRequest(['', ...change.names]) : undefined;
        if (words !== undefined) changes.set(at, change);
      } else if (command.runs === 'transaction') {
        words = undefined;
        answer = { kind: 'known', bytes: Buffer.from('+OK\r\n') };
      } else if (command.runs === 'server') {
        if (command.before !== undefined) {
          words = undefined;
          answer = { kind: 'known', bytes: Buffer.from(NO_MONITOR) };
        } else if (command.takesId === true) {
          words = composeRequest([...wordsOf(request), String(connection.id)]);
        }
      } else if (command.runs === 'script') {
        const rights = rightsOfScript(connection, draft.user, at >= checkedFrom);
        words = composeRequest([...wordsOf(request), ...rights]);
      }
      if (words !== undefined) this.#releaseHold(database, command, words);
      const item = { index: command.index, database, protocol, words };
      if (at < checkedFrom) items.push(item);
      else {
        const rights = rightsOf(connection, draft.user);
        items.push({ ...item, check: { rights, words: words ?? request } });
      }
      own.push(answer);
      if (isBarrierCommand(command)) checkedFrom = Math.min(checkedFrom, at + 1);
    }
    return { connection, transaction, queued, items, own, changes, applied: [] };
  }

  #releaseHold(database: number, command: Command, { bytes, starts, ends }: Arguments): void {
    if (this.#holds.size === 0 || command.keys[0] !== 1) return;
    const hold = this.#holds.find(database, bytes, starts[1] as number, ends[1] as number);
    if (hold !== undefined) this.#holds.release(hold);
  }

  #send(connection: Connection, command: Command, request: Arguments): Awaited {
    if (!connection.replies.isEmpty) this.#holds.releaseWaiting();
    const { bytes, count, starts, ends } = request;
    const { database, protocol } = connection;
    const { index } = command;
    const entry = this.#combiner.command(
      database,
      protocol,
      index,
      bytes,
      count,
      starts,
      ends,
      false,
    );
    const awaited = connection.replies.push(connection, 1, bytes.length);
    awaited.command = index;
    entry.wait(awaited);
    return awaited;
  }

  #unwatchSilently(connection: Connection): void {
    const { index } = UNWATCH;
    const { bytes, count, starts, ends } = composeRequest(['unwatch', String(connection.id)]);
    const entry = this.#combiner.command(0, 2, index, bytes, count, starts, ends, false);
    const awaited = this.#nobody.replies.push(this.#nobody, 1, 0);
    awaited.command = index;
    awaited.form = 'none';
    entry.wait(awaited);
  }

  #told(connection: Connection): void {
    this.onExecuted(connection, composeRequest(['exec']), EXEC, connection.database);
  }
}

/** In Redis it is the one kind of subscription that a transaction has no place for. */
function isForShards({ kind, isLeaving }: SubscriptionCommand): boolean {
  return kind === 'shard' && !isLeaving;
}

function errorBytes(text: string): Buffer {
  return Buffer.from(`-${text}\r\n`, 'latin1');
}

function isBarrierCommand(command: Command): boolean {
  return command.runs === 'server' && command.isBarrier === true;
}

function named(name: string): Command {
  const command = allCommands().find((each) => each.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}

function wordsOf(request: Arguments): string[] {
  const words: string[] = [];
  for (let i = 0; i < request.count; i++) words.push(request.text(i));
  return words;
}

function wordsBehindName(request: Arguments): string[] {
  return wordsOf(request).slice(1);
}
