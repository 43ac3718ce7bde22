import { OVERFLOW_ERROR } from '../commands/command.js';
import {
  add,
  advance,
  distance,
  fromBigInt,
  INT64_MAX,
  INT64_MIN,
  type Int64,
} from '../protocol/int64.js';
import { type BlockSettings, blockSize, isRefillDue, nextShift } from './block-policy.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';
import { misconfiguration, type Sequences } from './sequences.js';

/** What a run of takes got: `granted` of them a number, the others `refusal`. */
export class Grant {
  /** The value after the first take; each further take adds `step`. */
  first: Int64 = 0;
  step: Int64 = 1;
  granted = 0;
  /** So many of the granted may be answered at once, the others when `lsn` is durable. */
  durable = 0;
  lsn = 0;
  refusal = '';
}

/**
 * Decides every number:
 *
 *     first ── served ──┬── reserved, not served ──┬── not reserved ──▶
 *                     value                     ceiling
 *
 * Invariant: the value never passes the ceiling, and a ceiling is in the log's open batch before a number up to it is
 * assigned. How much of what is reserved is durable, the sequence's Pending tells; a Grant never calls more durable.
 */
export class Allocator {
  readonly #sequences: Sequences;
  settings: BlockSettings;
  /** Ticks of TICK_MS since the start, never 0. */
  readonly #clock: () => number;
  reservations = 0;

  constructor(sequences: Sequences, settings: BlockSettings, clock: () => number) {
    this.#sequences = sequences;
    this.settings = settings;
    this.#clock = clock;
  }

  /** Takes `count` times `amount` from a sequence, created at 0 when `ref` is 0, and fills `grant`. `ref` is what `find` just said. */
  take(
    table: SequenceTable,
    ref: number,
    bytes: Buffer,
    start: number,
    end: number,
    amount: Int64,
    count: number,
    grant: Grant,
  ): void {
    const value = ref === 0 ? 0 : table.value(ref);
    const fitting = takesThatFit(value, amount, count);
    grant.step = amount;
    grant.granted = fitting;
    grant.durable = 0;
    grant.lsn = 0;
    grant.refusal = fitting < count ? OVERFLOW_ERROR : '';
    if (fitting === 0) return;
    grant.first = add(value, amount) as Int64;
    if (amount > 0 && !(ref !== 0 && table.slab.hasFlag(ref, SequenceFlag.gauge))) {
      this.#takeFromBlock(table, ref, bytes, start, end, value, amount, grant);
    } else if (amount === 0 && ref !== 0) {
      grant.lsn = this.#sequences.waitLsn(table, ref);
      grant.durable = grant.lsn === 0 ? fitting : 0;
    } else this.#takeExactly(table, ref, bytes, start, end, value, amount, grant);
    if (this.#sequences.watches.size > 0 && grant.granted > 0) {
      this.#sequences.touch(table, bytes, start, end);
    }
    if (this.#sequences.notifications.isOn) {
      this.#tell(table, bytes, start, end, ref === 0, grant);
    }
  }

  /** Whether somebody is to learn of the next take: a client that watches it, or those who are told of all. */
  mustBeSeen(database: number, table: SequenceTable, ref: number): boolean {
    const { watches, notifications } = this.#sequences;
    if (notifications.tellsTakes) return true;
    return watches.size > 0 && this.#sequences.isWatched(database, table, ref);
  }

  /** How many numbers behind the value are reserved and durable: so many may be lent. */
  durableLeft(table: SequenceTable, ref: number): number {
    const { slab } = table;
    if (table.isDoubtful || slab.hasFlag(ref, SequenceFlag.gauge)) return 0;
    if (table.swappedLsn > this.#sequences.log.settledLsn) return 0;
    const reserved = slab.reserved(ref);
    if (!slab.hasFlag(ref, SequenceFlag.pending)) return reserved;
    return Math.max(0, reserved - (table.pending.get(ref)?.undurable ?? 0));
  }

  /** Reserves the next block, unless one is on its way. */
  reserveAhead(table: SequenceTable, ref: number): void {
    const { slab } = table;
    if (this.settings.block === 1 || slab.hasFlag(ref, SequenceFlag.pending)) return;
    if (this.#sequences.log.failure !== '') return;
    const reserved = slab.reserved(ref);
    const ceiling = add(table.value(ref), reserved) as Int64;
    const possible = INT64_MAX - BigInt(ceiling);
    if (possible === 0n) return;
    const next = this.#nextBlock(table, ref);
    const count = possible < BigInt(next) ? Number(possible) : next;
    this.#raise(table, ref, count, ceiling, false);
    slab.setReserved(ref, reserved + count);
  }

  /** A gauge, or what is about to become one: logged as it is, one entry for the whole run. */
  #takeExactly(
    table: SequenceTable,
    ref: number,
    bytes: Buffer,
    start: number,
    end: number,
    value: Int64,
    amount: Int64,
    grant: Grant,
  ): void {
    if (this.#refuseWithoutLog(grant)) return;
    const last = advance(value, amount, grant.granted) as Int64;
    const deadline = ref === 0 ? 0 : table.slab.deadline(ref);
    this.#sequences.write(table, ref, bytes, start, end, last, amount < 0, deadline);
    grant.lsn = this.#sequences.log.openLsn;
  }

  #takeFromBlock(
    table: SequenceTable,
    found: number,
    bytes: Buffer,
    start: number,
    end: number,
    value: Int64,
    amount: Int64,
    grant: Grant,
  ): void {
    const { slab } = table;
    let ref = found;
    let total = totalOf(amount, grant.granted);
    let reserved = ref === 0 || table.isDoubtful ? 0 : slab.reserved(ref);
    if (total > reserved) {
      if (this.#sequences.log.failure === '') {
        if (ref === 0) ref = table.insertMissed(bytes, start, end);
        reserved = this.#reserve(table, ref, value, reserved, total, found === 0);
      } else {
        // What the block still has is served; the rest needs the disk.
        grant.granted = Number(BigInt(reserved) / BigInt(amount));
        grant.refusal = misconfiguration(this.#sequences.log.failure);
        if (grant.granted === 0) return;
        total = totalOf(amount, grant.granted);
        reserved -= Number(total);
      }
    } else reserved -= Number(total);
    table.setValue(ref, add(value, total) as Int64);
    slab.setReserved(ref, reserved);
    this.#tellDurable(table, ref, reserved, amount, grant);
    this.#refillAhead(table, ref, reserved);
  }

  /** Raises the ceiling for a take of `total` of which `reserved` numbers are there; what is left after the take. */
  #reserve(
    table: SequenceTable,
    ref: number,
    value: Int64,
    reserved: number,
    total: Int64,
    isNew: boolean,
  ): number {
    const block = this.#nextBlock(table, ref);
    const shortage = distance(total, reserved);
    let count: Int64 = block;
    if (shortage > block) count = shortage;
    if (isRefillDue(this.settings, Number(distance(count, shortage)), block)) {
      count = fromBigInt(BigInt(count) + BigInt(block));
    }
    const ceiling = add(value, reserved) as Int64;
    const possible = fromBigInt(INT64_MAX - BigInt(ceiling));
    if (count > possible) count = possible;
    this.#raise(table, ref, count, ceiling, isNew);
    return Number(distance(count, shortage));
  }

  /** Reserves the next block while the last one still has numbers, so that no take has to wait for it. */
  #refillAhead(table: SequenceTable, ref: number, reserved: number): void {
    const { slab } = table;
    const block = blockSize(this.settings, slab.blockShift(ref));
    if (isRefillDue(this.settings, reserved, block)) this.reserveAhead(table, ref);
  }

