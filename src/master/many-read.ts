import { ByteWriter } from '../protocol/bytes.js';
import { ReplyWriter } from '../protocol/reply.js';
import { Int64Column } from './int64-column.js';
import type { ManyRequest } from './many-request.js';
import type { ManyTask } from './many-task.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** Of a reply, what one piece carries: about 1 ms to write. */
const PIECE_BYTES = 16384;

/** MGET, EXISTS and TOUCH of many names: what the sequences were when it began. */
export class ManyRead implements ManyTask {
  readonly request: ManyRequest;
  readonly #sequences: Sequences;
  readonly #values: Int64Column;
  readonly #isSeen: Uint8Array;
  #table: SequenceTable;
  #nowMs = 0;
  #next = 0;
  waitLsn = 0;
  hits = 0;

  constructor(sequences: Sequences, request: ManyRequest) {
    this.request = request;
    this.#sequences = sequences;
    this.#table = sequences.table(request.database);
    this.#values = new Int64Column(request.names.length);
    this.#isSeen = new Uint8Array(request.names.length);
  }

  readonly isApplying = false;
  readonly isWaiting = false;

  hurry(): void {}

  begin(): void {
    this.#table = this.#sequences.table(this.request.database);
    this.#nowMs = this.#sequences.clock.nowMs();
  }

  touch(place: number): void {
    if (this.#isSeen[place] === 0) this.#see(place);
  }

  step(count: number): boolean {
    const { names } = this.request;
    const end = Math.min(names.length, this.#next + count);
    for (; this.#next < end; this.#next++) {
      const first = names.firstOf(this.#next);
      if (this.#isSeen[first] === 0) this.#see(first);
      if (this.#values.has(first)) this.hits++;
      else this.#missed(first);
    }
    return end === names.length;
  }

  /** What it has seen may be taken back. */
  failing(): 'begins anew' {
    return 'begins anew';
  }

  finishNow(): void {}

  /** The reply, in pieces. */
  *reply(): Generator<Buffer> {
    const { kind, names, protocol } = this.request;
    const out = new ByteWriter(128);
    const reply = new ReplyWriter(out);
    reply.protocol = protocol;
    if (kind === 'count') reply.integer(this.hits);
    else {
      reply.array(names.length);
      for (let place = 0; place < names.length; place++) {
        const value = this.#values.get(names.firstOf(place));
        if (value === undefined) reply.nil();
        else reply.bulkInteger(value);
        if (out.length >= PIECE_BYTES) yield out.take();
      }
    }
    yield out.take();
  }

  #missed(place: number): void {
    const { notifications } = this.#sequences;
    if (!notifications.isOn) return;
    const { names, database } = this.request;
    const [start, end] = [names.starts[place] as number, names.starts[place + 1] as number];
    notifications.tell('keymiss', database, names.bytes, start, end, this.waitLsn);
  }

  #see(place: number): void {
    const { bytes, starts } = this.request.names;
    const table = this.#table;
    const { slab } = table;
    let ref = table.find(bytes, starts[place] as number, starts[place + 1] as number);
    const deadline = ref === 0 ? 0 : slab.deadline(ref);
    if (deadline !== 0 && deadline <= this.#nowMs) {
      // A table that was flushed has nothing more in the log.
      if (this.#sequences.databases.tableAt(table.place) === table)
        this.#sequences.live(table, ref);
      ref = 0;
    }
    this.waitLsn = Math.max(this.waitLsn, this.#sequences.waitLsn(table, ref));
    this.#isSeen[place] = 1;
    if (ref !== 0) this.#values.set(place, table.value(ref));
  }
}
