import { add, type Int64 } from '../protocol/int64.js';
import type { Allocator } from './allocator.js';
import { Demand, LENT_AFTER } from './demand.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';

/** A worker as the holds see it. */
export interface Holder extends Waiter {
  /** Counts the workers of this server's life. */
  readonly number: number;
  lend(hold: Hold, count: number): void;
  extend(hold: Hold, count: number): void;
  recall(hold: Hold): void;
  endLoan(ended: EndedLoan): void;
}

/** Who waits for a sequence that is lent. */
export interface Waiter {
  /** What it waited for may have come back. */
  resume(): void;
}

/** A hold that was over before its holder knew of it. */
export interface EndedLoan {
  readonly id: number;
  readonly database: number;
  readonly table: SequenceTable;
  readonly name: Buffer;
}

/**
 * A block that is lent to one worker. Meanwhile the table keeps the last value that is known here:
 *
 *     ── known to be served ──┬── lent ──┬── reserved, not lent ──┬── not reserved ──▶
 *                           value                              ceiling
 *
 * Invariants (rules 1, 5 and 9): only durable numbers are lent; while a sequence is lent, nothing is taken from it or shown of it here; it comes
 * back by the holder's message or by its death, after which all that was lent counts as served.
 */
export class Hold {
  readonly id: number;
  readonly holder: Holder;
  /** What the holder calls the database. */
  readonly database: number;
  readonly table: SequenceTable;
  readonly ref: number;
  /** Numbers behind the table's value that the holder may serve. */
  lent = 0;
  /** What the holder has told of, since it was lent. */
  taken = 0;
  /** The holder has asked for more, which is not durable yet. */
  isWanting = false;
  /** Whose entries wait for its return; it is recalled when there are any. */
  readonly waiting: Waiter[] = [];
  /** When it was recalled, in ticks. */
  recalledAt = 0;

  constructor(id: number, holder: Holder, database: number, table: SequenceTable, ref: number) {
    this.id = id;
    this.holder = holder;
    this.database = database;
    this.table = table;
    this.ref = ref;
  }
}

/** A return is worth the lending when so many numbers were served from the hold, or half of it. */
const WORTH = 1000;

/** A holder that has not answered a recall for so long is stuck; others wait for it. In ticks: a second. */
const RECALL_TICKS = 100;

/** The blocks that are lent to workers. */
export class Holds {
  readonly #allocator: Allocator;
  readonly #clock: () => number;
  readonly #demand: Demand;
  readonly #byId = new Map<number, Hold>();
  readonly #counts = new Map<Holder, number>();
  readonly #wanting = new Set<Hold>();
  readonly #resumable: Waiter[] = [];
  #lastId = 0;
  /** Counted since the start, for INFO. */
  lendings = 0;
  recalls = 0;

