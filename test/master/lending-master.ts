import type { ServerControl } from '#dist/commands/server-control.js';
import { allCommands } from '#dist/commands/table.js';
import { Allocator } from '#dist/master/allocator.js';
import type { BlockSettings } from '#dist/master/block-policy.js';
import { Executor } from '#dist/master/executor.js';
import { Holds } from '#dist/master/holds.js';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';
import type { WallClock } from '#dist/master/wall-clock.js';
import { WorkerLink } from '#dist/master/worker-link.js';
import { FrameReader, FrameWriter } from '#dist/protocol/frame.js';
import { writeHoldMessage } from '#dist/protocol/hold-message.js';
import { MessageType } from '#dist/protocol/message.js';
import { writeAccepted, writePiece } from '#dist/protocol/piece-message.js';
import { setTakeCount, writeCommand, writeTake } from '#dist/protocol/take-message.js';
import { composeTransaction, type Words } from '#dist/protocol/transaction-message.js';
import { SCRIPTS_PARTS } from './executor-bench.js';
import { frames } from './parts.js';

const SETTINGS = { block: 100, blockMax: 100, threshold: 50, blockTimeMs: 500 };

/** A worker as the master sees it: a pipe whose frames the test writes and reads. */
export class PipedWorker {
  readonly link: WorkerLink;
  readonly #out = new FrameWriter();
  readonly #received: Buffer[] = [];
  readonly #endTurn: () => void;
  #tag = 0;

  constructor(number: number, executor: Executor, holds: Holds, endTurn: () => void) {
    this.link = new WorkerLink(number, executor, holds, () => {});
    this.#endTurn = endTurn;
    this.link.attach({
      write: (bytes) => {
        this.#received.push(Buffer.from(bytes));
        return true;
      },
      send: (fill) => {
        const out = new FrameWriter();
        fill(out);
        this.#received.push(out.take());
      },
    });
  }

  /** What came since the last call. */
  received(): string[] {
    return frames(Buffer.concat(this.#received.splice(0)));
  }

  /** One frame with a run for each name, and what comes back at once. */
  take(...names: string[]): string[] {
    return this.#take(names, 1);
  }

  #take(names: readonly string[], amount: number): string[] {
    return this.#turn((out) => {
      out.begin(MessageType.requests);
      for (const name of names) this.#writeTake(out, name, amount);
      out.end();
    });
  }

  /** As many takes, each in a frame of its own, as make a sequence worth lending. */
  takeOften(name: string, amount = 1): string[] {
    let lines: string[] = [];
    for (let i = 0; i < 16; i++) lines = this.#take([name], amount);
    return lines;
  }

  command(...words: string[]): string[] {
    return this.#turn((out) => {
      out.begin(MessageType.requests);
      this.#writeCommand(out, words);
      out.end();
    });
  }

  /** A transaction of these commands, in a frame of its own, and what comes back at once. */
  exec(client: number, ...commands: readonly (readonly string[])[]): string[] {
    const items = commands.map((words) => {
      return {
        index: indexOf(words[0] as string),
        database: 0,
        protocol: 2,
        words: wordsOf(words),
      };
    });
    const { bytes, count, starts, ends } = composeTransaction(client, items);
    return this.#turn((out) => {
      out.begin(MessageType.requests);
      writeCommand(out, ++this.#tag, 2, 0, indexOf('exec'), bytes, count, starts, ends);
      out.end();
    });
  }

  /** A command in pieces of so many arguments, a frame each, and what comes back at once. */
  pieces(perPiece: number, ...words: string[]): string[] {
    const request = wordsOf(words);
    const command = indexOf(words[0] as string);
    const piece = { tag: ++this.#tag, protocol: 2, database: 0, command, request };
    const lines: string[] = [];
    for (let first = 0; first < words.length; first += perPiece) {
      const end = Math.min(words.length, first + perPiece);
      const write = (out: FrameWriter) => {
        out.begin(MessageType.requests);
        writePiece(out, piece, first, end);
        out.end();
      };
      lines.push(...this.#turn(write));
    }
    return lines;
  }

  /** A piece of the reply with this tag was passed on. */
  accepted(tag: number, isWanted = true): string[] {
    return this.#turn((out) => writeAccepted(out, tag, isWanted));
  }

  /** Of the last entry. */
  get tag(): number {
    return this.#tag;
  }

  /** A take and a command in one frame. */
  takeAnd(name: string, ...words: string[]): string[] {
    return this.#turn((out) => {
      out.begin(MessageType.requests);
      this.#writeTake(out, name);
      this.#writeCommand(out, words);
      out.end();
    });
  }

  #writeCommand(out: FrameWriter, words: readonly string[]): void {
    const { bytes, count, starts, ends } = wordsOf(words);
    const index = indexOf(words[0] as string);
    writeCommand(out, ++this.#tag, 2, 0, index, bytes, count, starts, ends);
  }

  returned(hold: number, taken: number): string[] {
    return this.#turn((out) => writeHoldMessage(out, 'returned', hold, taken));
  }

  more(hold: number, taken: number): string[] {
    return this.#turn((out) => writeHoldMessage(out, 'more', hold, taken));
  }

  #writeTake(out: FrameWriter, name: string, amount = 1): void {
    const bytes = Buffer.from(name);
    setTakeCount(out, writeTake(out, ++this.#tag, false, 0, amount, bytes, 0, bytes.length), 1);
  }

  #turn(fill: (out: FrameWriter) => void): string[] {
    fill(this.#out);
    const reader = new FrameReader((type, bytes, start, end) => {
      this.link.receive(type, bytes, start, end);
    });
    const chunk = this.#out.take();
    reader.push(chunk);
    // The chunk is valid only during the call.
    chunk.fill(0x7a);
    this.#endTurn();
    return this.received();
  }
}

