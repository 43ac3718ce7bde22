/** A worker whose clients watch: it is told which of them has been touched. */
export interface Watcher {
  touched(client: number): void;
}

/** What the watches ask of the sequences. */
export interface WatchedSequences {
  has(database: number, name: string): boolean;
  /** There is such a sequence, and its time has come, or had at that moment. */
  isOver(database: number, name: string, atMs?: number): boolean;
  nowMs(): number;
}

/**
 * What has become of the names that a client watches:
 *
 * - `over`: the time of one has come, and it is still there.
 * - `doubtful`: the log has failed; what changed meanwhile may be what was taken back.
 */
export type WatchState = 'unchanged' | 'touched' | 'over' | 'doubtful';

interface Watch {
  readonly client: WatchingClient;
  readonly database: number;
  readonly name: string;
  readonly sinceMs: number;
  /** Its time had come when it began to be watched: that it goes is no change. */
  wasOver: boolean;
}

interface WatchingClient {
  readonly id: number;
  readonly watcher: Watcher;
  readonly watches: Watch[];
  state: Exclude<WatchState, 'over'>;
}

/**
 * Who watches which names (WATCH), over all workers.
 *
 *     unchanged ── a name is changed, by anybody ──▶ touched ── EXEC, UNWATCH, DISCARD, the end ──▶ forgotten
 *         └── the log takes changes back ───────▶ doubtful ─┘
 *
 * Invariant: every change of a sequence passes `touch`, `flushed` or `swapped` before anything else is executed. For that reason a name that
 * is watched is not lent to a worker.
 */
export class Watches {
  readonly #sequences: WatchedSequences;
  readonly #clients = new Map<number, WatchingClient>();
  /** By database, then by name (latin1). */
  readonly #byName = new Map<number, Map<string, Set<Watch>>>();
  /** Watches there are: while it is 0, nothing here is asked. */
  size = 0;

  constructor(sequences: WatchedSequences) {
    this.#sequences = sequences;
  }

  /** The client watches the name from now on. */
  watch(watcher: Watcher, id: number, database: number, name: string): void {
    let client = this.#clients.get(id);
    if (client === undefined) {
      client = { id, watcher, watches: [], state: 'unchanged' };
      this.#clients.set(id, client);
    }
    if (client.state !== 'unchanged') return;
    const names = this.#byName.get(database) ?? new Map<string, Set<Watch>>();
    this.#byName.set(database, names);
    const others = names.get(name) ?? new Set<Watch>();
    names.set(name, others);
    for (const other of others) if (other.client === client) return;
    const sinceMs = this.#sequences.nowMs();
    const wasOver = this.#sequences.isOver(database, name, sinceMs);
    const watch: Watch = { client, database, name, sinceMs, wasOver };
    others.add(watch);
    client.watches.push(watch);
    this.size++;
  }

  isWatched(database: number, name: string): boolean {
    return this.#byName.get(database)?.has(name) === true;
  }

  stateOf(id: number): WatchState {
    const client = this.#clients.get(id);
    if (client === undefined) return 'unchanged';
    const isOver = ({ wasOver, database, name }: Watch) =>
      !wasOver && this.#sequences.isOver(database, name);
    return client.watches.some(isOver) ? 'over' : client.state;
  }

  forget(id: number): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    this.#unwatch(client);
    this.#clients.delete(id);
  }

  /** The worker is gone, and its clients with it. */
  lost(watcher: Watcher): void {
    for (const { id, watcher: own } of [...this.#clients.values()]) {
      if (own === watcher) this.forget(id);
    }
  }

  /** A sequence was changed, created or removed. */
  touch(database: number, name: string): void {
    for (const watch of this.#of(database, name)) {
      if (!watch.wasOver) this.#touch(watch.client);
      else if (this.#sequences.has(database, name)) break;
      else watch.wasOver = false;
    }
  }

  /** All sequences of a database are about to be removed. */
  flushed(database: number): void {
    for (const name of this.#names(database)) {
      if (!this.#sequences.has(database, name)) continue;
      for (const watch of this.#of(database, name)) {
        if (watch.wasOver) watch.wasOver = false;
        else this.#touch(watch.client);
      }
    }
  }

  /** A database is about to get the sequences of another. */
  swapped(database: number, other: number): void {
    for (const name of this.#names(database)) {
      const hadIt = this.#sequences.has(database, name);
      const getsIt = this.#sequences.has(other, name);
      if (!hadIt && !getsIt) continue;
      const getsOver = this.#sequences.isOver(other, name);
      for (const watch of this.#of(database, name)) {
        if (watch.wasOver && !getsIt) watch.wasOver = false;
        else if (!watch.wasOver && !hadIt && getsOver) watch.wasOver = true;
        else if (!(watch.wasOver && getsOver)) this.#touch(watch.client);
      }
    }
  }

  /** The log has been loaded: only now can be told what was over when it began to be watched. */
  loaded(): void {
    for (const { watches } of this.#clients.values()) {
      for (const watch of watches) {
        const { database, name, sinceMs } = watch;
        watch.wasOver = this.#sequences.isOver(database, name, sinceMs);
      }
    }
  }

  /** A log that failed took back changes that were watched, too. */
  takenBack(): void {
    for (const client of this.#clients.values()) {
      this.#touch(client);
      client.state = 'doubtful';
    }
  }

  #of(database: number, name: string): Watch[] {
    return [...(this.#byName.get(database)?.get(name) ?? [])];
  }

  #names(database: number): string[] {
    return [...(this.#byName.get(database)?.keys() ?? [])];
  }

  #touch(client: WatchingClient): void {
    if (client.state !== 'unchanged') return;
    client.state = 'touched';
    this.#unwatch(client);
    client.watcher.touched(client.id);
  }

  #unwatch(client: WatchingClient): void {
    for (const watch of client.watches.splice(0)) {
      const names = this.#byName.get(watch.database);
      const others = names?.get(watch.name);
      others?.delete(watch);
      if (others?.size === 0) names?.delete(watch.name);
      this.size--;
    }
  }
}
