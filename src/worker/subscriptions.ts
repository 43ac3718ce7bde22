import type { SubscriptionCommand, SubscriptionKind } from '../commands/command.js';
import { ByteWriter } from '../protocol/bytes.js';
import { matchesGlob } from '../protocol/glob.js';
import { MessageKind, readMessage } from '../protocol/publish-message.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Combiner } from './combiner.js';
import { composeRequest } from './compose-request.js';
import type { Connection } from './connection.js';
import { type Awaited, writeKnown } from './reply-queue.js';

/** What one client is subscribed to as soon as all it has asked for is done. */
export class ClientSubscriptions {
  readonly channel = new Set<string>();
  readonly pattern = new Set<string>();
  readonly shard = new Set<string>();

  get size(): number {
    return this.channel.size + this.pattern.size + this.shard.size;
  }

  /** The number in a confirmation: shard channels count apart. */
  count(kind: SubscriptionKind): number {
    return kind === 'shard' ? this.shard.size : this.channel.size + this.pattern.size;
  }
}

/** A change that is on its way to the master, and the confirmation that waits for it. */
interface Change {
  readonly connection: Connection;
  readonly kind: SubscriptionKind;
  readonly isLeaving: boolean;
  readonly names: readonly string[];
  readonly awaited: Awaited | undefined;
  readonly confirmation: ByteWriter;
}

const WORDS = {
  channel: ['subscribe', 'unsubscribe'],
  pattern: ['psubscribe', 'punsubscribe'],
  shard: ['ssubscribe', 'sunsubscribe'],
} as const;

/** Indexes of the commands that leave, by which the worker tells the master of a client that is gone. */
export type LeavingCommands = Readonly<Record<SubscriptionKind, number>>;

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
    const { kind, isLeaving } = command;
    const own = connection.subscribe();
    const reply = this.#reply;
    const confirmation = new ByteWriter(64);
    reply.out = confirmation;
    reply.protocol = connection.protocol;
    const changed: string[] = [];
    const word = WORDS[kind][isLeaving ? 1 : 0];
    const names = isLeaving && given.length === 0 ? [...own[kind]] : given;
    for (const name of names) {
      const isChange = isLeaving ? own[kind].delete(name) : !own[kind].has(name);
      if (isChange) changed.push(name);
      if (!isLeaving) own[kind].add(name);
      this.#confirm(word, name, own.count(kind));
    }
    if (names.length === 0) this.#confirm(word, undefined, own.count(kind));
    connection.subscribed();
    if (changed.length === 0) {
      writeKnown(connection, confirmation);
      return false;
    }
    const awaited = connection.replies.push(connection, 1, confirmation.length);
    awaited.command = command.index;
    const sent = this.#send(connection, command.index, changed);
    sent.wait(awaited);
    this.#changes.push({ connection, kind, isLeaving, names: changed, awaited, confirmation });
    return true;
  }

  /** The client is gone, or reset: it receives nothing any more. True when the master has to be told. */
  leave(connection: Connection, own: ClientSubscriptions, commands: LeavingCommands): boolean {
    let isTold = false;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      const names = [...own[kind]];
      if (names.length === 0) continue;
      isTold = true;
      for (const name of names) this.#remove(kind, name, connection);
      this.#send(connection, commands[kind], names);
      const confirmation = new ByteWriter(0);
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
    connection.replies.deliver(awaited, confirmation.bytes, 0, confirmation.length);
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

  #confirm(word: string, name: string | undefined, count: number): void {
    const reply = this.#reply;
    reply.push(3);
    reply.bulkText(word);
    if (name === undefined) reply.nil();
    else reply.bulkText(name);
    reply.integer(count);
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
