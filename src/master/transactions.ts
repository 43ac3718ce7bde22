import type { Arguments, Command, ScriptCommand } from '../commands/command.js';
import { commandAt } from '../commands/table.js';
import type { FrameWriter } from '../protocol/frame.js';
import { writeSubscribedPart } from '../protocol/publish-message.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { writeSlowPart } from '../protocol/slow-message.js';
import { type EntryReader, writeReplyPart } from '../protocol/take-message.js';
import {
  type QueuedItem,
  readTransaction,
  type Words,
  writeTransactionPart,
} from '../protocol/transaction-message.js';
import type { HeldReplies } from './held-replies.js';
import type { Scripts } from './scripts.js';
import type { Sequences } from './sequences.js';
import { misconfiguration } from './sequences.js';
import type { SingleCommands } from './single-commands.js';
import type { Listener, Subscribers } from './subscribers.js';
import type { Watcher, WatchState } from './watches.js';

/** Where the answers to one worker go. */
export interface TransactionSink extends Listener, Watcher {
  readonly out: FrameWriter;
  readonly held: HeldReplies;
  flush(): void;
}

/** A command of a transaction, with its words as handlers want them. */
export interface QueuedRequest {
  readonly index: number;
  readonly database: number;
  readonly request: Arguments;
}

/** The commands of an EXEC that touch sequences or the server; the others are the worker's. */
export function queuedRequests(entry: Words): QueuedRequest[] {
  return readTransaction(entry).items.flatMap(({ index, database, words }) =>
    words === undefined ? [] : [{ index, database, request: asArguments(words) }],
  );
}

/**
 * WATCH, UNWATCH and EXEC.
 *
 * Invariant: what a transaction changes is in one batch of the log, since it is one act (long-act.ts); so the disk has all of it or
 * nothing. Its reply waits for the highest lsn of whatever it has seen or changed; when that is nil, of whatever has touched what its client
 * watched: a nil tells that something has changed.
 */
export class Transactions {
  readonly #sequences: Sequences;
  readonly #single: SingleCommands;
  readonly #subscribers: Subscribers;
  readonly #scripts: Scripts;

  constructor(
    sequences: Sequences,
    single: SingleCommands,
    subscribers: Subscribers,
    scripts: Scripts,
  ) {
    this.#sequences = sequences;
    this.#single = single;
    this.#subscribers = subscribers;
    this.#scripts = scripts;
  }

  /** The client's id is the last word. */
  watch(entry: EntryReader, sink: TransactionSink): void {
    const { watches } = this.#sequences;
    const client = Number(entry.text(entry.count - 1));
    for (let i = 1; i < entry.count - 1; i++) {
      watches.watch(sink, client, entry.database, entry.text(i));
    }
  }

  /** An EXEC is refused: its client watches nothing any more. */
  forget(entry: EntryReader): void {
    this.#sequences.watches.forget(readTransaction(entry).client);
  }

  unwatch(entry: EntryReader): void {
    this.#sequences.watches.forget(Number(entry.text(entry.count - 1)));
  }

  /**
   * Executes what was queued, in slices if there are scripts among it, unless something that the client watches was touched, or the log can't be written and
   * would have to be. What it results in gives the answer to the sink, or says false: then it is in the reply of `single`. It is told whether everything was
   * taken back meanwhile.
   */
  *execute(
    entry: EntryReader,
    sink: TransactionSink,
  ): Generator<void, (isTakenBack: boolean) => boolean> {
    const { watches, clock, log } = this.#sequences;
    const { client, items } = readTransaction(entry);
    const { protocol, tag } = entry;
    const state = watches.stateOf(client);
    watches.forget(client);
    if (state !== 'unchanged') return () => this.#nothing(protocol, state);
    const abort = () => {
      const reason = aborted(misconfiguration(log.lastFailure));
      return this.#refused(protocol, 0, (reply) => reply.error(reason));
    };
    if (log.failure !== '' && items.some(isWriting)) return abort;
    const { failures } = log;
    const answer = new TransactionAnswer(tag, items.length, sink, log);
    const kept = items.some(isScript) ? items.map(keepItem) : items;
    clock.hold();
    try {
      for (const [at, item] of kept.entries()) {
        if (this.#isDenied(item, at, answer)) continue;
        if (isScript(item)) yield* this.#runScript(item, at, answer, sink);
        else this.#executeItem(item, at, answer, sink);
        // What came before was taken back.
        if (log.failures !== failures) return abort;
      }
    } finally {
      clock.release();
    }
    return (isTakenBack) => {
      if (isTakenBack) return abort();
      answer.executed();
      return true;
    };
  }

  /** Nothing is executed, because of what has become of the names that are watched. */
  #nothing(protocol: number, state: WatchState): false {
    const { log, clock, time } = this.#sequences;
    // Nobody may find it there again, once its end is told.
    if (state === 'over') time.lsnOf(clock.nowMs());
    if (state === 'doubtful' || (state === 'over' && log.failure !== '')) {
      return this.#refused(protocol, 0, (reply) => reply.error(misconfiguration(log.lastFailure)));
    }
    return this.#refused(protocol, log.writtenLsn, (reply) => reply.nilArray());
  }

