import { advance, type Int64 } from '../protocol/int64.js';
import { PartReader, PartType } from '../protocol/take-message.js';
import type { Combiner } from './combiner.js';
import { errorText } from './dispatcher.js';
import type { Awaited, ReplyOwner } from './reply-queue.js';
import type { Statistics } from './statistics.js';

const MINUS = 45;

/** Brings the master's answers to the places that wait for them. */
export class Answers {
  readonly #combiner: Combiner;
  readonly #statistics: Statistics;
  readonly #part = new PartReader();

  constructor(combiner: Combiner, statistics: Statistics) {
    this.#combiner = combiner;
    this.#statistics = statistics;
  }

  /** Takes in a `replies` frame. */
  receive(bytes: Buffer, start: number, end: number): void {
    const part = this.#part;
    part.begin(bytes, start, end);
    while (part.next()) {
      const entry = this.#combiner.entry(part.tag);
      if (part.type === PartType.reply) {
        const awaited = entry.first as Awaited;
        if (bytes[part.start] === MINUS) {
          this.#statistics.failed(awaited.command, 1, errorText(bytes, part.start, part.end));
        }
        ownerOf(awaited).replies.deliver(awaited, bytes, part.start, part.end);
      } else {
        const text =
          part.type === PartType.refusal ? bytes.toString('latin1', part.start, part.end) : '';
        entry.first = this.#answerTakes(entry.first as Awaited, part, text);
      }
      if (part.isLast) this.#combiner.finish(entry);
    }
  }

  /** Gives the takes of a part to the places in order; the first place that still waits. */
  #answerTakes(first: Awaited, part: PartReader, refusal: string): Awaited | undefined {
    let awaited: Awaited | undefined = first;
    let left = part.count;
    let value: Int64 = part.first;
    while (left > 0 && awaited !== undefined) {
      const owner = ownerOf(awaited);
      const count = Math.min(left, awaited.count);
      const next: Awaited | undefined =
        count < awaited.count ? owner.replies.split(awaited, count) : awaited.nextOfEntry;
      if (refusal !== '') {
        this.#statistics.failed(awaited.command, count, refusal);
        awaited.text = refusal;
        awaited.state = 'refusal';
      } else {
        awaited.first = value;
        awaited.step = part.step;
        awaited.state = 'run';
      }
      left -= count;
      if (left > 0 && refusal === '') value = advance(value, part.step, count) as Int64;
      owner.replies.advance();
      awaited = next;
    }
    return awaited;
  }
}

function ownerOf(awaited: Awaited): ReplyOwner {
  if (awaited.owner === undefined) throw new Error('a place without an owner was answered');
  return awaited.owner;
}
