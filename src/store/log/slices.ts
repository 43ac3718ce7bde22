import { RecordDraft } from '../../protocol/record.js';
import type { BaseWriter } from './base-writer.js';

const SLICE_SIZE = 256 << 10;
/** So much of a base is left to one sync, so that a server that uses the same disk is not held up by a larger one. */
const SYNC_EVERY = 16 << 20;

/** Joins entries to the slices of a base that no server is writing. */
export class Slices {
  /** Entries are added here; then `added` is called. */
  readonly draft = new RecordDraft();
  readonly #base: BaseWriter;

  constructor(base: BaseWriter) {
    this.#base = base;
  }

  /** A promise asks to wait before more is added. */
  added(): Promise<void> | undefined {
    return this.draft.payloadLength < SLICE_SIZE ? undefined : this.#write();
  }

  async end(): Promise<void> {
    if (this.draft.payloadLength > 0) await this.#write();
    await this.#base.end();
  }

  async #write(): Promise<void> {
    await this.#base.writeSlice(this.draft);
    this.draft.clear();
    if (this.#base.unsynced >= SYNC_EVERY) await this.#base.sync();
  }
}