  #refused(protocol: number, waitLsn: number, write: (reply: ReplyWriter) => void): false {
    this.#single.waitLsn = waitLsn;
    this.#single.write(protocol, write);
    return false;
  }

  *#runScript(
    { index, database, protocol, words }: QueuedItem,
    at: number,
    answer: TransactionAnswer,
    sink: TransactionSink,
  ): Generator<void, void> {
    const single = this.#single;
    const command = commandAt(index) as Command & ScriptCommand;
    const request = asArguments(words as Words);
    const startedMs = single.begin(index);
    const outcome = yield* this.#scripts.execute(command, request, database, protocol);
    this.#scripts.answer(outcome, protocol);
    answer.set(at, single.reply.take(), single.waitLsn);
    this.#tellSlow(command, request, startedMs, answer.tag, sink);
  }

  /** Its user's rights have changed within the transaction, and don't allow it any more: then that is its reply. */
  #isDenied(
    { index, protocol, check }: QueuedItem,
    at: number,
    answer: TransactionAnswer,
  ): boolean {
    if (check === undefined) return false;
    const { rights, words } = check;
    const denial = this.#scripts.asked.denialAtExec(
      ...rights,
      commandAt(index),
      asArguments(words),
    );
    if (denial === undefined) return false;
    this.#single.write(protocol, (reply) => reply.error(denial));
    answer.set(at, this.#single.reply.take(), 0);
    return true;
  }

  #executeItem(
    { index, database, protocol, words }: QueuedItem,
    at: number,
    answer: TransactionAnswer,
    sink: TransactionSink,
  ): void {
    if (words === undefined) return;
    const single = this.#single;
    const command = commandAt(index);
    const request = asArguments(words);
    const startedMs = single.begin(index);
    if (command.runs === 'take') single.take(command, request, database, protocol);
    else if (command.runs === 'master') single.execute(command, request, database, protocol);
    else if (command.runs === 'subscription') {
      this.#subscribers.change(sink, command, request);
      sink.open();
      writeSubscribedPart(sink.out, answer.tag, at);
      return;
    } else if (command.runs === 'server') {
      answer.wait();
      single.ask(command, request, protocol, () => {
        answer.set(at, single.reply.take(), 0);
        if (answer.complete()) sink.flush();
      });
    } else throw new Error(`a worker queued ${command.name}, which it answers itself`);
    if (command.runs !== 'server') answer.set(at, single.reply.take(), single.waitLsn);
    this.#tellSlow(command, request, startedMs, answer.tag, sink);
  }

  #tellSlow(
    command: Command,
    request: Arguments,
    startedMs: number,
    tag: number,
    sink: TransactionSink,
  ): void {
    const slow = this.#single.end(command, request, startedMs);
    if (slow === undefined) return;
    sink.open();
    writeSlowPart(sink.out, tag, slow);
  }
}

/** The replies of one transaction: they go out together, when all are there and all that they tell of is durable. */
export class TransactionAnswer {
  readonly tag: number;
  readonly #replies: (Buffer | undefined)[];
  readonly #sink: TransactionSink;
  readonly #log: Sequences['log'];
  #lsn = 0;
  /** What has to be completed, the execution itself among it. */
  #missing = 1;

  constructor(tag: number, count: number, sink: TransactionSink, log: Sequences['log']) {
    this.tag = tag;
    this.#replies = new Array<Buffer | undefined>(count).fill(undefined);
    this.#sink = sink;
    this.#log = log;
  }

  set(at: number, reply: Buffer, lsn: number): void {
    this.#replies[at] = reply;
    this.#lsn = Math.max(this.#lsn, lsn);
  }

  wait(): void {
    this.#missing++;
  }

  executed(): void {
    if (this.#lsn > this.#log.settledLsn) {
      this.wait();
      this.#sink.held.transaction(this.#lsn, this);
    }
    this.complete();
  }

  /** One thing less is missing; whether that was the last. */
  complete(): boolean {
    if (--this.#missing !== 0) return false;
    this.#sink.open();
    writeTransactionPart(this.#sink.out, this.tag, this.#replies);
    return true;
  }

  /** What it has changed was taken back: nothing else of it is told. */
  refuse(reason: string): void {
    this.#missing = Number.POSITIVE_INFINITY;
    const bytes = Buffer.from(`-${aborted(reason)}\r\n`, 'latin1');
    this.#sink.open();
    writeReplyPart(this.#sink.out, this.tag, bytes, 0, bytes.length);
  }
}

/** The reply to an EXEC that is not executed for this reason. */
export function aborted(reason: string): string {
  return `EXECABORT Transaction discarded because of: ${reason}`;
}

function isWriting({ index, words }: QueuedItem): boolean {
  return words !== undefined && commandAt(index).flags.includes('write');
}

function isScript({ index, words }: QueuedItem): boolean {
  return words !== undefined && commandAt(index).runs === 'script';
}

/** The same, whatever becomes of the bytes of its frame. */
function keepItem(item: QueuedItem): QueuedItem {
  const { words, check } = item;
  return {
    ...item,
    words: words === undefined ? undefined : keepWords(words),
    ...(check !== undefined && { check: { ...check, words: keepWords(check.words) } }),
  };
}

function keepWords({ bytes, count, starts, ends }: Words): Words {
  const from = starts[0] as number;
  const kept = Buffer.from(bytes.subarray(from, ends[count - 1]));
  const moved = (position: number) => position - from;
  return {
    bytes: kept,
    count,
    starts: Array.from(starts, moved),
    ends: Array.from(ends, moved),
  };
}

function asArguments(words: Words): Arguments {
  const { bytes, starts, ends } = words;
  return {
    ...words,
    text: (index) => bytes.toString('latin1', starts[index], ends[index]),
  };
}
