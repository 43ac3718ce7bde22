import { BUSY, runsWhileBusy } from '../commands/busy.js';
import type {
  Command,
  ScriptCommand,
  ServerCommand,
  TransactionCommand,
} from '../commands/command.js';
import type { ServerControl } from '../commands/server-control.js';
import { commandAt } from '../commands/table.js';
import type { Timings } from '../commands/timings.js';
import type { Slowness } from '../config/slowness.js';
import { writeSubscribedPart } from '../protocol/publish-message.js';
import { writeSlowPart } from '../protocol/slow-message.js';
import {
  type EntryReader,
  EntryType,
  writeRefusalPart,
  writeReplyPart,
} from '../protocol/take-message.js';
import type { Allocator } from './allocator.js';
import type { AnswerSink } from './answer-sink.js';
import type { Holds } from './holds.js';
import { KeyListings } from './key-listings.js';
import type { KeyspaceView } from './keyspace-view.js';
import { LongAct } from './long-act.js';
import { ManyNames } from './many-names.js';
import type { ManyRequest } from './many-request.js';
import { Readiness } from './readiness.js';
import { Scripts } from './scripts.js';
import type { Sequences } from './sequences.js';
import { SingleCommands } from './single-commands.js';
import { Subscribers } from './subscribers.js';
import { Takes } from './takes.js';
import { aborted, Transactions } from './transactions.js';

/**
 * Executes the frames of all workers, one after the other, each in one piece: the runs of a frame are combined over all its commands, so
 * nothing may come between. A frame that touches a sequence which is lent waits for its return.
 */
export class Executor {
  readonly #sequences: Sequences;
  readonly #keyspace: KeyspaceView;
  readonly #subscribers: Subscribers;
  readonly many: ManyNames;
  readonly listings: KeyListings;
  readonly #readiness: Readiness;
  readonly #single: SingleCommands;
  readonly #transactions: Transactions;
  readonly scripts: Scripts;
  readonly act: LongAct;
  readonly takes: Takes;
  /** Replies that had to wait for the disk, takes apart, since the start. */
  waits = 0;

  constructor(
    sequences: Sequences,
    allocator: Allocator,
    holds: Holds,
    keyspace: KeyspaceView,
    server: ServerControl,
    subscribers = new Subscribers(() => sequences.log.settledLsn),
  ) {
    this.#sequences = sequences;
    this.many = new ManyNames(sequences, holds);
    this.many.onDone = (request, busyMs, hits) => this.#doneMany(request, busyMs, hits);
    this.takes = new Takes(sequences, allocator, holds, this.many);
    this.#readiness = new Readiness(sequences, holds, this.many);
    this.listings = new KeyListings(sequences, this.many.replies);
    this.listings.onDone = (sink, entry, words, busyMs) =>
      this.#done(sink, entry.tag, entry.command, busyMs, words, words.length);
    this.act = new LongAct(sequences.log);
    this.act.onEnd = () => this.many.resume();
    this.#keyspace = keyspace;
    this.#subscribers = subscribers;
    this.#single = new SingleCommands(sequences, allocator, keyspace, server);
    this.scripts = new Scripts(sequences, this.#single, subscribers);
    this.scripts.beforeCommand = (command, request) => {
      if (this.many.isUnderWay) this.#readiness.touchKeys(command, request);
    };
    this.#transactions = new Transactions(sequences, this.#single, subscribers, this.scripts);
  }

  /** The master's part of the commands' times. */
  get timings(): Timings {
    return this.#single.timings;
  }

  set slow(slow: Slowness) {
    this.#single.slow = slow;
  }

  /** Whether a frame can be executed now (readiness.ts). */
  isReady(entries: EntryReader, sink: AnswerSink): boolean {
    return this.#readiness.isReady(entries, sink);
  }

  /**
   * Executes an entry of a frame for which `isReady` has just been true. False when that takes longer: until `act` says that it is done, nothing else
   * is executed, and `entry` stays where it is.
   */
  execute(entry: EntryReader, sink: AnswerSink): boolean {
    sink.open();
    if (entry.type === EntryType.piece) {
      this.many.receive(entry, sink);
      return true;
    }
    if (entry.type !== EntryType.command) {
      this.takes.execute(entry, sink);
      return true;
    }
    const command = commandAt(entry.command);
    if (command.runs === 'master' && command.many === 'list') this.listings.begin(entry, sink);
    else if (command.runs === 'server') this.#ask(command, entry, sink);
    else if (command.runs === 'master') {
      const single = this.#single;
      const startedMs = single.begin(entry.command);
      single.execute(command, entry, entry.database, entry.protocol);
      this.#tellSlow(command, entry, sink, startedMs);
      this.#answer(entry.tag, sink);
    } else if (command.runs === 'subscription') {
      this.#subscribers.change(sink, command, entry);
      writeSubscribedPart(sink.out, entry.tag);
    } else if (command.runs === 'script') return this.#runScript(command, entry, sink);
    else if (command.runs === 'transaction') return this.#transact(command, entry, sink);
    else throw new Error(`a worker sent ${command.name}, which it answers itself`);
    return true;
  }

  /** The same while an act takes so long that others are refused: but for what Redis lets through, and what is no execution. */
  executeWhileBusy(entry: EntryReader, sink: AnswerSink): void {
    const { tag, type } = entry;
    const command = type === EntryType.command ? commandAt(entry.command) : undefined;
    sink.open();
    if (type === EntryType.take || type === EntryType.unitTake) {
      writeRefusalPart(sink.out, tag, true, entry.takes, BUSY);
    } else if (command === undefined || command.runs === 'subscription' || runsWhileBusy(command)) {
      this.execute(entry, sink);
    } else {
      const isExec = command.runs === 'transaction' && command.act === 'execute';
      if (isExec) this.#transactions.forget(entry);
      this.#single.waitLsn = 0;
      this.#single.write(2, (reply) => reply.error(isExec ? aborted(BUSY) : BUSY));
      this.#answer(tag, sink);
    }
  }

  /** Behind the last entry of a frame. */
  finish(sink: AnswerSink): void {
    this.takes.finish(sink);
  }

  /** Nothing more comes of the frame that was being executed. */
  drop(): void {
    this.takes.drop();
  }

  #runScript(
    command: ScriptCommand & { index: number },
    entry: EntryReader,
    sink: AnswerSink,
  ): boolean {
    const { database, protocol } = entry;
    const startedMs = this.#single.begin(entry.command);
    const steps = this.scripts.execute(command, entry, database, protocol);
    return this.act.begin(steps, (outcome, isTakenBack) => {
      sink.open();
      this.scripts.answer(outcome, protocol, isTakenBack);
      this.#tellSlow(command, entry, sink, startedMs);
      this.#answer(entry.tag, sink);
    });
  }

