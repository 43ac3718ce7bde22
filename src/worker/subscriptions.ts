import type { SubscriptionCommand, SubscriptionKind } from '../commands/command.js';
import { allCommands } from '../commands/table.js';
import { ByteWriter } from '../protocol/bytes.js';
import { matchesGlob } from '../protocol/glob.js';
import { MessageKind, readMessage } from '../protocol/publish-message.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner } from './combiner.js';
import { composeRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import type { Awaited } from './reply-queue.js';
import { ClientSubscriptions, type PlannedChange, planChange } from './subscription-plan.js';

/** A change that is on its way to the master, and the confirmation that waits for it. */
interface Change extends PlannedChange {
  readonly connection: Connection;
  readonly awaited: Awaited | undefined;
}

const NO_CONFIRMATION = Buffer.alloc(0);

/** Indexes of the commands by which the worker tells the master of what no client has just asked for. */
const JOINING = {
  channel: indexOf('subscribe'),
  pattern: indexOf('psubscribe'),
  shard: indexOf('ssubscribe'),
};
const LEAVING = {
  channel: indexOf('unsubscribe'),
  pattern: indexOf('punsubscribe'),
  shard: indexOf('sunsubscribe'),
};

/**
 * The subscriptions of this worker's clients.
 *
 *     asked ── the master counts it, and tells so among its answers ──▶ in force, confirmed
 *
 * Invariant: a client is in `#receivers` of a name exactly while the master counts it for that name, as far as the answers
 * have been read. So it gets every message behind its confirmation, and none before it or after it has left.
 */
export class Subscriptions {
  readonly #combiner: Combiner;
  readonly #receivers: Record<SubscriptionKind, Map<string, Set<Connection>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  /** In the order in which they were sent, which is that of the master's answers. */
  readonly #changes: Change[] = [];
  readonly #reply = new ReplyWriter(new ByteWriter(0));
  readonly #monitors = new Set<Connection>();

  constructor(combiner: Combiner) {
    this.#combiner = combiner;
  }

  /** Executes a SubscriptionCommand with these names; true when the master has to be told. */
  change(
    connection: Connection,
    command: SubscriptionCommand & { readonly index: number },
    given: readonly string[],
  ): boolean {
    const change = planChange(connection.subscribe(), command, given, connection.protocol);
    const { names, confirmation } = change;
    connection.subscribed();
    if (names.length === 0) {
      connection.replies.immediate(connection).copy(confirmation, 0, confirmation.length);
      return false;
    }
    const awaited = connection.replies.push(connection, 1, confirmation.length);
    awaited.command = command.index;
    this.#send(connection, command.index, names).wait(awaited);
    this.#changes.push({ ...change, connection, awaited });
    return true;
  }

  /** The client is gone, or reset: it receives nothing any more. True when the master has to be told. */
  leave(connection: Connection, own: ClientSubscriptions): boolean {
    let isTold = false;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      const names = [...own[kind]];
      if (names.length === 0) continue;
      isTold = true;
      for (const name of names) this.#remove(kind, name, connection);
      this.#send(connection, LEAVING[kind], names);
      const confirmation = NO_CONFIRMATION;
      const awaited = undefined;
      this.#changes.push({ connection, kind, isLeaving: true, names, awaited, confirmation });
    }
    return isTold;
  }

  /** The master has counted the oldest change. */
  acknowledged(): void {
    const change = this.#changes.shift();
    if (change === undefined) throw new Error('the master confirmed what nobody asked for');
    const { connection, kind, isLeaving, names, awaited, confirmation } = change;
    for (const name of names) {
      if (isLeaving) this.#remove(kind, name, connection);
      else this.#add(kind, name, connection);
    }
    if (awaited === undefined) return;
    connection.replies.deliver(awaited, confirmation, 0, confirmation.length);
  }

  /** The master has counted a change that a transaction made: it is in force now. */
  apply(connection: Connection, change: PlannedChange): void {
    const { kind, isLeaving, names } = change;
    const own = connection.isGone ? new ClientSubscriptions() : connection.subscribe();
    for (const name of names) {
      if (isLeaving) own[kind].delete(name);
      else own[kind].add(name);
      if (isLeaving) this.#remove(kind, name, connection);
      else this.#add(kind, name, connection);
    }
    if (connection.isGone) this.leave(connection, own);
    else connection.subscribed();
  }

  /** Takes back what `apply` has done, without a word to the client. */
  undo(connection: Connection, { kind, isLeaving, names }: PlannedChange): void {
    // It has left everything.
    if (connection.isGone || names.length === 0) return;
    const own = connection.subscribe();
    for (const name of names) {
      if (isLeaving) own[kind].add(name);
      else own[kind].delete(name);
      if (!isLeaving) this.#remove(kind, name, connection);
    }
    connection.subscribed();
    this.#send(connection, (isLeaving ? JOINING : LEAVING)[kind], names);
    const silently = { awaited: undefined, confirmation: NO_CONFIRMATION };
    this.#changes.push({ connection, kind, isLeaving: !isLeaving, names, ...silently });
  }

  /** Gives a message, whose part has `bytes[start, end)`, to all who are to have it. */
  deliver(kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind === MessageKind.monitor) {
      const line = bytes.subarray(readMessage(bytes, start).payload, end);
      for (const each of this.#monitors) each.observe(line);
      return;
    }
    const { channel, payload } = readMessage(bytes, start);
    const message = bytes.subarray(payload, end);
    const isShard = kind === MessageKind.shard;
    const direct = this.#receivers[isShard ? 'shard' : 'channel'].get(channel);
    for (const each of direct ?? []) {
      this.#push(each, isShard ? 'smessage' : 'message', undefined, channel, message);
    }
    if (isShard || this.#receivers.pattern.size === 0) return;
    const subject = Buffer.from(channel, 'latin1');
    for (const [pattern, receivers] of this.#receivers.pattern) {
      const isMatch = matchesGlob(Buffer.from(pattern, 'latin1'), subject, 0, subject.length);
      if (!isMatch) continue;
      for (const each of receivers) this.#push(each, 'pmessage', pattern, channel, message);
    }
  }

  /** This client gets what MONITOR shows; how many do. */
  watch(connection: Connection): number {
    return this.#monitors.add(connection).size;
  }

  /** How many still do; undefined when this client did not. */
  unwatch(connection: Connection): number | undefined {
    return this.#monitors.delete(connection) ? this.#monitors.size : undefined;
  }

  #push(
    connection: Connection,
    word: string,
    pattern: string | undefined,
    channel: string,
    message: Uint8Array,
  ): void {
    const reply = this.#reply;
    reply.out = connection.replies.unasked(connection);
    reply.protocol = connection.protocol;
    reply.push(pattern === undefined ? 3 : 4);
    reply.bulkText(word);
    if (pattern !== undefined) reply.bulkText(pattern);
    reply.bulkText(channel);
    reply.bulk(message);
  }

  #send(connection: Connection, index: number, names: readonly string[]) {
    const { bytes, count, starts, ends } = composeRequest(['', ...names]);
    const { database, protocol } = connection;
    return this.#combiner.command(database, protocol, index, bytes, count, starts, ends, false);
  }

  #add(kind: SubscriptionKind, name: string, connection: Connection): void {
    const receivers = this.#receivers[kind].get(name);
    if (receivers === undefined) this.#receivers[kind].set(name, new Set([connection]));
    else receivers.add(connection);
  }

  #remove(kind: SubscriptionKind, name: string, connection: Connection): void {
    const receivers = this.#receivers[kind].get(name);
    if (receivers?.delete(connection) && receivers.size === 0) this.#receivers[kind].delete(name);
  }
}

function indexOf(name: string): number {
  const command = allCommands().find((each) => each.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command.index;
}
