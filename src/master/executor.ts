import { CommandError, type MasterCommand, type ServerCommand } from '../commands/command.js';
import { keysOf } from '../commands/facts.js';
import type { ServerControl } from '../commands/server-control.js';
import { commandAt } from '../commands/table.js';
import { ByteWriter } from '../protocol/bytes.js';
import type { FrameWriter } from '../protocol/frame.js';
import { advance, type Int64 } from '../protocol/int64.js';
import { ReplyWriter } from '../protocol/reply.js';
import {
  type EntryReader,
  EntryType,
  writeRefusalPart,
  writeReplyPart,
  writeRunPart,
} from '../protocol/take-message.js';
import { type Allocator, Grant } from './allocator.js';
import type { HeldReplies } from './held-replies.js';
import type { Hold, Holder, Holds } from './holds.js';
import type { KeyspaceView } from './keyspace-view.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** Where the answers to one worker's entries go: what is due now, and what waits for the disk. */
export interface AnswerSink extends Holder {
  readonly out: FrameWriter;
  readonly held: HeldReplies;
  /** Opens the frame of answers if it isn't. */
  open(): void;
  /** Sends what was written outside a turn. */
  flush(): void;
}

/**
 * Executes the entries of all workers, one after the other, each in one piece. An entry that touches a sequence which is lent to a worker
 * waits for its return.
 */
export class Executor {
  readonly #sequences: Sequences;
  readonly #allocator: Allocator;
  readonly #holds: Holds;
  readonly #keyspace: KeyspaceView;
  readonly #server: ServerControl;
  readonly #grant = new Grant();
  readonly #scratch = new ByteWriter(4096);
  readonly #reply = new ReplyWriter(this.#scratch);
  /** Counted since the start, for INFO. */
  takes = 0;
  runs = 0;
  waits = 0;

  constructor(
    sequences: Sequences,
    allocator: Allocator,
    holds: Holds,
    keyspace: KeyspaceView,
    server: ServerControl,
  ) {
    this.#sequences = sequences;
    this.#allocator = allocator;
    this.#holds = holds;
    this.#keyspace = keyspace;
    this.#server = server;
  }

  /** False when the entry has to wait, and with it those behind it: `sink` is told by `resume` when to try it again. */
  execute(entry: EntryReader, sink: AnswerSink): boolean {
    sink.open();
    if (entry.type !== EntryType.command) return this.#take(entry, sink);
    const command = commandAt(entry.command);
    if (command.runs === 'server') this.#ask(command, entry, sink);
    else if (command.runs === 'master') {
      if (this.#holds.size > 0 && this.#recall(command, entry, sink)) return false;
      this.#keyspace.begin(entry.database);
      this.#write(entry.protocol, (reply) => command.execute(this.#keyspace, entry, reply));
      this.#answer(entry.tag, this.#keyspace.waitLsn, sink);
    } else throw new Error(`a worker sent ${command.name}, which it answers itself`);
    return true;
  }

  /** The sequence that a take is for; one whose time has come is removed, unless the log can't be written. */
  #find(table: SequenceTable, bytes: Buffer, start: number, end: number): number {
    const found = table.find(bytes, start, end);
    if (found === 0 || !table.slab.hasFlag(found, SequenceFlag.expires)) return found;
    if (this.#sequences.log.failure !== '' || this.#sequences.live(table, found) !== 0)
      return found;
    return table.find(bytes, start, end);
  }

  /** Recalls every lent sequence that the command touches; whether there was any. */
  #recall(command: MasterCommand, entry: EntryReader, sink: AnswerSink): boolean {
    const holds = this.#holdsOf(command, entry);
    for (const hold of holds) this.#holds.recall(hold, sink);
    return holds.length > 0;
  }

  #holdsOf(command: MasterCommand, entry: EntryReader): Hold[] {
    if (command.keys[0] === 0) {
      // What names no key and writes, flushes. What reads then shows names, never a value.
      return command.flags.includes('write') ? this.#holds.all() : [];
    }
    if (command.isOverDatabases === true) return this.#holds.all();
    const table = this.#sequences.table(entry.database);
    const holds: Hold[] = [];
    for (const key of keysOf(command, entry)) {
      const start = entry.starts[key] as number;
      const hold = this.#holds.of(table, table.find(entry.bytes, start, entry.ends[key] as number));
      if (hold !== undefined) holds.push(hold);
    }
    return holds;
  }

  #take(entry: EntryReader, sink: AnswerSink): boolean {
    const { tag, takes, bytes, nameStart, nameEnd } = entry;
    const table = this.#sequences.table(entry.database);
    const found = this.#find(table, bytes, nameStart, nameEnd);
    const hold = this.#holds.size === 0 ? undefined : this.#holds.of(table, found);
    if (hold !== undefined && hold.holder !== sink) {
      this.#holds.recall(hold, sink);
      return false;
    }
    if (hold !== undefined) this.#holds.endUnused(hold);
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
    const isWanted = hold !== undefined && hold.waiting.length > 0;
    const isLent =
      due === takes &&
      found !== 0 &&
      !isWanted &&
      this.#holds.offer(entry.database, table, found, sink);
    if (hold !== undefined && !isLent) sink.lend(hold, 0);
    return true;
  }

  #ask(command: ServerCommand, entry: EntryReader, sink: AnswerSink): void {
    const { tag, protocol } = entry;
    const answer = (write: (reply: ReplyWriter) => void) => {
      sink.open();
      this.#write(protocol, write);
      this.#answer(tag, 0, sink);
      sink.flush();
    };
    try {
      command.execute(this.#server, entry, answer);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      answer((reply) => reply.error(error.message));
    }
  }

  /** Writes a reply, or the error that was thrown instead, into the scratch. */
  #write(protocol: number, write: (reply: ReplyWriter) => void): void {
    const reply = this.#reply;
    this.#scratch.reset();
    reply.protocol = protocol === 3 ? 3 : 2;
    try {
      write(reply);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#scratch.reset();
      reply.error(error.message);
    }
  }

  #answer(tag: number, lsn: number, sink: AnswerSink): void {
    const { bytes, length } = this.#scratch;
    if (lsn <= this.#sequences.log.settledLsn) writeReplyPart(sink.out, tag, bytes, 0, length);
    else {
      this.waits++;
      sink.held.reply(lsn, tag, this.#scratch.take());
    }
    if (bytes.length > 1 << 20) this.#scratch.abandon(4096);
  }
}
