import type { FrameWriter } from '../protocol/frame.js';
import type { Int64 } from '../protocol/int64.js';
import { MessageKind, writeMessagePart } from '../protocol/publish-message.js';
import { writeRefusalPart, writeReplyPart, writeRunPart } from '../protocol/take-message.js';

type Held =
  | {
      readonly kind: 'run';
      readonly lsn: number;
      readonly tag: number;
      readonly isLast: boolean;
      readonly count: number;
      readonly first: Int64;
      readonly step: Int64;
    }
  | {
      readonly kind: 'refusal';
      readonly lsn: number;
      readonly tag: number;
      readonly count: number;
      readonly text: string;
    }
  | { readonly kind: 'transaction'; readonly lsn: number; readonly answer: HeldAnswer }
  | { readonly kind: 'message'; readonly lsn: number; readonly message: HeldMessage }
  | { readonly kind: 'reply'; readonly lsn: number; readonly tag: number; readonly bytes: Buffer };

/** An answer that writes itself. */
export interface HeldAnswer {
  complete(): void;
  refuse(reason: string): void;
}

/** A message to the subscribers of a channel. */
export interface HeldMessage {
  readonly kind: 'channel' | 'shard';
  readonly channel: string;
  readonly payload: Uint8Array;
  /** It tells of nothing that can be taken back, and only waits for those before it. */
  readonly isDurable: boolean;
}

/**
 * The answers to one worker that wait for the disk.
 *
 * Invariant (rule 1): an answer leaves here only when its lsn is durable, or as a refusal.
 */
export class HeldReplies {
  #held: Held[] = [];
  /** Those before it have left. */
  #first = 0;
  /** The highest lsn in here, and whether all stand in the order of theirs: then those that are due are the first ones. */
  #highest = 0;
  #isOrdered = true;

  get isEmpty(): boolean {
    return this.#first === this.#held.length;
  }

  run(lsn: number, tag: number, isLast: boolean, count: number, first: Int64, step: Int64): void {
    this.#push({ kind: 'run', lsn, tag, isLast, count, first, step });
  }

  /** The takes of a run that got nothing, behind those that wait; always its last part. */
  refusal(lsn: number, tag: number, count: number, text: string): void {
    this.#push({ kind: 'refusal', lsn, tag, count, text });
  }

  reply(lsn: number, tag: number, bytes: Buffer): void {
    this.#push({ kind: 'reply', lsn, tag, bytes });
  }

  /** Among the answers, so that it comes between those that it came between. */
  message(lsn: number, message: HeldMessage): void {
    this.#push({ kind: 'message', lsn, message });
  }

  transaction(lsn: number, answer: HeldAnswer): void {
    this.#push({ kind: 'transaction', lsn, answer });
  }

  /** Writes out what has become durable. An answer may wait for an older lsn than one before it. */
  release(durableLsn: number, out: FrameWriter): void {
    const held = this.#held;
    let first = this.#first;
    for (; first < held.length; first++) {
      const each = held[first] as Held;
      if (each.lsn > durableLsn) break;
      writeHeld(each, out);
    }
    this.#first = first;
    if (first === held.length) this.#clear();
    else if (!this.#isOrdered) this.#releaseBehind(durableLsn, out);
    else if (first > held.length / 2) {
      this.#held = held.slice(first);
      this.#first = 0;
    }
  }

  /** Answers everything with an error instead; a message that is not durable is dropped. */
  refuse(text: string, out: FrameWriter): void {
    for (const held of this.#held.slice(this.#first)) {
      if (held.kind === 'reply') {
        const bytes = Buffer.from(`-${text}\r\n`, 'latin1');
        writeReplyPart(out, held.tag, bytes, 0, bytes.length);
      } else if (held.kind === 'run') {
        writeRefusalPart(out, held.tag, held.isLast, held.count, text);
      } else if (held.kind === 'transaction') held.answer.refuse(text);
      else if (held.kind === 'message' && !held.message.isDurable) continue;
      else writeHeld(held, out);
    }
    this.#clear();
  }

  #push(held: Held): void {
    if (held.lsn < this.#highest) this.#isOrdered = false;
    else this.#highest = held.lsn;
    this.#held.push(held);
  }

  #releaseBehind(durableLsn: number, out: FrameWriter): void {
    const kept: Held[] = [];
    for (const held of this.#held.slice(this.#first)) {
      if (held.lsn <= durableLsn) writeHeld(held, out);
      else kept.push(held);
    }
    this.#held = kept;
    this.#first = 0;
  }

  #clear(): void {
    this.#held = [];
    this.#first = 0;
    this.#highest = 0;
    this.#isOrdered = true;
  }
}

function writeHeld(held: Held, out: FrameWriter): void {
  switch (held.kind) {
    case 'run':
      writeRunPart(out, held.tag, held.isLast, held.count, held.first, held.step);
      break;
    case 'refusal':
      writeRefusalPart(out, held.tag, true, held.count, held.text);
      break;
    case 'transaction':
      held.answer.complete();
      break;
    case 'message': {
      const { kind, channel, payload } = held.message;
      writeMessagePart(out, MessageKind[kind], channel, payload);
      break;
    }
    case 'reply':
      writeReplyPart(out, held.tag, held.bytes, 0, held.bytes.length);
      break;
  }
}
