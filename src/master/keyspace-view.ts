import type { KeyEvent } from '../commands/key-events.js';
import type { KeptSequence, Keyspace, SequenceFacts } from '../commands/keyspace.js';
import { ALL_DATABASES } from '../protocol/entry.js';
import { add, type Int64, subtract } from '../protocol/int64.js';
import { type BlockSettings, blockSize, TICK_MS } from './block-policy.js';
import { PAGES_PER_CHUNK, SequenceFlag, type SequenceSlab } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** Pages looked at in one SCAN step without finding enough names, so that a step over holes stays short. */
const EMPTY_PAGES_LIMIT = PAGES_PER_CHUNK / 4;
/** COUNT is a hint: a step that visits more would hold everybody up. */
const SCAN_LIMIT = 4096;
/** Sequences whose time has come that one RANDOMKEY removes before it says that there is none: hardly any other is left. */
const RANDOM_REMOVALS = 100;

/**
 * The sequences as a command sees them, within one client's database. Gathers, over one command, the lsn that its reply
 * waits for: that of everything it has seen or changed.
 */
export class KeyspaceView implements Keyspace {
  readonly #sequences: Sequences;
  readonly #settings: () => BlockSettings;
  readonly #clock: () => number;
  database = 0;
  waitLsn = 0;
  /** When the command looked at the clock for the first time; 0 as long as it has not. */
  #nowMs = 0;
  hits = 0;
  misses = 0;

