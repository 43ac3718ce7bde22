import { hashName } from './name-hash.js';
import type { SequenceSlab } from './sequence-slab.js';

/**
 * Finds a record by its name: extendible hashing over small tables with linear probing.
 *
 *     hash   31 ─── directory ──┬── 19 tag 12 ──┬── 11 slot 0
 *
 * The top `depth` bits of the hash choose a table through the directory. A full table is split in two by one more bit,
 * so growing costs at most one table's work (about 0.5 ms) at a time, however many names there are. A slot
 * holds a ref (0 is empty), and a tag that saves most looks at records that are others.
 *
 * A slot that a name has left keeps a mark, so that probes go on behind it; moving the next ones forward instead takes a look at some 20
 * records. A table that is full of marks is filled anew.
 */
const SLOTS = 4096;
/** A ref and a tag. */
export const SLOT_BYTES = 5;
const SLOT_MASK = SLOTS - 1;
const FULL = Math.floor(SLOTS * 0.85);
/** In a slot that a name has left; no ref reaches it. */
const LEFT = 0xffffffff;
/** A full table with fewer names than these has room again without the marks. */
const WORTH_SPLITTING = Math.floor(SLOTS * 0.6);
/** 2^20 tables hold 3 thousand million names; the refs end before. */
const DEPTH_LIMIT = 20;

class Table {
  readonly refs = new Uint32Array(SLOTS);
  readonly tags = new Uint8Array(SLOTS);
  /** Slots that are not empty, and the names in them. */
  used = 0;
  names = 0;
  readonly depth: number;

  constructor(depth: number) {
    this.depth = depth;
  }

  put(hash: number, ref: number): void {
    const { refs } = this;
    let slot = hash & SLOT_MASK;
    while (refs[slot] !== 0 && refs[slot] !== LEFT) slot = (slot + 1) & SLOT_MASK;
    if (refs[slot] === 0) this.used++;
    refs[slot] = ref;
    this.tags[slot] = hash >>> 12;
    this.names++;
  }

  remove(hash: number, ref: number): void {
    const { refs } = this;
    let slot = hash & SLOT_MASK;
    while (refs[slot] !== ref) slot = (slot + 1) & SLOT_MASK;
    refs[slot] = LEFT;
    this.names--;
    if (refs[(slot + 1) & SLOT_MASK] !== 0) return;
    // No probe goes on behind the last ones of a run.
    for (; refs[slot] === LEFT; slot = (slot - 1) & SLOT_MASK) {
      refs[slot] = 0;
      this.used--;
    }
  }
}

export class NameIndex {
  readonly #slab: SequenceSlab;
  readonly #key0: number;
  readonly #key1: number;
  #depth = 0;
  #directory: Table[] = [new Table(0)];
  /** Of the last name that `find` did not find. */
  #missedHash = 0;

  /** The key is secret and random, 2 × 32 bits. */
  constructor(slab: SequenceSlab, key0: number, key1: number) {
    this.#slab = slab;
    this.#key0 = key0 | 0;
    this.#key1 = key1 | 0;
  }

  get bytes(): number {
    return new Set(this.#directory).size * SLOTS * SLOT_BYTES;
  }

  /** The ref of the record with this name, or 0. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashName(this.#key0, this.#key1, bytes, start, end);
    const table = this.#tableOf(hash);
    const { refs, tags } = table;
    const tag = (hash >>> 12) & 0xff;
    for (let slot = hash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const ref = refs[slot] as number;
      if (ref === 0) {
        this.#missedHash = hash;
        return 0;
      }
      if (tags[slot] !== tag || ref === LEFT) continue;
      if (this.#slab.isNamed(ref, bytes, start, end)) return ref;
    }
  }

  /** Adds a record whose name is not in the index. */
  insert(ref: number): void {
    this.#put(ref, this.#hashOf(ref));
  }

  /** Adds a record of the name that the last `find` did not find; spares hashing it again. */
  insertMissed(ref: number): void {
    this.#put(ref, this.#missedHash);
  }

  /** Makes room for so many names beforehand, in an index without any. */
  expect(count: number): void {
    if (this.#depth > 0 || (this.#directory[0] as Table).names > 0) return;
    while (this.#depth < DEPTH_LIMIT && count > FULL * 2 ** this.#depth) this.#depth++;
    this.#directory = Array.from({ length: 2 ** this.#depth }, () => new Table(this.#depth));
  }

  #put(ref: number, hash: number): void {
    let table = this.#tableOf(hash);
    while (table.used >= FULL && table.depth < DEPTH_LIMIT) {
      if (table.names < WORTH_SPLITTING) this.#refill(table);
      else this.#split(table, hash);
      table = this.#tableOf(hash);
    }
    if (table.used >= SLOTS - 1) this.#refill(table);
    if (table.used >= SLOTS - 1) throw new Error('the table of sequences is full');
    table.put(hash, ref);
  }

  remove(ref: number): void {
    const hash = this.#hashOf(ref);
    this.#tableOf(hash).remove(hash, ref);
  }

  #tableOf(hash: number): Table {
    return this.#directory[this.#depth === 0 ? 0 : hash >>> (32 - this.#depth)] as Table;
  }

  #hashOf(ref: number): number {
    const slab = this.#slab;
    const start = slab.nameStart(ref);
    return hashName(
      this.#key0,
      this.#key1,
      slab.nameBytes(ref),
      start,
      start + slab.nameLength(ref),
    );
  }

  /** Puts the names of a table into it anew, without the marks. */
  #refill(table: Table): void {
    const refs = table.refs.slice();
    table.refs.fill(0);
    table.used = 0;
    table.names = 0;
    for (const ref of refs) if (ref !== 0 && ref !== LEFT) table.put(this.#hashOf(ref), ref);
  }

  /** Splits the table that `hash` belongs to by the next bit of the hash. */
  #split(table: Table, hash: number): void {
    if (table.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((each) => [each, each]);
      this.#depth++;
    }
    const low = new Table(table.depth + 1);
    const high = new Table(table.depth + 1);
    const bit = 31 - table.depth;
    for (const ref of table.refs) {
      if (ref === 0 || ref === LEFT) continue;
      const each = this.#hashOf(ref);
      ((each >>> bit) & 1 ? high : low).put(each, ref);
    }
    const span = 2 ** (this.#depth - table.depth);
    const first = Math.floor(hash / 2 ** (32 - this.#depth) / span) * span;
    for (let i = 0; i < span; i++) this.#directory[first + i] = i < span / 2 ? low : high;
  }
}
