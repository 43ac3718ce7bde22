import type { Arguments } from '../commands/command.js';
import type { Int64 } from '../protocol/int64.js';
import type { EntryReader } from '../protocol/take-message.js';
import type { AnswerSink } from './answer-sink.js';
import { KeyListing } from './key-listing.js';
import type { LongReplies } from './long-replies.js';
import type { Sequences } from './sequences.js';

/** A step takes about so long, but for the names that come between two looks at the clock. */
const STEP_MS = 1;
const SOME = 256;

interface Running {
  readonly sink: AnswerSink;
  readonly entry: Pick<EntryReader, 'tag' | 'command'>;
  readonly words: readonly string[];
  readonly listing: KeyListing;
  /** What its reply waits for. */
  lsn: number;
  busyMs: number;
}

/** KEYS, each in steps between which everybody else is served. */
export class KeyListings {
  readonly #sequences: Sequences;
  readonly #replies: LongReplies;
  #running: Running[] = [];
  #isScheduled = false;
  stepNames = 8192;
  /** Called behind each step: sends the answers. */
  onTurn: () => void = () => {};
  /** Called when one is done, before it is answered. */
  onDone: (
    sink: AnswerSink,
    entry: Running['entry'],
    words: readonly string[],
    ms: number,
  ) => void = () => {};

  constructor(sequences: Sequences, replies: LongReplies) {
    this.#sequences = sequences;
    this.#replies = replies;
  }

  /** Lists what matches argument 1 as it is now; a small table's answer is written at once. */
  begin(entry: EntryReader, sink: AnswerSink): void {
    const table = this.#sequences.table(entry.database);
    const { slab, changedLsn } = table;
    const pattern = Buffer.from(argument(entry, 1));
    const onOver = (deadline: Int64) => {
      running.lsn = Math.max(running.lsn, this.#sequences.time.lsnOf(deadline));
    };
    const running: Running = {
      sink,
      entry: { tag: entry.tag, command: entry.command },
      words: [entry.text(0), entry.text(1)],
      listing: new KeyListing(slab, pattern, this.#sequences.clock.nowMs(), onOver),
      lsn: changedLsn,
      busyMs: 0,
    };
    if (this.#step(running)) return;
    this.#running.push(running);
    this.#schedule();
  }

  /** What is not durable is about to be taken back: a listing that has seen of it is refused. */
  failing(text: string): void {
    const { settledLsn } = this.#sequences.log;
    this.#running = this.#running.filter((running) => {
      if (running.lsn <= settledLsn) return true;
      running.listing.abandon();
      const reply = Buffer.from(`-${text}\r\n`, 'latin1');
      this.#replies.send(running.sink, running.entry.tag, 0, [reply].values());
      return false;
    });
  }

  /** A worker is gone. */
  forget(sink: AnswerSink): void {
    this.#running = this.#running.filter((running) => {
      if (running.sink === sink) running.listing.abandon();
      return running.sink !== sink;
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const running = this.#running.shift();
      if (running !== undefined && !this.#step(running)) this.#running.push(running);
      this.#schedule();
      this.onTurn();
    });
  }

  /** Whether it is done, and answered. */
  #step(running: Running): boolean {
    const startedMs = performance.now();
    let isDone = false;
    let busyMs = 0;
    for (let left = this.stepNames; !isDone && left > 0 && busyMs < STEP_MS; left -= SOME) {
      isDone = running.listing.step(Math.min(left, SOME));
      busyMs = performance.now() - startedMs;
    }
    running.busyMs += busyMs;
    if (!isDone) return false;
    const { sink, entry, words, lsn, listing } = running;
    sink.open();
    this.onDone(sink, entry, words, running.busyMs);
    this.#replies.send(sink, entry.tag, lsn, listing.reply());
    return true;
  }
}

function argument({ bytes, starts, ends }: Arguments, index: number): Buffer {
  return bytes.subarray(starts[index], ends[index]);
}
