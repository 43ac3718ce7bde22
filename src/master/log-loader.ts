import { type EntryVisitor, readEntries } from '../protocol/entry.js';
import type { Sequences } from './sequences.js';

const NOBODY: EntryVisitor = { state() {}, remove() {}, flush() {} };

/** Takes over into the table what the writer reads from the log. */
export class LogLoader {
  readonly #sequences: Sequences;
  /** Of the base, until its first entries have come: they tell how many there will be. */
  #expectedBytes = 0;

  constructor(sequences: Sequences) {
    this.#sequences = sequences;
  }

  /** So many bytes of a base are coming. */
  expect(baseBytes: number): void {
    this.#expectedBytes = baseBytes;
  }

  load(bytes: Buffer, start: number, end: number): void {
    const sequences = this.#sequences;
    if (this.#expectedBytes > 0) {
      const count = readEntries(bytes, start, end, NOBODY);
      sequences.databases.expect(Math.floor((this.#expectedBytes / (end - start)) * count));
      this.#expectedBytes = 0;
    }
    readEntries(bytes, start, end, {
      state: (place, flags, ceiling, name, nameStart, nameEnd, deadline) =>
        sequences.databases.load(place, flags, ceiling, name, nameStart, nameEnd, deadline),
      remove: (place, name, nameStart, nameEnd) =>
        sequences.databases.unload(place, name, nameStart, nameEnd),
      flush: (place) => sequences.databases.unloadAll(place),
      clock: (nowMs) => sequences.clock.atLeast(nowMs),
      place: (database, place) => sequences.databases.loadPlace(database, place),
    });
  }
}