  /** `clock` answers ticks of TICK_MS since the start. */
  constructor(sequences: Sequences, settings: () => BlockSettings, clock: () => number) {
    this.#sequences = sequences;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Starts a command. */
  begin(database: number): void {
    this.database = database;
    this.waitLsn = 0;
    this.#nowMs = 0;
  }

  get databases(): number {
    return this.#sequences.databases.count;
  }

  read(bytes: Buffer, start: number, end: number, isTold = true): Int64 | undefined {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    this.#waitFor(this.#sequences.waitLsn(table, ref));
    if (ref === 0) {
      if (isTold) this.#missed(bytes, start, end);
      else this.misses++;
      return undefined;
    }
    this.hits++;
    return table.value(ref);
  }

  peek(bytes: Buffer, start: number, end: number): Int64 | undefined {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    this.#waitFor(this.#sequences.waitLsn(table, ref));
    return ref === 0 ? undefined : table.value(ref);
  }

  write(bytes: Buffer, start: number, end: number, value: Int64, deadline: Int64 = 0): void {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    const isPast = deadline !== 0 && deadline <= this.nowMs;
    if (isPast && ref === 0) {
      this.#sequences.requireLog();
      // As in Redis, which sets it first.
      if (this.#sequences.watches.size > 0) this.#sequences.touch(table, bytes, start, end);
      // Nothing is written that the reply could wait for.
      this.#waitFor(this.#sequences.waitLsn(table, 0));
      this.notify('new', bytes, start, end);
      return;
    }
    if (isPast) this.#sequences.remove(table, ref);
    else this.#sequences.write(table, ref, bytes, start, end, value, false, deadline);
    this.#waitFor(this.#sequences.log.openLsn);
    if (ref === 0) this.notify('new', bytes, start, end);
  }

  deadline(bytes: Buffer, start: number, end: number, isRead = false): Int64 | undefined {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    this.#waitFor(this.#sequences.waitLsn(table, ref));
    if (isRead && ref === 0) this.#missed(bytes, start, end);
    else if (isRead) this.hits++;
    return ref === 0 ? undefined : table.slab.deadline(ref);
  }

  get nowMs(): number {
    if (this.#nowMs === 0) this.#nowMs = this.#sequences.clock.nowMs();
    return this.#nowMs;
  }

  within<T>(database: number, act: () => T): T {
    const own = this.database;
    this.database = database;
    try {
      return act();
    } finally {
      this.database = own;
    }
  }

  swap(one: number, other: number): void {
    this.#waitFor(this.#sequences.swap(one, other));
  }

  remove(bytes: Buffer, start: number, end: number): boolean {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    if (ref === 0) {
      this.#waitFor(table.removedLsn);
      return false;
    }
    this.#sequences.remove(table, ref);
    this.#waitFor(this.#sequences.log.openLsn);
    return true;
  }

  describe(bytes: Buffer, start: number, end: number): SequenceFacts | undefined {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    this.#waitFor(this.#sequences.waitLsn(table, ref));
    if (ref === 0) return undefined;
    const { slab } = table;
    const value = table.value(ref);
    const ceiling = add(value, slab.reserved(ref)) as Int64;
    const undurable = table.pending.get(ref)?.undurable ?? 0;
    const durable = Number.isFinite(undurable) ? (subtract(ceiling, undurable) as Int64) : value;
    const isGauge = slab.hasFlag(ref, SequenceFlag.gauge);
    const block = isGauge ? 1 : blockSize(this.#settings(), slab.blockShift(ref));
    return { value, ceiling, durableCeiling: durable, block, isGauge };
  }

  inspect(bytes: Buffer, start: number, end: number): KeptSequence | undefined {
    const table = this.#table();
    const ref = this.#find(table, bytes, start, end);
    this.#waitFor(this.#sequences.waitLsn(table, ref));
    return ref === 0
      ? undefined
      : {
          value: table.value(ref),
          bytes: table.bytesOf(ref),
          idleMs: this.#idleMs(table.slab, ref),
        };
  }

  size(): number {
    const table = this.#table();
    this.#waitFor(table.changedLsn);
    return table.size;
  }

  scan(
    cursor: Int64,
    count: number,
    visit: (bytes: Buffer, start: number, end: number) => void,
  ): number {
    const table = this.#table();
    this.#waitFor(table.changedLsn);
    const { slab } = table;
    const pages = slab.usedPages;
    let found = 0;
    let page = typeof cursor === 'number' && cursor >= 0 ? cursor : pages;
    const last = Math.min(pages, page + EMPTY_PAGES_LIMIT);
    while (page < last && found < Math.min(count, SCAN_LIMIT)) {
      slab.visitPage(page++, (ref) => {
        if (this.#isOver(slab, ref)) {
          this.#waitFor(this.#sequences.time.lsnOf(slab.deadline(ref)));
          return;
        }
        const start = slab.nameStart(ref);
        visit(slab.nameBytes(ref), start, start + slab.nameLength(ref));
        found++;
      });
    }
    return page < pages ? page : 0;
  }

  random(): Buffer | undefined {
    const table = this.#table();
    const { slab } = table;
    let ref = 0;
    for (let tries = 0; tries < RANDOM_REMOVALS && ref === 0 && table.size > 0; tries++) {
      ref = this.#live(table, randomRef(table));
    }
    this.#waitFor(table.changedLsn);
    if (ref === 0) return undefined;
    return Buffer.from(slab.nameBytes(ref).subarray(slab.nameStart(ref), slab.nameEnd(ref)));
  }

  notify(event: KeyEvent, bytes: Buffer, start: number, end: number): void {
    const { notifications } = this.#sequences;
    if (!notifications.isOn) return;
    notifications.tell(event, this.database, bytes, start, end, this.waitLsn);
  }

  flush(all: boolean): void {
    this.#sequences.flush(all ? ALL_DATABASES : this.database);
    // What was removed just before is to be as durably gone as what this removed.
    const first = all ? 0 : this.database;
    const last = all ? this.databases - 1 : this.database;
    for (let each = first; each <= last; each++) {
      this.#waitFor(this.#sequences.databases.tableIfAny(each)?.changedLsn ?? 0);
    }
  }

  #missed(bytes: Buffer, start: number, end: number): void {
    this.misses++;
    this.notify('keymiss', bytes, start, end);
  }

  /** From the last reservation, of which a gauge leaves no time, or from the start. */
  #idleMs(slab: SequenceSlab, ref: number): number {
    const isGauge = slab.hasFlag(ref, SequenceFlag.gauge);
    return (this.#clock() - (isGauge ? 0 : slab.reservedAt(ref))) * TICK_MS;
  }

  /** The live sequence of this name. */
  #find(table: SequenceTable, bytes: Buffer, start: number, end: number): number {
    return this.#live(table, table.find(bytes, start, end));
  }

  #live(table: SequenceTable, ref: number): number {
    if (ref === 0 || !table.slab.hasFlag(ref, SequenceFlag.expires)) return ref;
    return this.#sequences.live(table, ref, this.nowMs);
  }

  /** Its time has come, and it was not removed yet. */
  #isOver(slab: SequenceSlab, ref: number): boolean {
    const deadline = slab.deadline(ref);
    return deadline !== 0 && deadline <= this.nowMs;
  }

  #table(): SequenceTable {
    return this.#sequences.table(this.database);
  }

  #waitFor(lsn: number): void {
    if (lsn > this.waitLsn) this.waitLsn = lsn;
  }
}

/** A sequence from a chunk picked at random, as likely as it is full: from a random page of it, or the next that has any. */
function randomRef(table: SequenceTable): number {
  const { slab } = table;
  const refs: number[] = [];
  const chunk = slab.chunkOf(Math.floor(Math.random() * slab.records));
  const pages = slab.usedPagesOf(chunk);
  let page = Math.floor(Math.random() * pages);
  while (refs.length === 0) {
    slab.visitPage(chunk * PAGES_PER_CHUNK + page, (ref) => refs.push(ref));
    page = (page + 1) % pages;
  }
  return refs[Math.floor(Math.random() * refs.length)] as number;
}
