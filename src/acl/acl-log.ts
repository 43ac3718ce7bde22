/** Something that was denied, as a worker tells it. Words are latin1. */
export interface Denied {
  readonly reason: 'auth' | 'command' | 'key' | 'channel';
  readonly context: 'toplevel' | 'multi' | 'lua';
  /** The command, the key or the channel; of a refused password the command that brought it. */
  readonly object: string;
  readonly username: string;
  readonly atMs: number;
  /** The client's line in CLIENT LIST. */
  readonly clientInfo: string;
  /** So many times in a row. */
  readonly count: number;
}

/** How far apart two that are counted as one may be, and how far back the first is looked for. */
const SAME_MS = 60000;
const LOOKED_AT = 10;

/** What ACL LOG shows, newest first: what happens again counts the entry up and brings it to the front. */
export class AclLog {
  #entries: Denied[] = [];

  get entries(): readonly Denied[] {
    return this.#entries;
  }

  /** Keeps `limit` entries at most. */
  add(denied: Denied, limit: number): void {
    const at = this.#entries.findIndex((each, index) => index < LOOKED_AT && isSame(each, denied));
    const [before] = at < 0 ? [] : this.#entries.splice(at, 1);
    const count = denied.count + (before?.count ?? 0);
    this.#entries.unshift({ ...denied, count });
    if (before === undefined && this.#entries.length > limit) this.#entries.length = limit;
  }

  reset(): void {
    this.#entries = [];
  }
}

/** Whether two are told as one. */
export function isSame(a: Denied, b: Denied): boolean {
  return (
    a.reason === b.reason &&
    a.context === b.context &&
    Math.abs(a.atMs - b.atMs) <= SAME_MS &&
    a.object === b.object &&
    a.username === b.username
  );
}
