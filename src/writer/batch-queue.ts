import { RecordDraft } from '../protocol/record.js';

/** Beyond this, what waits goes to another record; a single append is never split, so that it stays atomic. */
const JOIN_LIMIT = 1 << 20;

export interface Batch {
  readonly kind: 'append' | 'slice' | 'end';
  readonly draft: RecordDraft;
  /** The highest lsn in it; 0 in a slice. */
  lsn: number;
}

/** What waits for the disk, in the order of arrival. Neighbouring appends are joined to one record. */
export class BatchQueue {
  #batches: Batch[] = [];

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** The bytes are copied. */
  append(lsn: number, bytes: Buffer, start: number, end: number): void {
    let batch = this.#batches.at(-1);
    if (batch?.kind !== 'append' || batch.draft.length + end - start > JOIN_LIMIT) {
      batch = { kind: 'append', draft: new RecordDraft(), lsn };
      this.#batches.push(batch);
    }
    batch.draft.copy(bytes, start, end);
    batch.lsn = lsn;
  }

  /** The bytes are copied. */
  slice(bytes: Buffer, start: number, end: number): void {
    const draft = new RecordDraft(end - start + 64);
    draft.copy(bytes, start, end);
    this.#batches.push({ kind: 'slice', draft, lsn: 0 });
  }

  end(): void {
    this.#batches.push({ kind: 'end', draft: new RecordDraft(), lsn: 0 });
  }

  shift(): Batch | undefined {
    return this.#batches.shift();
  }

  clear(): void {
    this.#batches = [];
  }

  /** Drops the appends up to `lsn`. A batch that reaches beyond it stays whole: replaying an entry does no harm. */
  dropThrough(lsn: number): void {
    this.#batches = this.#batches.filter((batch) => batch.lsn > lsn);
  }
}
