import type { FrameWriter } from '../protocol/frame.js';
import type { Int64 } from '../protocol/int64.js';
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
  | { readonly kind: 'reply'; readonly lsn: number; readonly tag: number; readonly bytes: Buffer };

/** An answer that writes itself. */
export interface HeldAnswer {
  complete(): void;
  refuse(reason: string): void;
}

/**
 * The answers to one worker that wait for the disk.
 *
 * Invariant (rule 1): an answer leaves here only when its lsn is durable, or as a refusal.
 */
export class HeldReplies {
  #held: Held[] = [];

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  run(lsn: number, tag: number, isLast: boolean, count: number, first: Int64, step: Int64): void {
    this.#held.push({ kind: 'run', lsn, tag, isLast, count, first, step });
  }

  /** The takes of a run that got nothing, behind those that wait; always its last part. */
  refusal(lsn: number, tag: number, count: number, text: string): void {
    this.#held.push({ kind: 'refusal', lsn, tag, count, text });
  }

  reply(lsn: number, tag: number, bytes: Buffer): void {
    this.#held.push({ kind: 'reply', lsn, tag, bytes });
  }

  transaction(lsn: number, answer: HeldAnswer): void {
    this.#held.push({ kind: 'transaction', lsn, answer });
  }

  /** Writes out what has become durable. An answer may wait for an older lsn than one before it. */
  release(durableLsn: number, out: FrameWriter): void {
    const kept: Held[] = [];
    for (const held of this.#held) {
      if (held.lsn <= durableLsn) writeHeld(held, out);
      else kept.push(held);
    }
    this.#held = kept;
  }

  /** Answers everything with an error instead. */
  refuse(text: string, out: FrameWriter): void {
    for (const held of this.#held) {
      if (held.kind === 'reply') {
        const bytes = Buffer.from(`-${text}\r\n`, 'latin1');
        writeReplyPart(out, held.tag, bytes, 0, bytes.length);
      } else if (held.kind === 'run') {
        writeRefusalPart(out, held.tag, held.isLast, held.count, text);
      } else if (held.kind === 'transaction') held.answer.refuse(text);
      else writeHeld(held, out);
    }
    this.#held = [];
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
    case 'reply':
      writeReplyPart(out, held.tag, held.bytes, 0, held.bytes.length);
      break;
  }
}
