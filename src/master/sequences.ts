import { CommandError } from '../commands/command.js';
import {
  ALL_DATABASES,
  ENTRY_GAUGE,
  writeFlush,
  writePlace,
  writeRemove,
  writeState,
} from '../protocol/entry.js';
import type { Int64 } from '../protocol/int64.js';
import { collectSoon } from '../transport/idle-collector.js';
import { Databases } from './databases.js';
import { InFlight, stateOf } from './in-flight.js';
import { LoggedTime } from './logged-time.js';
import { Notifications } from './notifications.js';
import type { ReservationLog } from './reservation-log.js';
import { SequenceFlag } from './sequence-slab.js';
import { SequenceTable } from './sequence-table.js';
import { WallClock } from './wall-clock.js';
import { Watches } from './watches.js';

/** An empty table that takes less is kept. */
const WORTH_RENEWING = 8 << 20;

/**
 * Every sequence of every database, and the changes that are logged exactly. What is changed here is in the log's
 * open batch when the call returns, and in flight until that batch is durable.
 *
 * Invariant (rule 1): whoever shows a sequence, or that there is none, asks `waitLsn` first, and shows it no sooner.
 */
export class Sequences {
  readonly inFlight = new InFlight();
  readonly log: ReservationLog;
  readonly clock: WallClock;
  readonly time: LoggedTime;
  readonly databases: Databases;
  readonly watches = new Watches({
    has: (database, name) => this.#named(database, name)[1] !== 0,
    isOver: (database, name, atMs = this.clock.nowMs()) => {
      const [table, ref] = this.#named(database, name);
      const deadline = ref === 0 ? 0 : table.slab.deadline(ref);
      return deadline !== 0 && deadline <= atMs;
    },
    nowMs: () => this.clock.nowMs(),
  });
  readonly notifications = new Notifications(() => this.log.settledLsn);
  /** Sequences that were removed because their time had come, since the start. */
  expired = 0;
  /** Names that were set or removed since the start; takes are none. */
  changes = 0;
  /**
   * A command on many names is executed in steps (many-names.ts): meanwhile nothing is removed because its time has come. While it is being
   * applied, the log is ahead of the table: no base is written from that.
   */
  underWay: 'nothing' | 'looking' | 'applying' = 'nothing';
  constructor(
    log: ReservationLog,
    databases: number,
    clock = new WallClock(Date.now, () => performance.now()),
  ) {
    this.log = log;
    this.clock = clock;
    this.time = new LoggedTime(log, clock);
    this.databases = new Databases(databases);
  }

  /** The table of a database, made when there was none. */
  table(database: number): SequenceTable {
    return this.databases.table(database);
  }

  /** `ref`, or 0 when the sequence's time has come: then it is removed. Throws the reply when the log can't be written. */
  live(table: SequenceTable, ref: number, nowMs = this.clock.nowMs()): number {
    if (ref === 0 || !table.slab.hasFlag(ref, SequenceFlag.expires)) return ref;
    if (table.slab.deadline(ref) > nowMs) return ref;
    this.expire(table, ref);
    return 0;
  }

  /** The sequence that a take is for; one whose time has come is removed, unless the log can't be written. */
  findForTake(table: SequenceTable, bytes: Buffer, start: number, end: number): number {
    const found = table.find(bytes, start, end);
    if (found === 0 || !table.slab.hasFlag(found, SequenceFlag.expires)) return found;
    if (this.log.failure !== '') return found;
    return this.live(table, found) === 0 ? table.find(bytes, start, end) : found;
  }

  /** Whoever changes a value, or whether there is such a sequence, tells so while anything is watched. */
  touch(table: SequenceTable, bytes: Uint8Array, start: number, end: number): void {
    const database = this.databases.databaseOf(table);
    this.watches.touch(database, Buffer.from(bytes.subarray(start, end)).toString('latin1'));
  }

  isWatched(database: number, table: SequenceTable, ref: number): boolean {
    const { slab } = table;
    const [start, end] = [slab.nameStart(ref), slab.nameEnd(ref)];
    return this.watches.isWatched(database, slab.nameBytes(ref).toString('latin1', start, end));
  }