  /** A command on many names is done; its answer is the next part. */
  #doneMany(request: ManyRequest, busyMs: number, hits: number): void {
    const { sink, tag, index, words, total } = request;
    if (request.kind === 'read' || request.kind === 'count') {
      this.#keyspace.hits += hits;
      this.#keyspace.misses += request.names.length - hits;
    }
    this.#done(sink, tag, index, busyMs, words, total);
  }

  /** Records how long something took that was done in steps; if that was long, tells the worker, before its answer. */
  #done(
    sink: AnswerSink,
    tag: number,
    index: number,
    busyMs: number,
    words: readonly string[],
    total: number,
  ): void {
    const slow = this.#single.endInSteps(index, busyMs, words, total);
    if (slow !== undefined) writeSlowPart(sink.out, tag, slow);
  }

  #ask(command: ServerCommand & { index: number }, entry: EntryReader, sink: AnswerSink): void {
    const { tag, protocol } = entry;
    const single = this.#single;
    const startedMs = single.begin(entry.command);
    let isTold = false;
    // What is answered later waits for others meanwhile: that is no execution.
    const tell = () => {
      if (!isTold) this.#tellSlow(command, entry, sink, startedMs);
      isTold = true;
    };
    single.ask(command, entry, protocol, () => {
      sink.open();
      tell();
      this.#answer(tag, sink);
      sink.flush();
    });
    sink.open();
    tell();
  }

  #tellSlow(command: Command, entry: EntryReader, sink: AnswerSink, startedMs: number): void {
    const slow = this.#single.end(command, entry, startedMs);
    if (slow !== undefined) writeSlowPart(sink.out, entry.tag, slow);
  }

  #transact(command: TransactionCommand, entry: EntryReader, sink: AnswerSink): boolean {
    const { act } = command;
    if (act === 'execute') {
      return this.act.begin(this.#transactions.execute(entry, sink), (answer, isTakenBack) => {
        sink.open();
        if (!answer(isTakenBack)) this.#answer(entry.tag, sink);
      });
    }
    if (act === 'watch') this.#transactions.watch(entry, sink);
    else this.#transactions.unwatch(entry);
    this.#single.waitLsn = 0;
    this.#single.write(entry.protocol, (reply) => reply.ok());
    this.#answer(entry.tag, sink);
    return true;
  }

  #answer(tag: number, sink: AnswerSink): void {
    const { reply, waitLsn } = this.#single;
    const { bytes, length } = reply;
    if (waitLsn <= this.#sequences.log.settledLsn) writeReplyPart(sink.out, tag, bytes, 0, length);
    else {
      this.waits++;
      sink.held.reply(waitLsn, tag, reply.take());
    }
    if (bytes.length > 1 << 20) reply.abandon(4096);
  }
}
