import { advance, type Int64 } from '../protocol/int64.js';
import { readSlowPart, type SlowPart } from '../protocol/slow-message.js';
import { PartReader, PartType } from '../protocol/take-message.js';
import type { Combiner } from './combiner.js';
import type { Holds } from './holds.js';
import type { Awaited, ReplyOwner } from './reply-queue.js';
import { errorText, type Statistics } from './statistics.js';
import { Subscriptions } from './subscriptions.js';
import type { Transactions } from './transactions.js';

const MINUS = 45;

/** Brings the master's answers to the places that wait for them. */
export class Answers {
  readonly #combiner: Combiner;
  readonly #holds: Holds;
  readonly #statistics: Statistics;
  readonly #subscriptions: Subscriptions;
  readonly #transactions: Transactions | undefined;
  readonly #part = new PartReader();
  /** Is told of a command of this client that took the master long. */
  onSlow: (owner: ReplyOwner, slow: SlowPart) => void = () => {};

  constructor(
    combiner: Combiner,
    holds: Holds,
    statistics: Statistics,
    subscriptions = new Subscriptions(combiner),
    transactions?: Transactions,
  ) {
    this.#combiner = combiner;
    this.#holds = holds;
    this.#statistics = statistics;
    this.#subscriptions = subscriptions;
    this.#transactions = transactions;
  }

  /** Takes in a `replies` frame. */
  receive(bytes: Buffer, start: number, end: number): void {
    const part = this.#part;
    part.begin(bytes, start, end);
    while (part.next()) {
      if (part.type === PartType.lend) {
        const { hold, database, first, count } = part;
        this.#holds.lent(hold, database, first as number, count, bytes, part.start, part.end);
        continue;
      }
      if (part.type === PartType.message) {
        this.#subscriptions.deliver(part.count, bytes, part.start, part.end);
        continue;
      }
      if (part.type === PartType.touched) {
        this.#transactions?.touched(bytes.readDoubleLE(part.start));
        continue;
      }
      const entry = this.#combiner.entry(part.tag);
      if (part.type === PartType.subscribed) {
        if (this.#transactions?.subscribed(entry.first, part.count) === true) continue;
        this.#subscriptions.acknowledged();
        this.#combiner.finish(entry);
        continue;
      }
      const awaited = entry.first as Awaited;
      if (part.type === PartType.reply) this.#combiner.parcels.answered(part.tag);
      if (part.type === PartType.slow) {
        this.onSlow(ownerOf(awaited), readSlowPart(bytes, part.start, part.end));
        continue;
      }
      if (part.type === PartType.reply && !part.isLast) {
        const owner = ownerOf(awaited);
        owner.replies.deliverPiece(awaited, bytes, part.start, part.end);
        owner.owe(part.tag);
        continue;
      }
      if (part.type === PartType.transaction) {
        this.#transactions?.executed(awaited, bytes, part.start, part.count);
      } else if (part.type === PartType.reply) {
        this.#transactions?.refused(awaited);
        if (bytes[part.start] === MINUS) {
          this.#statistics.failed(awaited.command, 1, errorText(bytes, part.start, part.end));
        }
        ownerOf(awaited).replies.deliver(awaited, bytes, part.start, part.end);
      } else if (part.type === PartType.run) {
        entry.first = giveRun(awaited, part.count, part.first, part.step);
      } else {
        const text = bytes.toString('latin1', part.start, part.end);
        entry.first = this.#refuse(awaited, part.count, text);
      }
      if (part.isLast) this.#combiner.finish(entry);
    }
  }

  /** Refuses `count` takes; the first place that still waits. */
  #refuse(first: Awaited, count: number, text: string): Awaited | undefined {
    let awaited: Awaited | undefined = first;
    for (let left = count; left > 0 && awaited !== undefined; ) {
      const { replies } = ownerOf(awaited);
      const next = behind(awaited, left);
      left -= awaited.count;
      this.#statistics.failed(awaited.command, awaited.count, text);
      awaited.text = text;
      awaited.state = 'refusal';
      replies.advance();
      awaited = next;
    }
    return awaited;
  }
}

/** Gives the numbers of `count` takes to the places in their order; the first place that still waits. */
export function giveRun(
  first: Awaited,
  count: number,
  value: Int64,
  step: Int64,
): Awaited | undefined {
  let awaited: Awaited | undefined = first;
  let number = value;
  for (let left = count; left > 0 && awaited !== undefined; ) {
    const { replies } = ownerOf(awaited);
    const next = behind(awaited, left);
    awaited.first = number;
    awaited.step = step;
    awaited.state = 'run';
    left -= awaited.count;
    if (left > 0) number = advance(number, step, awaited.count) as Int64;
    replies.advance();
    awaited = next;
  }
  return awaited;
}

/** The place behind one that gets up to `count` takes: the next one, or the rest of it, split off. */
function behind(awaited: Awaited, count: number): Awaited | undefined {
  if (count >= awaited.count) return awaited.nextOfEntry;
  return ownerOf(awaited).replies.split(awaited, count);
}

function ownerOf(awaited: Awaited): ReplyOwner {
  if (awaited.owner === undefined) throw new Error('a place without an owner was answered');
  return awaited.owner;
}
