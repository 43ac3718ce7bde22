import type { Arguments, Command, CommandFacts } from '../commands/command.js';
import { keysOf } from '../commands/facts.js';
import { commandAt } from '../commands/table.js';
import { type EntryReader, EntryType } from '../protocol/take-message.js';
import type { AnswerSink } from './answer-sink.js';
import type { Hold, Holds } from './holds.js';
import type { ManyNames } from './many-names.js';
import type { Sequences } from './sequences.js';
import { queuedRequests } from './transactions.js';

/**
 * What has to happen before a frame can be executed: what it touches and is lent comes back, and a command on many names that is under way
 * hears of it.
 *
 * Invariant (rule 5): a frame that is ready touches nothing that another process may serve from.
 */
export class Readiness {
  readonly #sequences: Sequences;
  readonly #holds: Holds;
  readonly #many: ManyNames;

  constructor(sequences: Sequences, holds: Holds, many: ManyNames) {
    this.#sequences = sequences;
    this.#holds = holds;
    this.#many = many;
  }

  /**
   * Whether every sequence that the entries of a frame touch is here. What is lent to a worker is recalled: `sink` is told by `resume`
   * when to ask again. When it is ready, the frame is to be executed at once.
   */
  isReady(entries: EntryReader, sink: AnswerSink): boolean {
    if (this.#many.isUnderWay) {
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

  /** Tells the command on many names that is under way what is about to be touched; false when that has to wait for it. */
  #tellMany(entries: EntryReader, sink: AnswerSink): boolean {
    while (entries.next()) {
      const { bytes, type } = entries;
      if (type === EntryType.piece) continue;
      if (type !== EntryType.command) {
        this.#many.touch(bytes, entries.nameStart, entries.nameEnd);
        continue;
      }
      const command = commandAt(entries.command);
      if (command.runs === 'master') {
        if (command.keys[0] === 0 && !this.#many.mayLookAtAll(sink)) return false;
        this.touchKeys(command, entries);
      } else if (command.runs === 'script') {
        // What it touches, it tells when it does.
        if (!this.#many.mayLookAtAll(sink)) return false;
      } else if (command.runs === 'transaction') {
        // What it watches may be among what is not applied yet.
        if (command.act === 'execute' && !this.#many.mayLookAtAll(sink)) return false;
        if (command.act === 'watch') this.touchKeys(command, entries);
        if (command.act === 'execute') {
          for (const { index, request } of queuedRequests(entries)) {
            this.touchKeys(commandAt(index), request);
          }
        }
      }
    }
    return true;
  }

  /** Tells it of what one command is about to touch. */
  touchKeys(command: CommandFacts, request: Arguments): void {
    const { bytes, starts, ends } = request;
    for (const key of keysOf(command, request)) {
      this.#many.touch(bytes, starts[key] as number, ends[key] as number);
    }
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
}
