import { multiply } from '../protocol/int64.js';
import { giveRun } from './answers.js';
import type { Combiner, Entry } from './combiner.js';
import type { Awaited } from './reply-queue.js';
import { spread } from './spread.js';

/** As many sequences may be lent to one worker. */
export const HOLDS_LIMIT = 1024;
const SLOTS = 4096;
const PROBES = 4;
/** Up to two blocks are lent. More that was asked for before half of that is gone would be a third one, to be lost in a crash. */
const MOST_PERCENT = 50;

/**
 * A block that is lent to this worker, which alone serves from it, without a message:
 *
 *     ── served ──┬── left: lent, not served ──┬── the master's ──▶
 *               value
 *
 * lent ── whatever was sent before it came is answered ──▶ ready ── exhausted, recalled, unused, … ──▶ returned
 *
 * Invariants (rules 1, 5 and 9):
 * - every number of it is durable, so what is served from it waits for nothing;
 * - it is served from only in `ready`, and while no take of its sequence is at the master or on its way there: a take
 *   that has to go there gives the hold back first. So a take that the holder has sent, and that meets its own hold
 *   at the master, proves that the hold has not been served from;
 * - it serves a connection only while that has nothing at the master. So what one client sent in order takes effect in order,
 *   and a hold may be given back ahead of requests that are still waiting.
 */
export class Hold {
  readonly database: number;
  readonly name: Buffer;
  readonly hash: number;
  /** Where it stands in the table. */
  readonly slot: number;
  /** The master's number for it; another one when it is lent anew before it was used. */
  id = 0;
  value = 0;
  left = 0;
  /** Numbers served from it since it was lent. */
  taken = 0;
  isReady = false;
  /** It becomes ready when the frame of this number is answered. */
  readyAfter = 0;
  /** When less is left, more is asked for; 0 while that is under way. */
  moreBelow = 0;
  /** `taken` when the clock ticked last. */
  takenAtTick = 0;
  /** Takes that came before it was ready. */
  waiting: Entry | undefined;
  waitingCount = 0;
  waitingAmount = 0;
  waitingInUnits = false;

  constructor(database: number, name: Buffer, hash: number, slot: number) {
    this.database = database;
    this.name = name;
    this.hash = hash;
    this.slot = slot;
  }

  isOf(database: number, bytes: Buffer, start: number, end: number): boolean {
    const { name } = this;
    if (name.length !== end - start || this.database !== database) return false;
    for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
    return true;
  }
}

/** The link to the master, as the holds need it. */
export interface HoldPort {
  /** The last frame that was sent, counted from 1, and the last one whose answer has come. */
  readonly sentFrames: number;
  readonly answeredFrames: number;
  returned(hold: number, taken: number): void;
  more(hold: number, taken: number): void;
  /** Something was added to the combiner's frame. */
  schedule(): void;
}

/** The blocks that are lent to this worker. */
export class Holds {
  readonly #combiner: Combiner;
  readonly #port: HoldPort;
  readonly #slots = new Array<Hold | undefined>(SLOTS).fill(undefined);
  readonly #byId = new Map<number, Hold>();
  #unready: Hold[] = [];
  #last: Hold | undefined;
  #isClosed = false;
  /** Of what is lent: when less is left, more is asked for. */
  thresholdPercent = 50;

  constructor(combiner: Combiner, port: HoldPort) {
    this.#combiner = combiner;
    this.#port = port;
  }

  get size(): number {
    return this.#byId.size;
  }