  #named(database: number, name: string): [table: SequenceTable, ref: number] {
    const table = this.table(database);
    const bytes = Buffer.from(name, 'latin1');
    return [table, table.find(bytes, 0, bytes.length)];
  }

  /** Removes a sequence because its time has come. */
  expire(table: SequenceTable, ref: number): void {
    const name = this.remove(table, ref);
    this.expired++;
    if (this.notifications.isOn) {
      const database = this.databases.databaseOf(table);
      this.notifications.tell('expired', database, name, 0, name.length, this.log.openLsn);
    }
    this.time.decided();
  }

  /**
   * Removes a sequence whose time had come by `time.settledMs`. The log has its deadline and that time, so it need not be told: who loads it finds
   * that the sequence has expired. One whose deadline may be taken back is removed as usual.
   */
  forget(table: SequenceTable, ref: number): void {
    if (table.slab.hasFlag(ref, SequenceFlag.pending)) {
      this.expire(table, ref);
      return;
    }
    const isHeard = this.watches.size > 0 || this.notifications.isOn;
    const name = isHeard ? nameOf(table, ref) : undefined;
    table.remove(ref);
    this.expired++;
    if (name === undefined) return;
    if (this.watches.size > 0) this.touch(table, name, 0, name.length);
    const database = this.databases.databaseOf(table);
    this.notifications.tell('expired', database, name, 0, name.length, table.removedLsn);
  }

  /** Gives back the memory of a table in which nothing is left. */
  renewIfEmpty(place: number): void {
    const table = this.databases.tableAt(place);
    if (table === undefined || table.size > 0 || table.bytes < WORTH_RENEWING) return;
    if (!this.inFlight.isEmpty || this.underWay !== 'nothing') return;
    const fresh = new SequenceTable(place);
    fresh.isDoubtful = table.isDoubtful;
    fresh.removedLsn = table.removedLsn;
    fresh.changedLsn = table.changedLsn;
    fresh.swappedLsn = table.swappedLsn;
    this.databases.put(fresh);
    collectSoon();
  }

  /** What a reply that shows this sequence waits for; 0 or a durable lsn means nothing. Ref 0: what one that shows its absence waits for. */
  waitLsn(table: SequenceTable, ref: number): number {
    if (ref === 0) return table.removedLsn;
    if (table.swappedLsn > this.log.settledLsn) return table.swappedLsn;
    if (!table.slab.hasFlag(ref, SequenceFlag.pending)) return 0;
    const pending = table.pending.get(ref);
    if (pending === undefined) return 0;
    return pending.undurable > table.slab.reserved(ref) ? pending.lsn : 0;
  }

  /** Throws the reply of a command that would need the log while it can't be written. */
  requireLog(): void {
    if (this.log.failure !== '') throw new CommandError(misconfiguration(this.log.failure));
  }

  /**
   * Sets a value exactly, and the deadline (in milliseconds since 1970, 0 for none), creating the sequence when `ref` is 0; its ref.
   * It becomes a gauge when that is asked for, when the value goes down or when it gets a deadline, and stays one.
   */
  write(
    table: SequenceTable,
    ref: number,
    bytes: Buffer,
    start: number,
    end: number,
    value: Int64,
    asGauge: boolean,
    deadline: Int64 = 0,
  ): number {
    this.requireLog();
    const lsn = this.log.openLsn;
    const target = this.set(table, ref, bytes, start, end, value, asGauge, deadline, lsn);
    const flags = table.slab.hasFlag(target, SequenceFlag.gauge) ? ENTRY_GAUGE : 0;
    writeState(this.log.entries, table.place, flags, value, bytes, start, end, deadline);
    if (deadline !== 0) this.time.decided();
    return target;
  }

  /** The same for a value whose entry is in the log already, in the batch `lsn`. */
  set(
    table: SequenceTable,
    ref: number,
    bytes: Buffer,
    start: number,
    end: number,
    value: Int64,
    asGauge: boolean,
    deadline: Int64,
    lsn: number,
  ): number {
    const { slab } = table;
    const isNew = ref === 0;
    const target = isNew ? table.insert(bytes, start, end) : ref;
    const before = isNew ? undefined : stateOf(table, target);
    const isLower = before !== undefined && value < before.value;
    const isGauge = asGauge || deadline !== 0 || before?.isGauge === true || isLower;
    table.setValue(target, value);
    slab.setReserved(target, 0);
    slab.setGauge(target, isGauge);
    table.setDeadline(target, deadline);
    if (isNew && lsn > table.changedLsn) table.changedLsn = lsn;
    this.changes++;
    if (lsn > this.log.settledLsn) {
      this.inFlight.push({ kind: 'write', lsn, pending: InFlight.of(table, target), before });
    }
    if (this.watches.size > 0) this.touch(table, bytes, start, end);
    return target;
  }

  /** Logs a higher ceiling; the numbers up to it are reserved when the call returns. */
  reserve(table: SequenceTable, ref: number, count: Int64, ceiling: Int64, isNew: boolean): void {
    const { slab } = table;
    const lsn = this.log.openLsn;
    const start = slab.nameStart(ref);
    const end = start + slab.nameLength(ref);
    if (isNew) table.changedLsn = lsn;
    writeState(this.log.entries, table.place, 0, ceiling, slab.nameBytes(ref), start, end);
    this.inFlight.push({ kind: 'reserve', lsn, pending: InFlight.of(table, ref), count, isNew });
  }

  /** Removes a sequence; its name. */
  remove(table: SequenceTable, ref: number): Buffer {
    this.requireLog();
    const name = nameOf(table, ref);
    writeRemove(this.log.entries, table.place, name, 0, name.length);
    this.drop(table, ref, this.log.openLsn, name);
    return name;
  }

  /** The same when the entry is in the log already, in the batch `lsn`. The name may be given by who has it. */
  drop(table: SequenceTable, ref: number, lsn: number, given?: Buffer): void {
    const isWatched = this.watches.size > 0;
    const isInFlight = lsn > this.log.settledLsn;
    const name = given ?? (isWatched || isInFlight ? nameOf(table, ref) : undefined);
    if (isInFlight && name !== undefined) {
      const pending = InFlight.of(table, ref);
      this.inFlight.push({ kind: 'remove', lsn, pending, name, before: stateOf(table, ref) });
    }
    this.changes++;
    table.pending.delete(ref);
    table.remove(ref);
    table.removedLsn = Math.max(table.removedLsn, lsn);
    table.changedLsn = Math.max(table.changedLsn, lsn);
    if (isWatched && name !== undefined) this.touch(table, name, 0, name.length);
  }

  /** Removes all sequences of one database or of ALL_DATABASES. */
  flush(database: number): void {
    const place = database === ALL_DATABASES ? database : this.databases.placeOf(database);
    const removed = this.databases.filled(place);
    if (removed.length === 0) return;
    this.requireLog();
    const lsn = this.log.openLsn;
    for (const table of removed) {
      if (this.watches.size > 0) this.watches.flushed(this.databases.databaseOf(table));
      const empty = new SequenceTable(table.place);
      empty.removedLsn = lsn;
      empty.changedLsn = lsn;
      this.changes += table.size;
      this.databases.put(empty);
    }
    collectSoon();
    const restore = () => {
      for (const table of removed) {
        table.isDoubtful = true;
        this.databases.put(table);
      }
    };
    writeFlush(this.log.entries, place);
    this.inFlight.push({ kind: 'flush', lsn, restore });
  }

  /** Exchanges the sequences of two databases; the lsn that a reply which shows it waits for. */
  swap(one: number, other: number): number {
    this.requireLog();
    const lsn = this.log.openLsn;
    const { databases } = this;
    const tables = [databases.table(one), databases.table(other)];
    if (this.watches.size > 0) {
      this.watches.swapped(one, other);
      this.watches.swapped(other, one);
    }
    databases.exchange(one, other);
    this.changes++;
    for (const table of tables) {
      // Until it is durable, neither the names that are there nor those that are not may be shown.
      table.removedLsn = lsn;
      table.changedLsn = lsn;
      table.swappedLsn = lsn;
    }
    const restore = () => {
      databases.exchange(one, other);
      for (const table of tables) table.isDoubtful = true;
    };
    writePlace(this.log.entries, one, databases.placeOf(one));
    writePlace(this.log.entries, other, databases.placeOf(other));
    this.inFlight.push({ kind: 'flush', lsn, restore });
    return lsn;
  }

  /** The whole state is in a fresh file: nothing is in doubt any more, and the log is written again. */
  recover(): void {
    this.databases.trust();
    this.log.recover();
  }
}

/** A copy of it. */
function nameOf({ slab }: SequenceTable, ref: number): Buffer {
  return Buffer.from(slab.nameBytes(ref).subarray(slab.nameStart(ref), slab.nameEnd(ref)));
}

export function misconfiguration(reason: string): string {
  return `MISCONF Errors writing to the reservation log: ${reason.replace(/[\r\n]+/g, ' ')}`;
}
