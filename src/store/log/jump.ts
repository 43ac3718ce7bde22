import type { ByteWriter } from '../../protocol/bytes.js';
import {
  ENTRY_GAUGE,
  type EntryVisitor,
  readEntries,
  writeClock,
  writeFlush,
  writePlace,
  writeRemove,
  writeState,
} from '../../protocol/entry.js';
import { add, INT64_MAX, INT64_MIN, type Int64, subtract } from '../../protocol/int64.js';

/**
 * What a jump does to a gauge, which may count either way: nothing is always right. `lower` is for numbers that are handed
 * out downwards.
 */
export const GAUGE_RULES = ['keep', 'raise', 'lower'] as const;
export type GaugeRule = (typeof GAUGE_RULES)[number];

export interface JumpOptions {
  /** By how much each ceiling is raised, 0 or more. */
  readonly by: Int64;
  readonly gauges: GaugeRule;
}

/** Names that a message shows. */
const SHOWN = 5;

/**
 * Moves the entries of a log that is behind what was served: each counter goes on at least `by` numbers later. A ceiling that would
 * leave the 64-bit range stops at its end: such a sequence is used up and serves nothing more, so that nothing repeats.
 */
export class Jump implements EntryVisitor {
  readonly options: JumpOptions;
  #out: ByteWriter | undefined;
  raised = 0;
  gauges = 0;
  /** Entries that stopped at the end of the range, and the first names of them. */
  stopped = 0;
  readonly stoppedNames = new Set<string>();

  constructor(options: JumpOptions) {
    this.options = options;
  }

  /** Writes the entries in `bytes[start, end)` to `out`, moved; the number of them. */
  copy(bytes: Buffer, start: number, end: number, out: ByteWriter): number {
    this.#out = out;
    return readEntries(bytes, start, end, this);
  }

  state(
    database: number,
    flags: number,
    ceiling: Int64,
    bytes: Buffer,
    start: number,
    end: number,
    deadline: Int64,
  ): void {
    const isGauge = (flags & ENTRY_GAUGE) !== 0;
    if (isGauge) this.gauges++;
    else this.raised++;
    let moved = this.#move(ceiling, isGauge ? this.options.gauges : 'raise');
    if (moved === undefined) {
      moved = isGauge && this.options.gauges === 'lower' ? INT64_MIN : INT64_MAX;
      this.stopped++;
      if (this.stoppedNames.size < SHOWN) this.stoppedNames.add(quoteName(bytes, start, end));
    }
    writeState(this.#target, database, flags, moved, bytes, start, end, deadline);
  }

  remove(database: number, bytes: Buffer, start: number, end: number): void {
    writeRemove(this.#target, database, bytes, start, end);
  }

  flush(database: number): void {
    writeFlush(this.#target, database);
  }

  clock(nowMs: number): void {
    writeClock(this.#target, nowMs);
  }

  place(database: number, place: number): void {
    writePlace(this.#target, database, place);
  }

  get #target(): ByteWriter {
    if (this.#out === undefined) throw new Error('there is nothing to write to');
    return this.#out;
  }

  #move(ceiling: Int64, rule: GaugeRule): Int64 | undefined {
    if (rule === 'keep') return ceiling;
    return rule === 'raise' ? add(ceiling, this.options.by) : subtract(ceiling, this.options.by);
  }
}

/** The name of a sequence as a message shows it: any bytes, on one line. */
export function quoteName(bytes: Buffer, start: number, end: number): string {
  return JSON.stringify(bytes.toString('latin1', start, Math.min(end, start + 200)));
}
