import { BUSY, runsWhileBusy } from '../commands/busy.js';
import type {
  Arguments,
  Command,
  CommandFacts,
  ScriptCommand,
  ServerCommand,
  TransactionCommand,
} from '../commands/command.js';
import { keysOf } from '../commands/facts.js';
import type { ServerControl } from '../commands/server-control.js';
import { commandAt } from '../commands/table.js';
import { isSampled, type Timing, type Timings } from '../commands/timings.js';
import type { Slowness } from '../config/slowness.js';
import { advance, type Int64 } from '../protocol/int64.js';
import { writeSubscribedPart } from '../protocol/publish-message.js';
import { writeSlowPart } from '../protocol/slow-message.js';
import {
  type EntryReader,
  EntryType,
  writeRefusalPart,
  writeReplyPart,
  writeRunPart,
} from '../protocol/take-message.js';
import { type Allocator, Grant } from './allocator.js';
import type { EndedLoan, Hold, Holder, Holds } from './holds.js';
import { KeyListings } from './key-listings.js';
import type { KeyspaceView } from './keyspace-view.js';
import { LongAct } from './long-act.js';
import { ManyNames } from './many-names.js';
import type { ManyRequest } from './many-request.js';
import { Scripts } from './scripts.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';
import { SingleCommands } from './single-commands.js';
import { Subscribers } from './subscribers.js';
import { aborted, queuedRequests, type TransactionSink, Transactions } from './transactions.js';

/** Where the answers to one worker's entries go: what is due now, and what waits for the disk. */
export interface AnswerSink extends Holder, TransactionSink {
  /** Opens the frame of answers if it isn't. */
  open(): void;
  /** Sends what was written outside a turn. */
  flush(): void;
}

/**
 * Executes the frames of all workers, one after the other, each in one piece: the runs of a frame are combined over all its commands, so
 * nothing may come between. A frame that touches a sequence which is lent waits for its return.
 */
export class Executor {
  readonly #sequences: Sequences;
  readonly #allocator: Allocator;
  readonly #holds: Holds;
  readonly #keyspace: KeyspaceView;
  readonly #subscribers: Subscribers;
  readonly many: ManyNames;
  readonly listings: KeyListings;
  readonly #single: SingleCommands;
  readonly #transactions: Transactions;
  readonly scripts: Scripts;
  readonly act: LongAct;
  readonly #grant = new Grant();
  /** Of the frame that is being executed: what may be lent behind it, and loans that its takes have ended. */
  readonly #lendable: { database: number; table: SequenceTable; ref: number }[] = [];
  readonly #ended: EndedLoan[] = [];
  /** Counted since the start, for INFO. */
  takes = 0;
  runs = 0;
  waits = 0;
  /** Of takes, by samples of runs. */
  takeTiming: Timing = { measured: 0, microseconds: 0 };

