import type { SubscriptionCommand, SubscriptionKind } from '../commands/command.js';
import { ByteWriter } from '../protocol/bytes.js';
import { type ProtocolVersion, ReplyWriter } from '../protocol/reply.js';

/** What one client is subscribed to as soon as all it has asked for is done. */
export class ClientSubscriptions {
  readonly channel = new Set<string>();
  readonly pattern = new Set<string>();
  readonly shard = new Set<string>();

  get size(): number {
    return this.channel.size + this.pattern.size + this.shard.size;
  }

  copy(): ClientSubscriptions {
    const copy = new ClientSubscriptions();
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of this[kind]) copy[kind].add(name);
    }
    return copy;
  }

  /** The number in a confirmation: shard channels count apart. */
  count(kind: SubscriptionKind): number {
    return kind === 'shard' ? this.shard.size : this.channel.size + this.pattern.size;
  }
}

const WORDS = {
  channel: ['subscribe', 'unsubscribe'],
  pattern: ['psubscribe', 'punsubscribe'],
  shard: ['ssubscribe', 'sunsubscribe'],
} as const;

/** What a SubscriptionCommand changes, and what it answers. */
export interface PlannedChange {
  readonly kind: SubscriptionKind;
  readonly isLeaving: boolean;
  /** Those that the client was not subscribed to before, or was. */
  readonly names: readonly string[];
  readonly confirmation: Buffer;
}

/** Takes in a SubscriptionCommand with these names: `own` is changed at once. */
export function planChange(
  own: ClientSubscriptions,
  command: SubscriptionCommand,
  given: readonly string[],
  protocol: ProtocolVersion,
): PlannedChange {
  const { kind, isLeaving } = command;
  const out = new ByteWriter(64);
  const reply = new ReplyWriter(out);
  reply.protocol = protocol;
  const changed: string[] = [];
  const word = WORDS[kind][isLeaving ? 1 : 0];
  const names = isLeaving && given.length === 0 ? [...own[kind]] : given;
  for (const name of names) {
    const isChange = isLeaving ? own[kind].delete(name) : !own[kind].has(name);
    if (isChange) changed.push(name);
    if (!isLeaving) own[kind].add(name);
    confirm(reply, word, name, own.count(kind));
  }
  if (names.length === 0) confirm(reply, word, undefined, own.count(kind));
  return { kind, isLeaving, names: changed, confirmation: out.take() };
}

function confirm(reply: ReplyWriter, word: string, name: string | undefined, count: number): void {
  reply.push(3);
  reply.bulkText(word);
  if (name === undefined) reply.nil();
  else reply.bulkText(name);
  reply.integer(count);
}