function indexOf(command: string): number {
  return allCommands().findIndex(({ name }) => name === command.toLowerCase());
}

function wordsOf(words: readonly string[]): Words {
  const ends = words.map((_, i) => words.slice(0, i + 1).join('').length);
  const starts = ends.map((end, i) => end - (words[i] as string).length);
  return { bytes: Buffer.from(words.join('')), count: words.length, starts, ends };
}

/** A master with workers that lends sequences; its log is on the disk when the test says so. */
export class LendingMaster {
  readonly log = new ReservationLog();
  readonly sequences: Sequences;
  readonly holds: Holds;
  readonly workers: readonly PipedWorker[];
  tick = 1;
  /** What the commands on the server find. */
  readonly server: Partial<ServerControl> = {};
  readonly executor: Executor;
  readonly #allocator: Allocator;

  constructor(workers: number, settings: BlockSettings = SETTINGS, clock?: WallClock) {
    this.sequences = new Sequences(this.log, 2, clock);
    this.#allocator = new Allocator(this.sequences, settings, () => this.tick);
    this.holds = new Holds(this.#allocator, () => this.tick);
    const keyspace = new KeyspaceView(
      this.sequences,
      () => settings,
      () => 1,
    );
    const server = this.server as ServerControl;
    const executor = new Executor(this.sequences, this.#allocator, this.holds, keyspace, server);
    this.executor = executor;
    executor.scripts.parts = SCRIPTS_PARTS;
    executor.many.onTurn = () => this.endTurn();
    executor.listings.onTurn = () => this.endTurn();
    this.workers = Array.from(
      { length: workers },
      (_, i) => new PipedWorker(i + 1, executor, this.holds, () => this.endTurn()),
    );
  }

  endTurn(): void {
    this.holds.resume();
    this.log.flush();
    for (const { link } of this.workers) link.flush();
  }

  /** Everything that was logged becomes durable. */
  settle(): void {
    this.log.flush();
    const lsn = this.log.openLsn - 1;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
    for (const { link } of this.workers) link.release(lsn);
    this.executor.many.settled();
    this.executor.many.replies.release(lsn);
    this.holds.settled();
  }

  /** A sequence that has a durable block, of which one number is served. */
  begin(name: string): void {
    const [worker] = this.workers as [PipedWorker];
    worker.take(name);
    this.settle();
    worker.received();
  }

  value(name: string): number | bigint {
    const table = this.sequences.table(0);
    return table.value(table.find(Buffer.from(name), 0, name.length));
  }

  fail(): void {
    this.executor.many.failing('MISCONF disk full');
    this.executor.listings.failing('MISCONF disk full');
    this.sequences.inFlight.takeBack();
    this.log.fail('disk full');
    for (const { link } of this.workers) link.refuse('MISCONF disk full');
    this.executor.many.replies.refuse('MISCONF disk full');
  }

  die(worker: PipedWorker): number {
    worker.link.close();
    const skipped = this.holds.lost(worker.link);
    this.endTurn();
    return skipped;
  }
}
