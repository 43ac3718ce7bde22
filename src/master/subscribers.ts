import type { Arguments, SubscriptionKind } from '../commands/command.js';
import type { Channels } from '../commands/server-control.js';
import type { FrameWriter } from '../protocol/frame.js';
import { matchesGlob } from '../protocol/glob.js';
import { MessageKind, writeMessagePart } from '../protocol/publish-message.js';
import type { HeldMessage, HeldReplies } from './held-replies.js';

/** A worker, as messages are sent to it: `open` before `out` is written to. */
export interface Listener {
  readonly out: FrameWriter;
  /** What waits for the disk. */
  readonly held: Pick<HeldReplies, 'message'>;
  open(): void;
}

/** How many clients of each worker are subscribed. */
type Counts = Map<Listener, number>;

/**
 * Who is subscribed to what, by worker. A worker names each change of one of its clients once; what it delivers to whom
 * is its own business.
 *
 * Invariants: there is an entry for a name exactly while somebody is subscribed to it. A message that a script sends leaves when what the script has
 * seen or changed is durable (rule 1), and messages leave in the order in which they were published, events of names apart.
 */
export class Subscribers implements Channels {
  readonly #counts: Record<SubscriptionKind, Map<string, Counts>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  readonly #settledLsn: () => number;
  /** What the message that is being published waits for, and the last one that had to wait: no later one may go ahead of it. */
  #causeLsn = 0;
  #lastLsn = 0;

  /** By default nothing waits for the disk. */
  constructor(settledLsn = () => Number.POSITIVE_INFINITY) {
    this.#settledLsn = settledLsn;
  }

  /** Takes in that one client of the worker joined or left each of the names behind argument 0. */
  change(
    listener: Listener,
    how: { readonly kind: SubscriptionKind; readonly isLeaving: boolean },
    request: Arguments,
  ): void {
    for (let i = 1; i < request.count; i++) {
      this.#add(how.kind, request.text(i), listener, how.isLeaving ? -1 : 1);
    }
  }

  /** The worker is gone, and its clients with it. */
  forget(listener: Listener): void {
    for (const names of Object.values(this.#counts)) {
      for (const [name, counts] of names) {
        if (counts.delete(listener) && counts.size === 0) names.delete(name);
      }
    }
  }

  publish(kind: 'channel' | 'shard', channel: string, message: Uint8Array): number {
    const listeners = new Set<Listener>();
    const receivers = this.#receivers(kind, channel, listeners);
    const settledLsn = this.#settledLsn();
    const isDurable = this.#causeLsn <= settledLsn;
    this.#lastLsn = Math.max(this.#lastLsn, this.#causeLsn);
    if (this.#lastLsn > settledLsn) {
      const payload = Buffer.from(message);
      const held = { kind, channel, payload, isDurable };
      for (const listener of listeners) listener.held.message(this.#lastLsn, held);
      return receivers;
    }
    for (const listener of listeners) {
      listener.open();
      writeMessagePart(listener.out, MessageKind[kind], channel, message);
    }
    return receivers;
  }

  /** What `act` publishes may tell of what is durable with `lsn`, and waits for that; what is published later stays behind it. */
  because(lsn: number, act: () => void): void {
    this.#causeLsn = lsn;
    try {
      act();
    } finally {
      this.#causeLsn = 0;
    }
  }

  /** Publishes to a channel when `lsn` is durable, among what waits for it, to those who are subscribed now. */
  publishLater(lsn: number, message: HeldMessage): void {
    const listeners = new Set<Listener>();
    this.#receivers('channel', message.channel, listeners);
    for (const listener of listeners) listener.held.message(lsn, message);
  }

  /** Adds the workers whose clients are subscribed; how many clients they have. */
  #receivers(kind: 'channel' | 'shard', channel: string, listeners: Set<Listener>): number {
    const direct = this.#counts[kind].get(channel);
    let receivers = collect(direct, listeners);
    if (kind === 'shard' || this.#counts.pattern.size === 0) return receivers;
    const subject = Buffer.from(channel, 'latin1');
    for (const [pattern, counts] of this.#counts.pattern) {
      if (matches(pattern, subject)) receivers += collect(counts, listeners);
    }
    return receivers;
  }

  names(kind: 'channel' | 'shard'): string[] {
    return [...this.#counts[kind].keys()];
  }

  subscribers(kind: 'channel' | 'shard', channel: string): number {
    return collect(this.#counts[kind].get(channel));
  }

  get patterns(): number {
    return this.#counts.pattern.size;
  }

  #add(kind: SubscriptionKind, name: string, listener: Listener, by: number): void {
    const names = this.#counts[kind];
    const counts: Counts = names.get(name) ?? new Map();
    const count = (counts.get(listener) ?? 0) + by;
    if (count < 0) throw new Error('a worker left what it had not joined');
    if (count > 0) {
      counts.set(listener, count);
      names.set(name, counts);
    } else if (counts.delete(listener) && counts.size === 0) names.delete(name);
  }
}

/** Adds the workers to the set; how many clients they have. */
function collect(counts: Counts | undefined, listeners?: Set<Listener>): number {
  let sum = 0;
  for (const [listener, count] of counts ?? []) {
    listeners?.add(listener);
    sum += count;
  }
  return sum;
}

function matches(pattern: string, subject: Buffer): boolean {
  return matchesGlob(Buffer.from(pattern, 'latin1'), subject, 0, subject.length);
}
