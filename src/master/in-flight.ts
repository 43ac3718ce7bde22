import { add, distance, type Int64 } from '../protocol/int64.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';

/**
 * A sequence some of whose entries are on their way to the disk. `undurable` counts the numbers at the top of what
 * is reserved that are not durable yet: the durable ceiling is ceiling - undurable. Infinity: nothing of the sequence
 * may be shown before `lsn`.
 */
export class Pending {
  readonly table: SequenceTable;
  /** Changes when the sequence is put back after a removal that failed. */
  ref: number;
  lsn = 0;
  undurable = 0;
  /** The lowest lsn that takes wait for, Infinity for none, and the value before the first of them. */
  #heldLsn = Infinity;
  #heldValue: Int64 = 0;
  /** The same for higher ones, by lsn; hardly ever any. */
  #heldLater: { readonly lsn: number; readonly value: Int64 }[] | undefined;

  constructor(table: SequenceTable, ref: number) {
    this.table = table;
    this.ref = ref;
  }

  /** Takes beyond `value` are about to wait for `lsn`. */
  hold(lsn: number, value: Int64): void {
    if (this.#heldLsn === Infinity) {
      this.#heldLsn = lsn;
      this.#heldValue = value;
    } else if ((this.#heldLater?.at(-1)?.lsn ?? this.#heldLsn) !== lsn) {
      this.#heldLater ??= [];
      this.#heldLater.push({ lsn, value });
    }
  }

  /** What waited for this lsn is answered. */
  release(lsn: number): void {
    while (this.#heldLsn <= lsn) {
      const next = this.#heldLater?.shift();
      this.#heldLsn = next?.lsn ?? Infinity;
      this.#heldValue = next?.value ?? 0;
    }
  }

  /** The value that the sequence goes back to when what waits is refused; undefined when nothing waits. */
  get heldFrom(): Int64 | undefined {
    return this.#heldLsn === Infinity ? undefined : this.#heldValue;
  }
}

/** The state of a sequence before a change that must be taken back if it does not become durable. */
export interface Before {
  readonly value: Int64;
  readonly reserved: number;
  readonly isGauge: boolean;
  readonly deadline: Int64;
}

/** What is to be put back if a change of this sequence fails. */
export function stateOf(table: SequenceTable, ref: number): Before {
  const { slab } = table;
  return {
    value: table.value(ref),
    reserved: slab.reserved(ref),
    isGauge: slab.hasFlag(ref, SequenceFlag.gauge),
    deadline: slab.deadline(ref),
  };
}

/** One entry that is not durable yet, and how to take it back. */
export type Change =
  | {
      readonly kind: 'reserve';
      readonly lsn: number;
      readonly pending: Pending;
      /** Numbers by which it raises the ceiling. */
      readonly count: Int64;
      readonly isNew: boolean;
    }
  | {
      readonly kind: 'write';
      readonly lsn: number;
      readonly pending: Pending;
      readonly before: Before | undefined;
    }
  | {
      readonly kind: 'remove';
      readonly lsn: number;
      readonly pending: Pending;
      readonly name: Buffer;
      readonly before: Before;
    }
  | {
      readonly kind: 'flush';
      readonly lsn: number;
      readonly restore: () => void;
    };

/**
 * The changes that are not durable yet, in the order of the log.
 *
 * Invariant: a sequence has its `pending` flag exactly while a change of it is in here.
 */
export class InFlight {
  #changes: Change[] = [];
  #first = 0;
  /** Up to this lsn everything is durable; what has been pushed late may be among what is not (many-write.ts). */
  #confirmed = 0;
  #isConfirming = false;

  get size(): number {
    return this.#changes.length - this.#first;
  }

  get isEmpty(): boolean {
    return this.#first === this.#changes.length;
  }

  /** The pending entry of a sequence; made when there is none. */
  static of(table: SequenceTable, ref: number): Pending {
    let pending = table.pending.get(ref);
    if (pending === undefined) {
      pending = new Pending(table, ref);
      table.pending.set(ref, pending);
      table.slab.setFlag(ref, SequenceFlag.pending, true);
    }
    return pending;
  }

  push(change: Change): void {
    if (change.kind !== 'flush') {
      const { pending } = change;
      pending.lsn = change.lsn;
      pending.undurable += change.kind === 'reserve' ? exactCount(change.count) : Infinity;
      if (pending.undurable > EXACT) pending.undurable = Infinity;
    }
    this.#changes.push(change);
  }

