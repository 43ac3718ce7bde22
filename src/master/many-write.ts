import type { KeyEvent } from '../commands/key-events.js';
import { ByteWriter } from '../protocol/bytes.js';
import { ENTRY_GAUGE, ENTRY_HEADER, writeRemove, writeState } from '../protocol/entry.js';
import type { Int64 } from '../protocol/int64.js';
import { ReplyWriter } from '../protocol/reply.js';
import type { Int64Column } from './int64-column.js';
import type { ManyRequest } from './many-request.js';
import type { ManyTask } from './many-task.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** So many names that were touched while others were looked at are looked at again in one go. */
const LAST_STEP = 256;
/** More often they are not looked at bit by bit. */
const ROUNDS = 128;

/** Where a flag byte stands in an entry (entry.ts). */
const FLAGS = 1;

/**
 * DEL, UNLINK, MSET and MSETNX of many names:
 *
 *     looking ── every name was looked at, and not touched since ──▶ in the log ── bit by bit ──▶ in the table
 *
 * While it looks, it changes nothing; the entries of its batch are made. The step between is the moment of the command: the batch goes to the log whole,
 * so that a crash finds all of it or nothing. From then on a name is as the batch says before anybody touches it. The others wait until the
 * batch is durable, unless somebody is in a hurry: then there is nothing to be taken back, which would cost two thirds of the time.
 */
export class ManyWrite implements ManyTask {
  readonly request: ManyRequest;
  readonly #sequences: Sequences;
  #table: SequenceTable;
  /** 1: looked at, and not touched since. */
  #isKnown: Uint8Array;
  /** The ref of each name, 0 when it is not there. */
  readonly #refs: Uint32Array;
  /** Where its entry is in the batch, counted from 1; 0: it has none. */
  #entries: Uint32Array;
  #batch: ByteWriter;
  /** Names to look at again. */
  #touched: number[] = [];
  #next = 0;
  /** Of the step. */
  #nowMs = 0;
  #round = 0;
  #lsn = 0;
  #isApplied = false;
  #isHurried = false;
  /** Sequences that were removed. */
  #removed = 0;
  /** MSETNX found one of them there. */
  #isRefused = false;
  waitLsn = 0;
  readonly hits = 0;

  constructor(sequences: Sequences, request: ManyRequest) {
    this.request = request;
    this.#sequences = sequences;
    this.#table = sequences.table(request.database);
    const { names } = request;
    this.#isKnown = new Uint8Array(names.length);
    this.#refs = new Uint32Array(names.length);
    this.#entries = new Uint32Array(names.length);
    const bytes = (names.starts[names.length] as number) + names.length * ENTRY_HEADER;
    this.#batch = new ByteWriter(bytes);
  }

  get isApplying(): boolean {
    return this.#lsn !== 0 && !this.#isApplied;
  }

  get isWaiting(): boolean {
    return this.isApplying && !this.#isHurried && this.#lsn > this.#sequences.log.settledLsn;
  }

  hurry(): void {
    this.#isHurried = true;
  }

  begin(): void {
    this.#sequences.requireLog();
    this.#table = this.#sequences.table(this.request.database);
    const { length } = this.request.names;
    this.#isKnown = new Uint8Array(length);
    this.#entries = new Uint32Array(length);
    this.#batch.reset();
    this.#touched = [];
    this.#next = 0;
  }