  find(database: number, bytes: Buffer, start: number, end: number): Hold | undefined {
    if (this.#byId.size === 0) return undefined;
    const last = this.#last;
    if (last?.isOf(database, bytes, start, end)) return last;
    const hash = spread(bytes, start, end);
    for (let probe = 0; probe < PROBES; probe++) {
      const hold = this.#slots[(hash + probe) & (SLOTS - 1)];
      if (hold !== undefined && hold.hash === hash && hold.isOf(database, bytes, start, end)) {
        this.#last = hold;
        return hold;
      }
    }
    return undefined;
  }

  /** A `lend` part has come: the `count` numbers behind `value`, or the end of the hold when there are none. */
  lent(
    id: number,
    database: number,
    value: number,
    count: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    let hold = this.find(database, bytes, start, end);
    if (count === 0) {
      if (hold?.id === id) this.#end(hold);
      return;
    }
    if (hold === undefined) {
      hold = this.#isClosed ? undefined : this.#place(database, bytes, start, end);
      if (hold === undefined) {
        this.#port.returned(id, 0);
        return;
      }
      // Whatever is on its way may be a take of it.
      const { sentFrames } = this.#port;
      hold.readyAfter = this.#combiner.isEmpty ? sentFrames : sentFrames + 1;
      this.#unready.push(hold);
    } else if (hold.isReady) throw new Error('a sequence was lent that was lent already');
    else this.#byId.delete(hold.id);
    hold.id = id;
    hold.value = value;
    hold.left = count;
    hold.moreBelow = this.#moreBelow(count);
    this.#byId.set(id, hold);
  }

  /** What was sent up to now is answered as far as `answeredFrames` says: some holds may have become ready. */
  mature(): void {
    if (this.#unready.length === 0) return;
    const { answeredFrames } = this.#port;
    const unready: Hold[] = [];
    for (const hold of this.#unready) {
      if (this.#byId.get(hold.id) !== hold) continue;
      if (hold.readyAfter > answeredFrames) unready.push(hold);
      else {
        hold.isReady = true;
        if (hold.waiting !== undefined) this.#serveWaiting(hold, hold.waiting);
      }
    }
    this.#unready = unready;
  }

  /** Takes one amount; the caller has seen that it is ready and has as much left. */
  take(hold: Hold, amount: number): void {
    hold.value += amount;
    hold.left -= amount;
    hold.taken += amount;
    if (hold.left < hold.moreBelow) {
      hold.moreBelow = 0;
      this.#port.more(hold.id, hold.taken);
    }
  }

  /** The entry that takes of an unready hold wait for; undefined when this one can't join those that do. */
  waitingEntry(
    hold: Hold,
    amount: number,
    inUnits: boolean,
    last: Awaited | undefined,
  ): Entry | undefined {
    if (hold.waiting === undefined) {
      if (last !== undefined) return undefined;
      hold.waiting = this.#combiner.newEntry();
      hold.waitingCount = 0;
      hold.waitingAmount = amount;
      hold.waitingInUnits = inUnits;
    } else {
      if (hold.waitingAmount !== amount || hold.waitingInUnits !== inUnits) return undefined;
      if (last !== undefined && last.entry !== hold.waiting) return undefined;
    }
    hold.waitingCount++;
    return hold.waiting;
  }

  extend(id: number, count: number): void {
    const hold = this.#byId.get(id);
    if (hold === undefined) return;
    hold.left += count;
    hold.moreBelow = this.#moreBelow(hold.left);
  }

  #moreBelow(lent: number): number {
    return (lent * Math.min(this.thresholdPercent, MOST_PERCENT)) / 100;
  }

  recall(id: number): void {
    const hold = this.#byId.get(id);
    if (hold !== undefined) this.release(hold);
  }

  /** Gives it back; the takes that wait for it go to the master. */
  release(hold: Hold): void {
    this.#port.returned(hold.id, hold.taken);
    this.#end(hold);
  }

  /** A connection with unanswered requests sends another one to the master: none of them may wait here meanwhile. */
  releaseWaiting(): void {
    for (const hold of this.#unready) if (hold.waiting !== undefined) this.release(hold);
  }

  /** All holds go back, and those that are on their way here will. */
  close(): void {
    this.#isClosed = true;
    for (const hold of [...this.#byId.values()]) this.release(hold);
  }

  /** Once a second: what was not used since goes back, so that a crash skips less. */
  tick(): void {
    for (const hold of [...this.#byId.values()]) {
      if (hold.isReady && hold.taken === hold.takenAtTick) this.release(hold);
      hold.takenAtTick = hold.taken;
    }
  }

  #serveWaiting(hold: Hold, entry: Entry): void {
    const { waitingAmount: amount, waitingCount: count } = hold;
    const fitting = Math.min(count, Math.floor(hold.left / amount));
    if (fitting > 0) {
      const first = hold.value + amount;
      this.take(hold, multiply(amount, fitting) as number);
      entry.first = giveRun(entry.first as Awaited, fitting, first, amount);
    }
    hold.waitingCount = count - fitting;
    if (fitting < count) this.release(hold);
    else {
      hold.waiting = undefined;
      this.#combiner.finish(entry);
    }
  }

  #end(hold: Hold): void {
    this.#byId.delete(hold.id);
    this.#slots[hold.slot] = undefined;
    if (this.#last === hold) this.#last = undefined;
    const entry = hold.waiting;
    if (entry === undefined) return;
    hold.waiting = undefined;
    const { database, waitingAmount, waitingInUnits, waitingCount, name } = hold;
    this.#combiner.adopt(entry, database, waitingAmount, waitingInUnits, waitingCount, name);
    this.#port.schedule();
  }

  /** A hold without a block, where `find` sees it; undefined when there is no room. */
  #place(database: number, bytes: Buffer, start: number, end: number): Hold | undefined {
    if (this.#byId.size >= HOLDS_LIMIT) return undefined;
    const hash = spread(bytes, start, end);
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      if (this.#slots[slot] !== undefined) continue;
      const name = Buffer.from(bytes.subarray(start, end));
      const hold = new Hold(database, name, hash, slot);
      this.#slots[slot] = hold;
      return hold;
    }
    return undefined;
  }
}
