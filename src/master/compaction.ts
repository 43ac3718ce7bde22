import { ByteWriter } from '../protocol/bytes.js';
import { ENTRY_GAUGE, writeClock, writePlace, writeState } from '../protocol/entry.js';
import { add, type Int64 } from '../protocol/int64.js';
import type { LogRequest } from '../protocol/log-message.js';
import { SequenceFlag } from './sequence-slab.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** Bytes of entries in one slice: about 1 ms of the master's time. */
const SLICE_BYTES = 65536;

export interface CompactionPort {
  send(request: LogRequest): void;
  /** Calls back when the pipe has room for a slice; soon, but never at once. */
  whenReady(next: () => void): void;
}

/**
 * Sends the writer every sequence as a new base, in slices between which everybody is served.
 *
 * Invariant: an entry that is appended while this runs goes into the new file too, in the order in which master and
 * slices sent it; entries are absolute, so the file ends in the state of the master. A table that was flushed meanwhile
 * is not gone on with: the flush stands behind the slices that were sent of it. While a command's batch is in the log and not yet in
 * the table, no slice is made: it would stand behind the batch, and be older. Nor is one made in the midst of an act (long-act.ts): it would tell of
 * a part of it.
 */
export class Compaction {
  readonly #sequences: Sequences;
  readonly #port: CompactionPort;
  /** Clean stop: values instead of ceilings, so that the next start goes on without a gap. */
  readonly #isExact: boolean;
  readonly #slice = new ByteWriter(SLICE_BYTES * 2);
  #place = 0;
  #table: SequenceTable | undefined;
  #page = 0;
  #isOver = false;

  constructor(sequences: Sequences, port: CompactionPort, isExact: boolean) {
    this.#sequences = sequences;
    this.#port = port;
    this.#isExact = isExact;
  }

  /** `failures` as in log-message.ts. */
  start(failures: number): void {
    this.#port.send({ type: 'baseBegin', failures });
    writeClock(this.#slice, this.#sequences.clock.nowMs());
    for (const { database, place } of this.#sequences.databases.moved()) {
      writePlace(this.#slice, database, place);
    }
    this.#port.whenReady(() => this.#continue());
  }

  /** Sends nothing more; what the writer has of it is void. */
  abandon(): void {
    this.#isOver = true;
  }

  #continue(): void {
    if (this.#isOver) return;
    const { underWay, log } = this.#sequences;
    if (underWay === 'applying' || log.isActing) {
      this.#port.whenReady(() => this.#continue());
      return;
    }
    while (this.#slice.length < SLICE_BYTES) {
      if (this.#advance()) continue;
      this.#sendSlice();
      this.#isOver = true;
      this.#port.send({ type: 'baseEnd' });
      return;
    }
    this.#sendSlice();
    this.#port.whenReady(() => this.#continue());
  }

  /** Adds one page to the slice; false at the end. */
  #advance(): boolean {
    if (this.#place === this.#sequences.databases.count) return false;
    const table = this.#sequences.databases.tableAt(this.#place);
    if (table !== this.#table) {
      this.#table = table;
      this.#page = 0;
    }
    if (table === undefined || this.#page >= table.slab.pages) {
      this.#place++;
      this.#table = undefined;
      return true;
    }
    table.slab.visitPage(this.#page++, (ref) => this.#write(table, ref));
    return true;
  }

  #write(table: SequenceTable, ref: number): void {
    const { slab } = table;
    const value = table.value(ref);
    const ceiling = this.#isExact ? value : (add(value, slab.reserved(ref)) as Int64);
    const flags = slab.hasFlag(ref, SequenceFlag.gauge) ? ENTRY_GAUGE : 0;
    const start = slab.nameStart(ref);
    const end = start + slab.nameLength(ref);
    const { place } = table;
    const deadline = slab.deadline(ref);
    writeState(this.#slice, place, flags, ceiling, slab.nameBytes(ref), start, end, deadline);
  }

  #sendSlice(): void {
    const { bytes, length } = this.#slice;
    if (length === 0) return;
    this.#port.send({ type: 'base', bytes, start: 0, end: length });
    this.#slice.reset();
  }
}
