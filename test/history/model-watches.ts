interface Watching {
  readonly keys: Set<string>;
  isTouched: boolean;
}

/** Who watches what, over all connections of a ModelServer. */
export class ModelWatches {
  readonly #connections = new Map<number, Watching>();

  watch(connection: number, keys: readonly string[]): void {
    const watching = this.#connections.get(connection) ?? { keys: new Set(), isTouched: false };
    this.#connections.set(connection, watching);
    for (const key of keys) watching.keys.add(key);
  }

  touch(key: string): void {
    for (const each of this.#connections.values()) if (each.keys.has(key)) each.isTouched = true;
  }

  keysOf(connection: number): readonly string[] {
    return [...(this.#connections.get(connection)?.keys ?? [])];
  }

  /** Whether nothing of it has changed; forgets it. */
  end(connection: number): boolean {
    const isMet = this.#connections.get(connection)?.isTouched !== true;
    this.#connections.delete(connection);
    return isMet;
  }
}