  #raise(table: SequenceTable, ref: number, count: Int64, ceiling: Int64, isNew: boolean): void {
    this.#sequences.reserve(table, ref, count, add(ceiling, count) as Int64, isNew);
    this.reservations++;
  }

  /** Size of the block that is due now; dates it. */
  #nextBlock(table: SequenceTable, ref: number): number {
    const { slab } = table;
    const last = slab.reservedAt(ref);
    const tick = this.#clock();
    const shift =
      last === 0 ? 0 : nextShift(this.settings, slab.blockShift(ref), (tick - last) >>> 0);
    slab.setBlockShift(ref, shift);
    slab.setReservedAt(ref, tick);
    return blockSize(this.settings, shift);
  }

  /** Splits a grant at the durable ceiling: the sequence has just been moved, `reserved` numbers are left. */
  #tellDurable(
    table: SequenceTable,
    ref: number,
    reserved: number,
    amount: Int64,
    grant: Grant,
  ): void {
    grant.durable = grant.granted;
    if (table.swappedLsn > this.#sequences.log.settledLsn) {
      grant.durable = 0;
      grant.lsn = Math.max(table.swappedLsn, table.pending.get(ref)?.lsn ?? 0);
      return;
    }
    if (!table.slab.hasFlag(ref, SequenceFlag.pending)) return;
    const pending = table.pending.get(ref);
    if (pending === undefined) return;
    const beyond = pending.undurable - reserved;
    if (beyond <= 0) return;
    grant.durable = Math.max(0, grant.granted - Math.ceil(beyond / Number(amount)));
    grant.lsn = pending.lsn;
    const held = advance(table.value(ref), -amount, grant.granted - grant.durable);
    if (held !== undefined) pending.hold(pending.lsn, held);
  }

  /** Tells of each take of a run. */
  #tell(
    table: SequenceTable,
    bytes: Buffer,
    start: number,
    end: number,
    isNew: boolean,
    { granted, durable, lsn }: Grant,
  ): void {
    if (granted === 0) return;
    const { notifications } = this.#sequences;
    const database = this.#sequences.databases.databaseOf(table);
    if (isNew) notifications.tell('new', database, bytes, start, end, lsn);
    for (let i = 0; i < granted; i++) {
      notifications.tell('incrby', database, bytes, start, end, i < durable ? 0 : lsn);
    }
  }

  #refuseWithoutLog(grant: Grant): boolean {
    const { failure } = this.#sequences.log;
    if (failure === '') return false;
    grant.granted = 0;
    grant.refusal = misconfiguration(failure);
    return true;
  }
}

/** Beyond 64 bits when a run begins far below zero. */
function totalOf(amount: Int64, count: number): Int64 {
  return advance(0, amount, count) ?? BigInt(amount) * BigInt(count);
}

/** How many of `count` takes of `amount` stay within 64 bits. */
function takesThatFit(value: Int64, amount: Int64, count: number): number {
  if (typeof value === 'number' && typeof amount === 'number') {
    const last = value + amount * count;
    if (last >= Number.MIN_SAFE_INTEGER && last <= Number.MAX_SAFE_INTEGER) return count;
  }
  const step = BigInt(amount);
  if (step === 0n) return count;
  const room = step > 0n ? INT64_MAX - BigInt(value) : BigInt(value) - INT64_MIN;
  const fitting = room / (step > 0n ? step : -step);
  return fitting < BigInt(count) ? Number(fitting) : count;
}