  /** `clock` answers ticks of TICK_MS. */
  constructor(allocator: Allocator, clock: () => number, lentAfter = LENT_AFTER) {
    this.#allocator = allocator;
    this.#clock = clock;
    this.#demand = new Demand(clock, lentAfter);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many one worker has. */
  countOf(holder: Holder): number {
    return this.#counts.get(holder) ?? 0;
  }

  /** The hold on a sequence. */
  of(table: SequenceTable, ref: number): Hold | undefined {
    return ref !== 0 && table.slab.hasFlag(ref, SequenceFlag.held)
      ? table.held.get(ref)
      : undefined;
  }

  all(): Hold[] {
    return [...this.#byId.values()];
  }

  /** A worker has taken from this sequence; whether it alone has been asking, often and lately. */
  isDue(table: SequenceTable, ref: number, holder: Holder): boolean {
    return this.#demand.isDue(table.place, ref, holder.number);
  }

  /** Lends a worker what is durable of a sequence's block, if it may be lent. */
  offer(database: number, table: SequenceTable, ref: number, holder: Holder): void {
    if (table.slab.hasFlag(ref, SequenceFlag.free | SequenceFlag.held)) return;
    // What its holder serves would change it unseen.
    if (this.#allocator.mustBeSeen(database, table, ref)) return;
    const count = this.#allocator.durableLeft(table, ref);
    if (count === 0 || typeof add(table.value(ref), count) !== 'number') return;
    if (typeof table.value(ref) !== 'number') return;
    const hold = new Hold(++this.#lastId, holder, database, table, ref);
    hold.lent = count;
    this.#byId.set(hold.id, hold);
    this.#counts.set(holder, this.countOf(holder) + 1);
    table.held.set(ref, hold);
    table.slab.setFlag(ref, SequenceFlag.held, true);
    this.lendings++;
    holder.lend(hold, count);
  }

  /**
   * A take of the holder itself has come. It was sent before the hold was used, or `returned` would have come first
   * (worker/holds.ts): the sequence is here again as it was.
   */
  endUnused(hold: Hold): void {
    if (hold.waiting.length > 0) this.#tellDemand(hold, false);
    this.#end(hold);
  }

  /** `waiter` waits until the sequence is here again. */
  recall(hold: Hold, waiter: Waiter): void {
    if (hold.waiting.length === 0) {
      this.recalls++;
      hold.recalledAt = this.#clock();
      hold.holder.recall(hold);
    }
    if (!hold.waiting.includes(waiter)) hold.waiting.push(waiter);
  }

  /** Recalls all of them; resolves when none is lent any more. Undefined when none is. */
  recallAll(): Promise<void> | undefined {
    if (this.size === 0) return undefined;
    return new Promise((resolve) => {
      const resume = () => {
        if (this.size === 0) resolve();
      };
      for (const hold of this.all()) this.recall(hold, { resume });
    });
  }

  /** The holder gives it back, after `taken` numbers in all. */
  returned(id: number, taken: number): void {
    const hold = this.#byId.get(id);
    if (hold === undefined) {
      if (taken > 0) throw new Error(`${taken} numbers were served from a hold that was over`);
      return;
    }
    this.#settle(hold, taken);
    this.#tellDemand(hold, taken >= WORTH || taken >= hold.lent);
    this.#end(hold);
  }

  /** The holder has served `taken` numbers in all, and wants more. */
  more(id: number, taken: number): void {
    const hold = this.#byId.get(id);
    if (hold === undefined) return;
    this.#settle(hold, taken);
    hold.isWanting = true;
    this.#wanting.add(hold);
    this.#extend(hold);
    if (hold.isWanting) this.#allocator.reserveAhead(hold.table, hold.ref);
  }

  /** More has become durable: who wants some gets it. */
  settled(): void {
    for (const hold of this.#wanting) this.#extend(hold);
  }

  /** Whether a worker keeps others waiting for what it was lent. */
  isOverdue(holder: Holder): boolean {
    const now = this.#clock();
    return this.all().some(
      (hold) =>
        hold.holder === holder && hold.waiting.length > 0 && now - hold.recalledAt > RECALL_TICKS,
    );
  }

  /** The master itself was held up: silence until now means nothing. */
  excuse(): void {
    for (const hold of this.#byId.values()) hold.recalledAt = this.#clock();
  }

  /** A worker is gone, after everything it wrote was read: what it was lent is a gap. How many numbers that skips. */
  lost(holder: Holder): number {
    let skipped = 0;
    for (const hold of [...this.#byId.values()]) {
      if (hold.holder !== holder) continue;
      skipped += hold.lent;
      this.#settle(hold, hold.taken + hold.lent);
      this.#end(hold);
    }
    this.#counts.delete(holder);
    return skipped;
  }

  /** Lets go on whoever waited for what has come back; at the end of a turn. */
  resume(): void {
    for (let waiter = this.#resumable.shift(); waiter; waiter = this.#resumable.shift()) {
      waiter.resume();
    }
  }

  #tellDemand({ table, ref, waiting }: Hold, isWorth: boolean): void {
    this.#demand.returned(table.place, ref, isWorth, waiting.length > 0);
  }

  /** Takes over what the holder has served; `taken` counts since it was lent. */
  #settle(hold: Hold, taken: number): void {
    const count = taken - hold.taken;
    if (count < 0 || count > hold.lent) {
      throw new Error(`${count} numbers were served from a hold of ${hold.lent}`);
    }
    const { table, ref } = hold;
    table.setValue(ref, add(table.value(ref), count) as Int64);
    table.slab.setReserved(ref, table.slab.reserved(ref) - count);
    hold.taken = taken;
    hold.lent -= count;
  }

  #extend(hold: Hold): void {
    const count = this.#allocator.durableLeft(hold.table, hold.ref) - hold.lent;
    if (count <= 0 || typeof add(hold.table.value(hold.ref), hold.lent + count) !== 'number')
      return;
    hold.lent += count;
    hold.isWanting = false;
    this.#wanting.delete(hold);
    hold.holder.extend(hold, count);
  }

  #end(hold: Hold): void {
    this.#byId.delete(hold.id);
    this.#counts.set(hold.holder, this.countOf(hold.holder) - 1);
    this.#wanting.delete(hold);
    hold.table.held.delete(hold.ref);
    hold.table.slab.setFlag(hold.ref, SequenceFlag.held, false);
    this.#resumable.push(...hold.waiting);
  }
}
