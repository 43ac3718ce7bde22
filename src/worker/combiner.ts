import { FrameWriter } from '../protocol/frame.js';
import type { Int64 } from '../protocol/int64.js';
import { MessageType } from '../protocol/message.js';
import { setTakeCount, writeCommand, writeTake } from '../protocol/take-message.js';
import { Parcels } from './parcels.js';
import type { Awaited } from './reply-queue.js';
import { spread } from './spread.js';

/** What was sent to the master under one tag, and the places that wait for it, in order. */
export class Entry {
  readonly tag: number;
  first: Awaited | undefined;
  last: Awaited | undefined;

  constructor(tag: number) {
    this.tag = tag;
  }

  wait(awaited: Awaited): void {
    awaited.entry = this;
    if (this.last === undefined) this.first = awaited;
    else this.last.nextOfEntry = awaited;
    this.last = awaited;
  }
}

/** A take in the frame that is being built, which others of the same sequence and amount may still join. */
class Run {
  entry: Entry | undefined;
  database = 0;
  amount: Int64 = 0;
  inUnits = false;
  count = 0;
  /** Where its entry stands in the frame, and its name in there. */
  at = 0;
  nameStart = 0;
  nameEnd = 0;
  epoch = 0;
}

const FRAME_ROOM = 65536;
/** A frame of so many bytes, some fifty takes, is full: what the message costs is little beside its entries. */
const FULL_FRAME = 2048;
const LARGE_FRAME = 1 << 20;
const SLOTS = 8192;
const PROBES = 8;
const NAME_OFFSET = 24;

/**
 * Builds the frame of a turn. All takes of the same amount from one sequence travel as one entry, a run, whichever
 * connections they came from, so that the master's work is a matter of turns and sequences, not of commands.
 *
 * Invariant: a run ends where another command that may touch its sequence is added, so every connection sees its
 * own commands in order.
 */
export class Combiner {
  frame = new FrameWriter(FRAME_ROOM);
  /** Commands that are too large for one frame. */
  readonly parcels = new Parcels();
  /** Frames that are at the master, oldest first, and those that can be used again. */
  readonly #sent: FrameWriter[] = [];
  readonly #spares: FrameWriter[] = [];
  /** By tag. */
  readonly #entries: Entry[] = [];
  readonly #free: Entry[] = [];
  /** Made as they are needed. */
  readonly #runs = new Array<Run | undefined>(SLOTS).fill(undefined);
  /** Takes the runs that found no slot, one after the other: only the last of them can be joined. */
  readonly #unplaced = new Run();
  #lastRun = this.#unplaced;
  /** Runs of an older epoch take nobody in. */
  #epoch = 1;

  get isEmpty(): boolean {
    return !this.frame.isOpen() && this.parcels.isEmpty;
  }

  /** More of what comes would gain little by going with it. */
  get isFull(): boolean {
    return this.frame.length >= FULL_FRAME;
  }

