import type { Sequences } from './sequences.js';

/** What the table takes without any sequence, about. */
const EMPTY_BYTES = 1 << 20;

/**
 * `maxmemory`: what the sequences take, by which clients can make the server grow without end. Memory of freed sequences counts as
 * free, though the processes keep it.
 */
export class MemoryLimit {
  readonly #sequences: Sequences;
  readonly #onChange: () => void;
  #limitBytes = 0;
  /** More is used than allowed: commands that could take more are refused. */
  isOver = false;

  constructor(sequences: Sequences, onChange: () => void) {
    this.#sequences = sequences;
    this.#onChange = onChange;
  }

  get usedBytes(): number {
    let used = EMPTY_BYTES;
    for (let place = 0; place < this.#sequences.databases.count; place++) {
      used += this.#sequences.databases.tableAt(place)?.usedBytes ?? 0;
    }
    return used;
  }

  /** 0: there is none. Nobody is told. */
  set(limitBytes: number): void {
    this.#limitBytes = limitBytes;
    this.isOver = limitBytes > 0 && this.usedBytes > limitBytes;
  }

  /** Behind everything that may have changed what is used. */
  check(): void {
    if (this.#limitBytes === 0 && !this.isOver) return;
    const wasOver = this.isOver;
    this.set(this.#limitBytes);
    if (this.isOver !== wasOver) this.#onChange();
  }
}
