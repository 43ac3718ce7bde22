import { RecordDraft, RecordType } from '../../protocol/record.js';
import { type LogFile, writeAll } from '../disk.js';

/** Where an appender goes on in a file that has something in it. */
export interface AppendPosition {
  readonly size: number;
  readonly durable: number;
  readonly proven: number;
}

/**
 * The end of one log file, where records are added.
 *
 *     0 ──── told by a record ────┬──── synced ────┬──── written ────▶
 *                              proven           durable           size
 *
 * Invariant: proven ≤ durable ≤ size; each record carries `durable` as it was when the record was written.
 */
export class LogAppender {
  readonly file: LogFile;
  readonly #salt: number;
  readonly #mark = new RecordDraft();
  #size: number;
  #durable: number;
  #proven: number;
  /** The end of the last record that is no mark: a mark alone is not worth a sync. */
  #contentEnd: number;

  constructor(file: LogFile, salt: number, position: AppendPosition) {
    this.file = file;
    this.#salt = salt;
    this.#size = position.size;
    this.#durable = position.durable;
    this.#proven = position.proven;
    this.#contentEnd = position.size;
  }

  get size(): number {
    return this.#size;
  }

  get unsynced(): number {
    return this.#size - this.#durable;
  }

  get isUnsynced(): boolean {
    return this.#durable < this.#contentEnd;
  }

  get isUnproven(): boolean {
    return this.#proven < this.#durable;
  }

  /** One write at a time; a rejection leaves a torn record, so that nothing may follow. */
  async append(type: RecordType, draft: RecordDraft, lsn: number): Promise<void> {
    const proof = this.#durable;
    const record = draft.seal(type, this.#salt, lsn, this.#size, proof);
    await writeAll(this.file, record, this.#size);
    this.#size += record.length;
    this.#proven = proof;
    if (type !== RecordType.mark) this.#contentEnd = this.#size;
  }

  async mark(lsn: number): Promise<void> {
    this.#mark.clear();
    await this.append(RecordType.mark, this.#mark, lsn);
  }

  /** Covers what had been written when it was called; writes may go on meanwhile. */
  async sync(): Promise<void> {
    const reached = this.#size;
    await this.file.datasync();
    this.#durable = Math.max(this.#durable, reached);
  }
}