  /**
   * Everything up to `lsn` is durable. Of very many changes some stay in here for a moment: whoever meets their lsn finds that it is
   * settled, so they keep nobody waiting.
   */
  confirm(lsn: number): void {
    this.#confirmed = lsn;
    const changes = this.#changes;
    const first = this.#first;
    const end = Math.min(changes.length, first + SLICE);
    let next = first;
    for (; next < end; next++) {
      const change = changes[next] as Change;
      if (change.lsn > lsn) break;
      confirm(change, lsn);
    }
    this.#first = next;
    if (next === changes.length || next > SLICE) {
      this.#changes = changes.slice(next);
      this.#first = 0;
    }
    if (next - first === SLICE) this.#confirmMore();
  }

  /** Confirms whatever is durable and still in here; the others. */
  #undurable(): Change[] {
    return this.#changes.slice(this.#first).filter((change) => {
      if (change.lsn <= this.#confirmed) confirm(change, this.#confirmed);
      return change.lsn > this.#confirmed;
    });
  }

  #confirmMore(): void {
    if (this.#isConfirming) return;
    this.#isConfirming = true;
    setImmediate(() => {
      this.#isConfirming = false;
      this.confirm(this.#confirmed);
    });
  }

  /**
   * Takes everything back, newest first, so that the keyspace is as the disk is known to have it. The disk may have more: the
   * failed entries, if they were written before the sync failed. A sequence that they would remove or set lower serves
   * nothing from its block until the whole state is in a fresh file, or a crash before that would repeat those numbers.
   */
  takeBack(): void {
    const doubtful: Pending[] = [];
    const changes = this.#undurable();
    for (let i = changes.length - 1; i >= 0; i--) {
      const change = changes[i] as Change;
      takeBack(change);
      if (change.kind === 'write' || change.kind === 'remove') doubtful.push(change.pending);
    }
    for (const { table, ref } of doubtful) if (ref !== 0) table.slab.setReserved(ref, 0);
    this.#changes = [];
    this.#first = 0;
  }
}

/** Changes that are confirmed in one go: about 1 ms. */
const SLICE = 4096;

/** Doubles add up exactly below it. What is larger counts as Infinity, which nothing is taken from. */
const EXACT = 2 ** 52;

/** What a sequence's record has room for. */
const RESERVED_LIMIT = 0xffffffffn;

function exactCount(count: Int64): number {
  return count > EXACT ? Infinity : Number(count);
}

function confirm(change: Change, lsn: number): void {
  if (change.kind === 'flush') return;
  const { pending } = change;
  if (change.kind === 'reserve' && change.count <= EXACT) pending.undurable -= Number(change.count);
  pending.release(lsn);
  if (pending.lsn <= lsn) settle(pending);
}

/** Ends the pending state, unless the sequence was removed or replaced meanwhile. */
function settle(pending: Pending): void {
  const { table, ref } = pending;
  if (table.pending.get(ref) !== pending) return;
  table.pending.delete(ref);
  table.slab.setFlag(ref, SequenceFlag.pending, false);
}

function takeBack(change: Change): void {
  if (change.kind === 'flush') {
    change.restore();
    return;
  }
  const { pending } = change;
  const { table } = pending;
  switch (change.kind) {
    case 'reserve':
      if (change.isNew) drop(pending);
      else unreserve(pending, change.count);
      break;
    case 'write':
      if (change.before === undefined) drop(pending);
      else restore(table, pending.ref, change.before);
      break;
    case 'remove':
      pending.ref = table.insert(change.name, 0, change.name.length);
      table.pending.set(pending.ref, pending);
      restore(table, pending.ref, change.before);
      break;
  }
  settle(pending);
}

function drop(pending: Pending): void {
  settle(pending);
  pending.table.remove(pending.ref);
  pending.ref = 0;
}

/**
 * The ceiling goes down by `count`. Takes that reached beyond it are refused, and what they had of the numbers below it is there
 * for the next ones.
 */
function unreserve(pending: Pending, count: Int64): void {
  const { table, ref } = pending;
  const value = table.value(ref);
  const kept = pending.heldFrom ?? value;
  if (kept < value) {
    const reserved =
      BigInt(value) - BigInt(kept) + BigInt(table.slab.reserved(ref)) - BigInt(count);
    if (reserved >= 0n && reserved <= RESERVED_LIMIT) {
      table.setValue(ref, kept);
      table.slab.setReserved(ref, Number(reserved));
      return;
    }
  }
  const left = distance(table.slab.reserved(ref), count);
  table.slab.setReserved(ref, left > 0 ? Number(left) : 0);
  if (left < 0) table.setValue(ref, add(table.value(ref), left) ?? table.value(ref));
}

function restore(table: SequenceTable, ref: number, before: Before): void {
  table.setValue(ref, before.value);
  table.slab.setGauge(ref, before.isGauge);
  table.slab.setReserved(ref, before.reserved);
  table.setDeadline(ref, before.deadline);
}
