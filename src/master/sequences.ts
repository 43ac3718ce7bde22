import { CommandError } from '../commands/command.js';
import {
  ALL_DATABASES,
  ENTRY_GAUGE,
  writeFlush,
  writeRemove,
  writeState,
} from '../protocol/entry.js';
import type { Int64 } from '../protocol/int64.js';
import { InFlight } from './in-flight.js';
import type { ReservationLog } from './reservation-log.js';
import { SequenceFlag } from './sequence-slab.js';
import { SequenceTable } from './sequence-table.js';

/**
 * Every sequence of every database, and the changes that are logged exactly. What is changed here is in the log's
 * open batch when the call returns, and in flight until that batch is durable.
 *
 * Invariant (rule 1): whoever shows a sequence, or that there is none, asks `waitLsn` first, and shows it no sooner.
 */
export class Sequences {
  readonly inFlight = new InFlight();
  readonly log: ReservationLog;
  readonly #tables: (SequenceTable | undefined)[];

  constructor(log: ReservationLog, databases: number) {
    this.log = log;
    this.#tables = new Array<SequenceTable | undefined>(databases).fill(undefined);
  }

  get databases(): number {
    return this.#tables.length;
  }

  /** The table of a database, made when there was none. */
  table(database: number): SequenceTable {
    let table = this.#tables[database];
    if (table === undefined) {
      table = new SequenceTable(database);
      this.#tables[database] = table;
    }
    return table;
  }

  tableIfAny(database: number): SequenceTable | undefined {
    return this.#tables[database];
  }

  /** What a reply that shows this sequence waits for; 0 or a durable lsn means nothing. Ref 0: what one that shows its absence waits for. */
  waitLsn(table: SequenceTable, ref: number): number {
    if (ref === 0) return table.removedLsn;
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
   * Sets a value exactly, creating the sequence when `ref` is 0; its ref. It becomes a gauge when that is asked for or
   * when the value goes down, and stays one.
   */
  write(
    table: SequenceTable,
    ref: number,
    bytes: Buffer,
    start: number,
    end: number,
    value: Int64,
    asGauge: boolean,
  ): number {
    this.requireLog();
    const { slab } = table;
    const lsn = this.log.openLsn;
    const isNew = ref === 0;
    const target = isNew ? table.insert(bytes, start, end) : ref;
    const old = isNew ? 0 : table.value(target);
    const wasGauge = !isNew && slab.hasFlag(target, SequenceFlag.gauge);
    const isGauge = asGauge || wasGauge || (!isNew && value < old);
    const before = isNew
      ? undefined
      : { value: old, reserved: slab.reserved(target), isGauge: wasGauge };
    table.setValue(target, value);
    slab.setReserved(target, 0);
    slab.setFlag(target, SequenceFlag.gauge, isGauge);
    if (isNew) table.changedLsn = lsn;
    const flags = isGauge ? ENTRY_GAUGE : 0;
    writeState(this.log.entries, table.database, flags, value, bytes, start, end);
    this.inFlight.push({ kind: 'write', lsn, pending: InFlight.of(table, target), before });
    return target;
  }

  /** Logs a higher ceiling; the numbers up to it are reserved when the call returns. */
  reserve(table: SequenceTable, ref: number, count: Int64, ceiling: Int64, isNew: boolean): void {
    const { slab } = table;
    const lsn = this.log.openLsn;
    const start = slab.nameStart(ref);
    const end = start + slab.nameLength(ref);
    if (isNew) table.changedLsn = lsn;
    writeState(this.log.entries, table.database, 0, ceiling, slab.nameBytes(ref), start, end);
    this.inFlight.push({ kind: 'reserve', lsn, pending: InFlight.of(table, ref), count, isNew });
  }

  remove(table: SequenceTable, ref: number): void {
    this.requireLog();
    const { slab } = table;
    const lsn = this.log.openLsn;
    const name = Buffer.from(slab.nameBytes(ref).subarray(slab.nameStart(ref), slab.nameEnd(ref)));
    const before = {
      value: table.value(ref),
      reserved: slab.reserved(ref),
      isGauge: slab.hasFlag(ref, SequenceFlag.gauge),
    };
    const pending = InFlight.of(table, ref);
    table.pending.delete(ref);
    table.remove(ref);
    table.removedLsn = lsn;
    table.changedLsn = lsn;
    writeRemove(this.log.entries, table.database, name, 0, name.length);
    this.inFlight.push({ kind: 'remove', lsn, pending, name, before });
  }

  /** Removes all sequences of one database or of ALL_DATABASES. */
  flush(database: number): void {
    const first = database === ALL_DATABASES ? 0 : database;
    const last = database === ALL_DATABASES ? this.databases - 1 : database;
    const removed: SequenceTable[] = [];
    for (let each = first; each <= last; each++) {
      const table = this.#tables[each];
      if (table !== undefined && table.size > 0) removed.push(table);
    }
    if (removed.length === 0) return;
    this.requireLog();
    const lsn = this.log.openLsn;
    for (const table of removed) {
      const empty = new SequenceTable(table.database);
      empty.removedLsn = lsn;
      empty.changedLsn = lsn;
      this.#tables[table.database] = empty;
    }
    const restore = () => {
      for (const table of removed) {
        table.isDoubtful = true;
        this.#tables[table.database] = table;
      }
    };
    writeFlush(this.log.entries, database);
    this.inFlight.push({ kind: 'flush', lsn, restore });
  }

  /** A log is about to be loaded that holds at least so many sequences in its first database. */
  expect(count: number): void {
    this.table(0).expect(count);
  }

  /** The whole state is in a fresh file: nothing is in doubt any more, and the log is written again. */
  recover(): void {
    for (const table of this.#tables) if (table !== undefined) table.isDoubtful = false;
    this.log.recover();
  }

  /** Puts a sequence back as the log has it: it goes on from its ceiling. */
  load(
    database: number,
    flags: number,
    ceiling: Int64,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    const table = this.table(database);
    const found = table.find(bytes, start, end);
    const ref = found === 0 ? table.insertMissed(bytes, start, end) : found;
    table.setValue(ref, ceiling);
    table.slab.setFlag(ref, SequenceFlag.gauge, (flags & ENTRY_GAUGE) !== 0);
  }

  unload(database: number, bytes: Buffer, start: number, end: number): void {
    const table = this.table(database);
    const ref = table.find(bytes, start, end);
    if (ref !== 0) table.remove(ref);
  }

  unloadAll(database: number): void {
    if (database === ALL_DATABASES) this.#tables.fill(undefined);
    else this.#tables[database] = undefined;
  }
}

export function misconfiguration(reason: string): string {
  return `MISCONF Errors writing to the reservation log: ${reason.replace(/[\r\n]+/g, ' ')}`;
}