  /** Adds a take to the run of its sequence, or begins one; the entry to wait for. */
  take(
    database: number,
    amount: Int64,
    inUnits: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): Entry {
    const last = this.#lastRun;
    if (this.#isOf(last, database, bytes, start, end)) {
      return this.#joinOrReplace(last, database, amount, inUnits, bytes, start, end);
    }
    let slot = spread(bytes, start, end) & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++) {
      const run = this.#run(slot);
      if (run.epoch !== this.#epoch)
        return this.#begin(run, database, amount, inUnits, bytes, start, end);
      if (this.#isOf(run, database, bytes, start, end)) {
        return this.#joinOrReplace(run, database, amount, inUnits, bytes, start, end);
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    // A crowded place: a take of its own is as right, only less combined.
    return this.#begin(this.#unplaced, database, amount, inUnits, bytes, start, end);
  }

  /** Adds a command that touches no sequence but the one named `bytes[start, end)`; `start` -1 means any. */
  command(
    database: number,
    protocol: number,
    index: number,
    bytes: Buffer,
    count: number,
    starts: ArrayLike<number>,
    ends: ArrayLike<number>,
    hasOneKey: boolean,
  ): Entry {
    if (!hasOneKey) this.#epoch++;
    else this.#close(database, bytes, starts[1] as number, ends[1] as number);
    this.#open();
    const entry = this.newEntry();
    writeCommand(this.frame, entry.tag, protocol, database, index, bytes, count, starts, ends);
    return entry;
  }

  /**
   * Closes the frame and begins another; the bytes to be sent. They stay as they are until `answered` has been called for them.
   */
  end(): Buffer {
    if (!this.parcels.isEmpty) {
      this.#open();
      this.parcels.writeNext(this.frame);
    }
    const ended = this.frame;
    ended.end();
    this.#sent.push(ended);
    this.frame = this.#spares.pop() ?? new FrameWriter(FRAME_ROOM);
    this.#epoch++;
    return ended.view();
  }

  /** The master has answered the oldest frame that it has. */
  answered(): void {
    const frame = this.#sent.shift();
    if (frame === undefined) throw new Error('the master answered a frame that it never got');
    if (frame.bytes.length > LARGE_FRAME) frame.abandon(FRAME_ROOM);
    frame.reset();
    this.#spares.push(frame);
  }

  /** An entry that is in no frame: places may wait for it already. */
  newEntry(): Entry {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const entry = new Entry(this.#entries.length);
    this.#entries.push(entry);
    return entry;
  }

  /** Puts an entry of `newEntry`, with the `count` takes that wait for it, into the frame. */
  adopt(
    entry: Entry,
    database: number,
    amount: Int64,
    inUnits: boolean,
    count: number,
    name: Buffer,
  ): void {
    // A later take of one of these connections must not join a run that stands before.
    this.#close(database, name, 0, name.length);
    this.#open();
    const at = writeTake(this.frame, entry.tag, inUnits, database, amount, name, 0, name.length);
    setTakeCount(this.frame, at, count);
  }

  /** No further take joins a run that there is. */
  endRuns(): void {
    this.#epoch++;
  }

  entry(tag: number): Entry {
    const entry = this.#entries[tag];
    if (entry === undefined)
      throw new Error(`the master answered tag ${tag}, which nobody waits for`);
    return entry;
  }

  /** The last part of an entry's answer has come. */
  finish(entry: Entry): void {
    entry.first = undefined;
    entry.last = undefined;
    this.#free.push(entry);
  }

  #joinOrReplace(
    run: Run,
    database: number,
    amount: Int64,
    inUnits: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): Entry {
    if (run.amount !== amount || run.inUnits !== inUnits || run.count === 0) {
      return this.#begin(run, database, amount, inUnits, bytes, start, end);
    }
    run.count++;
    setTakeCount(this.frame, run.at, run.count);
    this.#lastRun = run;
    return run.entry as Entry;
  }

  #begin(
    run: Run,
    database: number,
    amount: Int64,
    inUnits: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): Entry {
    this.#open();
    const entry = this.newEntry();
    run.at = writeTake(this.frame, entry.tag, inUnits, database, amount, bytes, start, end);
    run.entry = entry;
    run.database = database;
    run.amount = amount;
    run.inUnits = inUnits;
    run.count = 1;
    run.nameStart = run.at + NAME_OFFSET;
    run.nameEnd = run.nameStart + end - start;
    run.epoch = this.#epoch;
    this.#lastRun = run;
    return entry;
  }

  /** No further take joins the run of this sequence. */
  #close(database: number, bytes: Buffer, start: number, end: number): void {
    let slot = spread(bytes, start, end) & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++) {
      const run = this.#run(slot);
      if (run.epoch !== this.#epoch) break;
      if (this.#isOf(run, database, bytes, start, end)) run.count = 0;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#isOf(this.#lastRun, database, bytes, start, end)) this.#lastRun.count = 0;
  }

  #isOf(run: Run, database: number, bytes: Buffer, start: number, end: number): boolean {
    if (run.epoch !== this.#epoch || run.nameEnd - run.nameStart !== end - start) return false;
    if (run.database !== database) return false;
    const own = this.frame.bytes;
    let at = run.nameStart;
    for (let i = start; i < end; i++) if (own[at++] !== bytes[i]) return false;
    return true;
  }

  #run(slot: number): Run {
    let run = this.#runs[slot];
    if (run === undefined) {
      run = new Run();
      this.#runs[slot] = run;
    }
    return run;
  }

  #open(): void {
    if (!this.frame.isOpen()) this.frame.begin(MessageType.requests);
  }
}
