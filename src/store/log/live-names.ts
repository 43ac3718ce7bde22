const SHARDS = 64;

/** Counts the sequences that exist. In shards, since one Set ends at 16.7 million. */
export class LiveNames {
  readonly #databases = new Map<number, Set<string>[]>();

  add(database: number, name: string): void {
    let shards = this.#databases.get(database);
    if (shards === undefined) {
      shards = Array.from({ length: SHARDS }, () => new Set<string>());
      this.#databases.set(database, shards);
    }
    shardOf(shards, name).add(name);
  }

  has(database: number, name: string): boolean {
    const shards = this.#databases.get(database);
    return shards !== undefined && shardOf(shards, name).has(name);
  }

  delete(database: number, name: string): void {
    const shards = this.#databases.get(database);
    if (shards !== undefined) shardOf(shards, name).delete(name);
  }

  clear(database?: number): void {
    if (database === undefined) this.#databases.clear();
    else this.#databases.delete(database);
  }

  /** Database and number of its sequences, empty ones left out, by database. */
  counts(): (readonly [number, number])[] {
    return [...this.#databases]
      .map(
        ([database, shards]) =>
          [database, shards.reduce((sum, { size }) => sum + size, 0)] as const,
      )
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => a - b);
  }
}

function shardOf(shards: Set<string>[], name: string): Set<string> {
  const end = name.length;
  const hash = name.charCodeAt(end - 1) + 7 * name.charCodeAt(end - 2) + end;
  return shards[hash % SHARDS || 0] as Set<string>;
}
