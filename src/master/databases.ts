import { ALL_DATABASES, ENTRY_GAUGE } from '../protocol/entry.js';
import type { Int64 } from '../protocol/int64.js';
import { SequenceTable } from './sequence-table.js';

/**
 * The tables of all databases. A table stays at its place, which is how the log's entries call it; SWAPDB exchanges the places of two databases.
 *
 * Invariant: each place belongs to one database, and the table at a place says so itself.
 */
export class Databases {
  /** By place. */
  readonly #tables: (SequenceTable | undefined)[];
  /** By database. */
  readonly #places: number[];

  constructor(count: number) {
    this.#tables = new Array<SequenceTable | undefined>(count).fill(undefined);
    this.#places = this.#tables.map((_, place) => place);
  }

  get count(): number {
    return this.#tables.length;
  }

  /** Sequences of all of them. */
  get size(): number {
    return this.#tables.reduce((sum, table) => sum + (table?.size ?? 0), 0);
  }

  /** The table of a database, made when there was none. */
  table(database: number): SequenceTable {
    return this.#made(this.#places[database] as number);
  }

  tableIfAny(database: number): SequenceTable | undefined {
    return this.#tables[this.#places[database] as number];
  }

  /** The tables as the log has them, whatever database each is. */
  tableAt(place: number): SequenceTable | undefined {
    return this.#tables[place];
  }

  databaseOf(table: SequenceTable): number {
    return this.#places.indexOf(table.place);
  }

  placeOf(database: number): number {
    return this.#places[database] as number;
  }

  /** The tables in which there is something, of one place or of ALL_DATABASES. */
  filled(place: number): SequenceTable[] {
    const tables = this.#tables.filter((table) => table !== undefined && table.size > 0);
    const isMeant = (table: SequenceTable) => place === ALL_DATABASES || place === table.place;
    return (tables as SequenceTable[]).filter(isMeant);
  }

  /** Puts a table in the place of the one that is there. */
  put(table: SequenceTable): void {
    this.#tables[table.place] = table;
  }

  exchange(one: number, other: number): void {
    const place = this.placeOf(one);
    this.#places[one] = this.placeOf(other);
    this.#places[other] = place;
  }

  /** Where the entries of each database stand in the log, for those that are not where they were at first. */
  moved(): { readonly database: number; readonly place: number }[] {
    return this.#places
      .map((place, database) => ({ database, place }))
      .filter(({ database, place }) => database !== place);
  }

  /** A log is about to be loaded that holds at least so many sequences in its first database. */
  expect(count: number): void {
    this.table(0).expect(count);
  }

  /** Puts a sequence back as the log has it: it goes on from its ceiling. */
  load(
    place: number,
    flags: number,
    ceiling: Int64,
    bytes: Buffer,
    start: number,
    end: number,
    deadline: Int64,
  ): void {
    const table = this.#made(place);
    const found = table.find(bytes, start, end);
    const ref = found === 0 ? table.insertMissed(bytes, start, end) : found;
    table.setValue(ref, ceiling);
    table.slab.setGauge(ref, (flags & ENTRY_GAUGE) !== 0);
    table.setDeadline(ref, deadline);
  }

  /** The log says that a database's entries are those of this place. */
  loadPlace(database: number, place: number): void {
    this.#places[database] = place;
  }

  unload(place: number, bytes: Buffer, start: number, end: number): void {
    const table = this.#made(place);
    const ref = table.find(bytes, start, end);
    if (ref !== 0) table.remove(ref);
  }

  unloadAll(place: number): void {
    if (place === ALL_DATABASES) this.#tables.fill(undefined);
    else this.#tables[place] = undefined;
  }

  /** The whole state is in a fresh file: nothing is in doubt any more. */
  trust(): void {
    for (const table of this.#tables) if (table !== undefined) table.isDoubtful = false;
  }

  #made(place: number): SequenceTable {
    let table = this.#tables[place];
    if (table === undefined) {
      table = new SequenceTable(place);
      this.#tables[place] = table;
    }
    return table;
  }
}
