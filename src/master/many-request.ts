import { type ManyKind, type MasterCommand, NOT_AN_INTEGER } from '../commands/command.js';
import { wrongArity } from '../commands/words.js';
import { parseInt64 } from '../protocol/int64.js';
import type { EntryReader } from '../protocol/take-message.js';
import type { AnswerSink } from './answer-sink.js';
import { Int64Column } from './int64-column.js';
import { NameList } from './name-list.js';

/** Words that are kept for the slow log, and of each so much. */
const WORDS = 32;

/** A command on many names, as its pieces come in. */
export class ManyRequest {
  readonly sink: AnswerSink;
  readonly tag: number;
  readonly protocol: 2 | 3;
  readonly database: number;
  /** Its index in the table. */
  readonly index: number;
  readonly kind: ManyKind;
  readonly names: NameList;
  /** What its names are to be set to, by the first place of each; the last value counts. */
  readonly values: Int64Column | undefined;
  /** Arguments in all, and the first of them. */
  readonly total: number;
  readonly words: string[] = [];
  /** The error that it is answered with, or ''. */
  refusal = '';
  /** The worker that it came from is gone. */
  isForgotten = false;
  #received = 0;
  #lastPlace = 0;

  /** From the first piece, which is still to be added. */
  constructor(entry: EntryReader, command: MasterCommand, sink: AnswerSink) {
    this.sink = sink;
    this.tag = entry.tag;
    this.protocol = entry.protocol === 3 ? 3 : 2;
    this.database = entry.database;
    this.index = entry.command;
    this.kind = command.many as ManyKind;
    this.total = entry.total;
    const hasValues = this.kind === 'write' || this.kind === 'create';
    const count = hasValues ? Math.ceil((entry.total - 1) / 2) : entry.total - 1;
    this.names = new NameList(count, entry.totalBytes);
    if (!hasValues) return;
    this.values = new Int64Column(count);
    if (entry.total % 2 === 0) this.refusal = wrongArity(command.name);
  }

  get isComplete(): boolean {
    return this.#received === this.total;
  }

  add(entry: EntryReader): void {
    for (let i = 0; i < entry.count; i++) {
      const position = entry.first + i;
      const start = entry.starts[i] as number;
      const end = entry.ends[i] as number;
      if (position < WORDS) this.words.push(entry.text(i));
      if (position === 0) continue;
      if (this.values === undefined || position % 2 === 1) {
        this.#lastPlace = this.names.add(entry.bytes, start, end);
        continue;
      }
      const value = parseInt64(entry.bytes, start, end);
      if (value === undefined) this.refusal ||= NOT_AN_INTEGER;
      else this.values.set(this.#lastPlace, value);
    }
    this.#received += entry.count;
  }
}