  constructor(
    sequences: Sequences,
    allocator: Allocator,
    holds: Holds,
    keyspace: KeyspaceView,
    server: ServerControl,
    subscribers = new Subscribers(),
  ) {
    this.#sequences = sequences;
    this.#allocator = allocator;
    this.#holds = holds;
    this.many = new ManyNames(sequences, holds);
    this.many.onDone = (request, busyMs, hits) => this.#doneMany(request, busyMs, hits);
    this.listings = new KeyListings(sequences, this.many.replies);
    this.listings.onDone = (sink, entry, words, busyMs) =>
      this.#done(sink, entry.tag, entry.command, busyMs, words, words.length);
    this.act = new LongAct(sequences.log);
    this.act.onEnd = () => this.many.resume();
    this.#keyspace = keyspace;
    this.#subscribers = subscribers;
    this.#single = new SingleCommands(sequences, allocator, keyspace, server);
    this.scripts = new Scripts(sequences, this.#single);
    this.scripts.beforeCommand = (command, request) => {
      if (this.many.isUnderWay) this.#touchKeys(command, request);
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

  /**
   * Whether every sequence that the entries of a frame touch is here. What is lent to a worker is recalled: `sink` is told by `resume`
   * when to ask again. When it is ready, the frame is to be executed at once.
   */
  isReady(entries: EntryReader, sink: AnswerSink): boolean {
    if (this.many.isUnderWay) {
      if (!this.#tellMany(entries, sink)) return false;
      entries.rewind();
    }
    if (this.#holds.size === 0) return true;
    const othersHold = this.#holds.size > this.#holds.countOf(sink);
    let isReady = true;
    while (entries.next()) {
      if (entries.type === EntryType.command) {
        for (const hold of this.#holdsOf(entries)) {
          this.#holds.recall(hold, sink);
          isReady = false;
        }
      } else if (othersHold && entries.type !== EntryType.piece) {
        const hold = this.#holdOf(entries);
        if (hold === undefined || hold.holder === sink) continue;
        this.#holds.recall(hold, sink);
        isReady = false;
      }
    }
    return isReady;
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
      if (isSampled(this.runs + 1)) this.#timedTake(entry, sink);
      else this.#take(entry, sink);
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
      this.#single.waitLsn = 0;
      this.#single.write(2, (reply) => reply.error(isExec ? aborted(BUSY) : BUSY));
      this.#answer(tag, sink);
    }
  }

  /** Nothing more comes of the frame that was being executed. */
  drop(): void {
    this.#lendable.length = 0;
    this.#ended.length = 0;
  }

  #runScript(
    command: ScriptCommand & { index: number },
    entry: EntryReader,
    sink: AnswerSink,
  ): boolean {
    const { database, protocol } = entry;
    const startedMs = this.#single.begin(entry.command);
    const steps = this.scripts.execute(command, entry, database, protocol);
    return this.act.begin(steps, (outcome) => {
      sink.open();
      this.scripts.answer(outcome, protocol);
      this.#tellSlow(command, entry, sink, startedMs);
      this.#answer(entry.tag, sink);
    });
  }

  #timedTake(entry: EntryReader, sink: AnswerSink): void {
    const startedMs = performance.now();
    this.#take(entry, sink);
    const microseconds = (performance.now() - startedMs) * 1000;
    const before = this.takeTiming;
    this.takeTiming = {
      measured: before.measured + entry.takes,
      microseconds: before.microseconds + microseconds,
    };
  }

  /** Lends the worker what it has been asking for; behind the last entry of a frame, so that none of them meets it. */
  finish(sink: AnswerSink): void {
    for (const { database, table, ref } of this.#lendable.splice(0)) {
      // Unless a later entry has flushed it, or a command on many names is about to look at it.
      if (this.#sequences.table(database) !== table || this.many.covers(table, ref)) continue;
      this.#holds.offer(database, table, ref, sink);
    }
    for (const ended of this.#ended.splice(0)) {
      const { table, name } = ended;
      const hold = this.#holds.of(table, table.find(name, 0, name.length));
      if (hold?.holder !== sink) sink.endLoan(ended);
    }
  }

  /** Tells the command on many names that is under way what is about to be touched; false when that has to wait for it. */
  #tellMany(entries: EntryReader, sink: AnswerSink): boolean {
    while (entries.next()) {
      const { bytes, type } = entries;
      if (type === EntryType.piece) continue;
      if (type !== EntryType.command) {
        this.many.touch(bytes, entries.nameStart, entries.nameEnd);
        continue;
      }
      const command = commandAt(entries.command);
      if (command.runs === 'master') {
        if (command.keys[0] === 0 && !this.many.mayLookAtAll(sink)) return false;
        this.#touchKeys(command, entries);
      } else if (command.runs === 'script') {
        // What it touches, it tells when it does.
        if (!this.many.mayLookAtAll(sink)) return false;
      } else if (command.runs === 'transaction') {
        // What it watches may be among what is not applied yet.
        if (command.act === 'execute' && !this.many.mayLookAtAll(sink)) return false;
        if (command.act === 'watch') this.#touchKeys(command, entries);
        if (command.act === 'execute') {
          for (const { index, request } of queuedRequests(entries)) {
            this.#touchKeys(commandAt(index), request);
          }
        }
      }
    }
    return true;
  }

  #touchKeys(command: CommandFacts, request: Arguments): void {
    const { bytes, starts, ends } = request;
    for (const key of keysOf(command, request)) {
      this.many.touch(bytes, starts[key] as number, ends[key] as number);
    }
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

  #holdsOf(entry: EntryReader): Hold[] {
    const command = commandAt(entry.command);
    if (command.runs === 'transaction' && command.act === 'execute') {
      return queuedRequests(entry).flatMap(({ index, database, request }) =>
        this.#holdsOfCommand(commandAt(index), request, database),
      );
    }
    return this.#holdsOfCommand(command, entry, entry.database);
  }

  #holdsOfCommand(
    command: CommandFacts & Pick<Command, 'runs'>,
    request: Arguments,
    database: number,
  ): Hold[] {
    // What a script will touch, nobody knows before it does.
    if (command.runs === 'script') return this.#holds.all();
    if (command.keys[0] === 0) {
      // What names no key and writes, flushes. What reads then shows names, never a value.
      return command.flags.includes('write') ? this.#holds.all() : [];
    }
    if (command.isOverDatabases === true) return this.#holds.all();
    const table = this.#sequences.table(database);
    const holds: Hold[] = [];
    for (const key of keysOf(command, request)) {
      const start = request.starts[key] as number;
      const hold = this.#holds.of(
        table,
        table.find(request.bytes, start, request.ends[key] as number),
      );
      if (hold !== undefined) holds.push(hold);
    }
    return holds;
  }

  #holdOf(entry: EntryReader): Hold | undefined {
    const table = this.#sequences.table(entry.database);
    return this.#holds.of(table, table.find(entry.bytes, entry.nameStart, entry.nameEnd));
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
    this.takes += takes;
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
      return this.act.begin(this.#transactions.execute(entry, sink), (answer) => {
        if (!answer()) this.#answer(entry.tag, sink);
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
