import { isSampled, type Timing } from '../commands/timings.js';
import { advance, type Int64 } from '../protocol/int64.js';
import { type EntryReader, writeRefusalPart, writeRunPart } from '../protocol/take-message.js';
import { type Allocator, Grant } from './allocator.js';
import type { AnswerSink } from './answer-sink.js';
import type { EndedLoan, Holds } from './holds.js';
import type { ManyNames } from './many-names.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/**
 * The runs of the frame that is being executed: each is granted by the allocator in one step, and answered as far as it is durable.
 *
 * Invariant (rule 1): a number is written out only when the lsn it was reserved with is durable; the rest is held.
 */
export class Takes {
  readonly #sequences: Sequences;
  readonly #allocator: Allocator;
  readonly #holds: Holds;
  readonly #many: ManyNames;
  readonly #grant = new Grant();
  /** What may be lent behind the frame, and loans that its takes have ended. */
  readonly #lendable: { database: number; table: SequenceTable; ref: number }[] = [];
  readonly #ended: EndedLoan[] = [];
  /** Since the start, for INFO: takes, their runs, and takes that had to wait for the disk. */
  count = 0;
  runs = 0;
  waits = 0;
  /** By samples of runs. */
  timing: Timing = { measured: 0, microseconds: 0 };

  constructor(sequences: Sequences, allocator: Allocator, holds: Holds, many: ManyNames) {
    this.#sequences = sequences;
    this.#allocator = allocator;
    this.#holds = holds;
    this.#many = many;
  }

  execute(entry: EntryReader, sink: AnswerSink): void {
    if (isSampled(this.runs + 1)) this.#timed(entry, sink);
    else this.#take(entry, sink);
  }

  /** Lends the worker what it has been asking for; behind the last entry of a frame, so that none of them meets it. */
  finish(sink: AnswerSink): void {
    for (const { database, table, ref } of this.#lendable.splice(0)) {
      // Unless a later entry has flushed it, or a command on many names is about to look at it.
      if (this.#sequences.table(database) !== table || this.#many.covers(table, ref)) continue;
      this.#holds.offer(database, table, ref, sink);
    }
    for (const ended of this.#ended.splice(0)) {
      const { table, name } = ended;
      const hold = this.#holds.of(table, table.find(name, 0, name.length));
      if (hold?.holder !== sink) sink.endLoan(ended);
    }
  }

  /** Nothing more comes of the frame that was being executed. */
  drop(): void {
    this.#lendable.length = 0;
    this.#ended.length = 0;
  }

  resetCounts(): void {
    this.count = 0;
    this.runs = 0;
    this.waits = 0;
    this.timing = { measured: 0, microseconds: 0 };
  }

  #timed(entry: EntryReader, sink: AnswerSink): void {
    const startedMs = performance.now();
    this.#take(entry, sink);
    const microseconds = (performance.now() - startedMs) * 1000;
    const before = this.timing;
    this.timing = {
      measured: before.measured + entry.takes,
      microseconds: before.microseconds + microseconds,
    };
  }

  #take(entry: EntryReader, sink: AnswerSink): void {
    const { tag, takes, bytes, database, nameStart, nameEnd } = entry;
    const table = this.#sequences.table(database);
    const found = this.#sequences.findForTake(table, bytes, nameStart, nameEnd);
    const hold = this.#holds.of(table, found);
    if (hold !== undefined) {
      const name = Buffer.from(bytes.subarray(nameStart, nameEnd));
      this.#holds.endUnused(hold);
      this.#ended.push({ id: hold.id, database, table, name });
    }
    const grant = this.#grant;
    this.#allocator.take(table, found, bytes, nameStart, nameEnd, entry.amount, takes, grant);
    this.count += takes;
    this.runs++;
    const { first, step, granted, refusal, lsn } = grant;
    const due = lsn <= this.#sequences.log.settledLsn ? granted : grant.durable;
    if (due > 0) writeRunPart(sink.out, tag, due === takes, due, first, step);
    const waiting = granted - due;
    if (waiting > 0) {
      this.waits += waiting;
      const next = advance(first, step, due) as Int64;
      sink.held.run(lsn, tag, granted === takes, waiting, next, step);
    }
    const refused = takes - granted;
    if (refused > 0) {
      if (waiting > 0) sink.held.refusal(lsn, tag, refused, refusal);
      else writeRefusalPart(sink.out, tag, true, refused, refusal);
    }
    if (due === takes && found !== 0 && this.#holds.isDue(table, found, sink)) {
      this.#lendable.push({ database, table, ref: found });
    }
  }
}