  touch(place: number): void {
    if (this.#isKnown[place] === 0) return;
    this.#isKnown[place] = 0;
    if (this.isApplying) this.#apply(place);
    else this.#touched.push(place);
  }

  step(count: number): boolean {
    if (this.#isRefused || this.#isApplied) return true;
    if (this.isWaiting) return false;
    if (this.isApplying) return this.#applySome(count);
    this.#nowMs = this.#sequences.clock.nowMs();
    const { names } = this.request;
    const end = Math.min(names.length, this.#next + count);
    for (; this.#next < end; this.#next++) {
      const place = names.firstOf(this.#next);
      if (this.#isKnown[place] === 0) this.#look(place);
      if (this.#isRefused) return true;
    }
    if (end < names.length) return false;
    const isLast = this.#touched.length <= LAST_STEP || this.#round++ === ROUNDS;
    const again = isLast ? this.#touched.splice(0) : this.#touched.splice(0, count);
    for (const place of again) {
      if (this.#isKnown[place] === 0) this.#look(place);
      if (this.#isRefused) return true;
    }
    if (!isLast) return false;
    return this.#takeEffect();
  }

  failing(): 'is refused' | 'goes on' {
    // A batch that is durable stays; one that is not is taken back, so all of it has to be there.
    if (this.isApplying && this.#lsn <= this.#sequences.log.settledLsn) return 'goes on';
    this.finishNow();
    return 'is refused';
  }

  finishNow(): void {
    if (this.isApplying) this.#applySome(Number.POSITIVE_INFINITY);
  }

  *reply(): Generator<Buffer> {
    const out = new ByteWriter(64);
    const reply = new ReplyWriter(out);
    const { kind } = this.request;
    if (kind === 'remove') reply.integer(this.#removed);
    else if (kind === 'create') reply.integer(this.#isRefused ? 0 : 1);
    else reply.ok();
    yield out.take();
  }

  #look(place: number): void {
    const { request } = this;
    const { bytes, starts } = request.names;
    const table = this.#table;
    const start = starts[place] as number;
    const end = starts[place + 1] as number;
    const ref = this.#sequences.live(table, table.find(bytes, start, end), this.#nowMs);
    this.#refs[place] = ref;
    this.#isKnown[place] = 1;
    if (request.kind === 'remove') {
      if (ref !== 0 && this.#entries[place] === 0) {
        this.#entries[place] = this.#batch.length + 1;
        writeRemove(this.#batch, table.place, bytes, start, end);
      }
      return;
    }
    if (ref !== 0 && request.kind === 'create') {
      this.#isRefused = true;
      this.waitLsn = this.#sequences.waitLsn(table, ref);
      return;
    }
    const value = (request.values as Int64Column).get(place) as Int64;
    const flags = this.#isGauge(ref, value) ? ENTRY_GAUGE : 0;
    const at = this.#entries[place] as number;
    if (at !== 0) this.#batch.bytes[at - 1 + FLAGS] = flags;
    else {
      this.#entries[place] = this.#batch.length + 1;
      writeState(this.#batch, table.place, flags, value, bytes, start, end);
    }
  }

  /** Whether a sequence is a gauge when it has got this value (Sequences.set). */
  #isGauge(ref: number, value: Int64): boolean {
    if (ref === 0) return false;
    const table = this.#table;
    return table.slab.hasFlag(ref, SequenceFlag.gauge) || value < table.value(ref);
  }

  /** The moment of the command; whether it is done. */
  #takeEffect(): boolean {
    const sequences = this.#sequences;
    const { log } = sequences;
    if (sequences.table(this.request.database) !== this.#table) {
      // Flushed, or exchanged for another.
      this.begin();
      return false;
    }
    sequences.requireLog();
    if (this.#batch.length === 0) {
      this.waitLsn = this.#table.removedLsn;
      return true;
    }
    this.#lsn = log.append(this.#batch.view());
    this.waitLsn = this.#lsn;
    this.#next = 0;
    return false;
  }

  #applySome(count: number): boolean {
    const { names } = this.request;
    const end = Math.min(names.length, this.#next + count);
    for (; this.#next < end; this.#next++) {
      const place = names.firstOf(this.#next);
      if (this.#isKnown[place] === 0) continue;
      this.#isKnown[place] = 0;
      this.#apply(place);
    }
    if (end < names.length) return false;
    this.#isApplied = true;
    return true;
  }

  #apply(place: number): void {
    const { request } = this;
    const ref = this.#refs[place] as number;
    if (request.kind === 'remove') {
      if (ref === 0) return;
      this.#removed++;
      this.#sequences.drop(this.#table, ref, this.#lsn);
      this.#tell('del', place);
      return;
    }
    const { bytes, starts } = request.names;
    const start = starts[place] as number;
    const end = starts[place + 1] as number;
    const value = (request.values as Int64Column).get(place) as Int64;
    this.#sequences.set(this.#table, ref, bytes, start, end, value, false, 0, this.#lsn);
    if (ref === 0) this.#tell('new', place);
    this.#tell('set', place);
  }

  #tell(event: KeyEvent, place: number): void {
    const { notifications } = this.#sequences;
    if (!notifications.isOn) return;
    const { names, database } = this.request;
    const [start, end] = [names.starts[place] as number, names.starts[place + 1] as number];
    notifications.tell(event, database, names.bytes, start, end, this.#lsn);
  }
}
