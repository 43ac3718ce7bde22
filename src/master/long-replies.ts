import { writeReplyPart } from '../protocol/take-message.js';
import { collectSoon } from '../transport/idle-collector.js';
import type { AnswerSink } from './answer-sink.js';

/** Pieces of one reply that a worker has not passed on yet. */
const WINDOW = 4;

interface LongReply {
  readonly sink: AnswerSink;
  readonly tag: number;
  readonly lsn: number;
  readonly pieces: Iterator<Buffer>;
  /** Made already, so that the last one is known as such. */
  next: Buffer;
  isStarted: boolean;
  /** Sent, and not accepted yet. */
  underWay: number;
}

/**
 * Replies that are sent in pieces, as fast as their clients take them (piece-message.ts).
 *
 * Invariant (rule 1): nothing of a reply is sent before its lsn is durable.
 */
export class LongReplies {
  readonly #settledLsn: () => number;
  readonly #replies: LongReply[] = [];

  constructor(settledLsn: () => number) {
    this.#settledLsn = settledLsn;
  }

  /** Sends the first pieces now if `lsn` is durable; the caller flushes the sink. */
  send(sink: AnswerSink, tag: number, lsn: number, pieces: Iterator<Buffer>): void {
    const next = pieces.next().value as Buffer;
    const reply = { sink, tag, lsn, pieces, next, isStarted: false, underWay: 0 };
    this.#replies.push(reply);
    if (lsn <= this.#settledLsn()) this.#start(reply);
  }

  release(lsn: number): void {
    for (const reply of [...this.#replies]) {
      if (reply.isStarted || reply.lsn > lsn) continue;
      this.#start(reply);
      reply.sink.flush();
    }
  }

  /** What waits for the disk is answered by an error. */
  refuse(text: string): void {
    for (const reply of [...this.#replies]) {
      if (reply.isStarted) continue;
      this.#end(reply, Buffer.from(`-${text}\r\n`, 'latin1'));
      reply.sink.flush();
    }
  }

  /** A piece was passed on, or nobody wants the rest. */
  accepted(sink: AnswerSink, tag: number, isWanted: boolean): void {
    const reply = this.#replies.find((each) => each.sink === sink && each.tag === tag);
    // What is not wanted any more may have been told of for several pieces.
    if (reply === undefined) return;
    reply.underWay--;
    if (isWanted) this.#goOn(reply);
    else this.#end(reply, Buffer.alloc(0));
    sink.flush();
  }

  /** The worker is gone. */
  forget(sink: AnswerSink): void {
    for (let i = this.#replies.length - 1; i >= 0; i--) {
      if (this.#replies[i]?.sink === sink) this.#replies.splice(i, 1);
    }
    collectSoon();
  }

  #start(reply: LongReply): void {
    reply.isStarted = true;
    this.#goOn(reply);
  }

  #goOn(reply: LongReply): void {
    const { sink, tag, pieces } = reply;
    // For each piece that was passed on two more, so the first ones are not all made at once.
    for (let sent = 0; sent < 2 && reply.underWay < WINDOW; sent++) {
      const piece = reply.next;
      const following = pieces.next();
      if (following.done === true) {
        this.#end(reply, piece);
        return;
      }
      reply.next = following.value;
      sink.open();
      writeReplyPart(sink.out, tag, piece, 0, piece.length, false);
      reply.underWay++;
    }
  }

  #end(reply: LongReply, last: Buffer): void {
    const { sink, tag } = reply;
    this.#replies.splice(this.#replies.indexOf(reply), 1);
    sink.open();
    writeReplyPart(sink.out, tag, last, 0, last.length);
    collectSoon();
  }
}
