import { dirname } from 'node:path';
import type { Disk, LogFile } from '#dist/store/disk.js';

/** What a test may do at a disk operation: fail it (throw), or delay it (return a promise). */
export type Hook = (operation: Operation) => Promise<void> | undefined;

export interface Operation {
  readonly kind:
    | 'open'
    | 'create'
    | 'rename'
    | 'unlink'
    | 'syncDirectory'
    | 'read'
    | 'write'
    | 'datasync'
    | 'truncate';
  readonly path: string;
  /** Of a write: what it would write, and how many of the bytes the test lets it. */
  readonly bytes?: Buffer;
  limit?: number;
  /** Set for a sync that fails: the kernel takes what it covered for written, so that no later sync brings it to the disk. */
  isForgotten?: boolean;
}

interface Change {
  readonly position: number;
  /** Undefined for a truncation to `position`. */
  readonly bytes: Buffer | undefined;
}

/** A file as the kernel sees it, as the platter has it, and what lies between. */
class Content {
  cached: Buffer = Buffer.alloc(0);
  stable: Buffer = Buffer.alloc(0);
  unsynced: Change[] = [];
  /** Of `unsynced`, what a failed sync has made the kernel forget: nothing but luck brings it to the disk. */
  readonly forgotten = new Set<Change>();
}

type NameChange = (names: Map<string, Content>) => void;

export function diskError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/**
 * A disk in memory that tells what was synced from what was not. `crash` gives the disk as a power failure may leave it:
 * of each file any subset of the unsynced writes, torn at any 512 or 32 bytes and with zeros in place of what is missing
 * where the size survived; of the unsynced names any subset.
 */
export class MemoryDisk implements Disk {
  readonly names = new Map<string, Content>();
  #stableNames = new Map<string, Content>();
  #nameChanges: NameChange[] = [];
  hook: Hook = () => undefined;
  operations = 0;
  readonly trace: string[] = [];

  async #before(operation: Operation): Promise<void> {
    this.operations++;
    await this.hook(operation);
    this.trace.push(operation.kind);
  }

  async open(path: string): Promise<LogFile> {
    await this.#before({ kind: 'open', path });
    const content = this.names.get(path);
    if (content === undefined) throw diskError('ENOENT');
    return this.#file(content);
  }

  openToRead(path: string): Promise<LogFile> {
    return this.open(path);
  }

  async create(path: string): Promise<LogFile> {
    await this.#before({ kind: 'create', path });
    if (this.names.has(path)) throw diskError('EEXIST');
    const content = new Content();
    this.#changeNames((names) => names.set(path, content));
    return this.#file(content);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#before({ kind: 'rename', path: from });
    const content = this.names.get(from);
    if (content === undefined) throw diskError('ENOENT');
    this.#changeNames((names) => {
      names.delete(from);
      names.set(to, content);
    });
  }

  async unlink(path: string): Promise<void> {
    await this.#before({ kind: 'unlink', path });
    if (this.names.has(path)) this.#changeNames((names) => names.delete(path));
  }

  async syncDirectory(dir: string): Promise<void> {
    await this.#before({ kind: 'syncDirectory', path: dir });
    this.#stableNames = new Map(this.names);
    this.#nameChanges = [];
  }

  #changeNames(change: NameChange): void {
    change(this.names);
    this.#nameChanges.push(change);
  }

  #file(content: Content): LogFile {
    // The name it has now: a log that was renamed goes by its new one.
    const path = () => [...this.names].find(([, named]) => named === content)?.[0] ?? '(unnamed)';
    const before = (kind: Operation['kind']) => this.#before({ kind, path: path() });
    return {
      size: async () => content.cached.length,
      read: async (target, start, length, position) => {
        await before('read');
        return content.cached.copy(target, start, position, position + length);
      },
      write: async (bytes, start, end, position) => {
        const whole = Buffer.from(bytes.subarray(start, end));
        const operation: Operation = { kind: 'write', path: path(), bytes: whole };
        await this.#before(operation);
        const written = whole.subarray(0, operation.limit ?? whole.length);
        apply(content, { position, bytes: written });
        return written.length;
      },
      datasync: async () => {
        const covered = [...content.unsynced];
        const operation: Operation = { kind: 'datasync', path: path() };
        try {
          await this.#before(operation);
        } catch (error) {
          const isForgotten = operation.isForgotten === true;
          for (const each of covered) {
            if (isForgotten && each.bytes !== undefined) content.forgotten.add(each);
          }
          throw error;
        }
        sync(content, covered);
      },
      truncate: async (size) => {
        await before('truncate');
        apply(content, { position: size, bytes: undefined });
      },
      close: async () => {},
    };
  }

  /** `random` gives numbers in [0, 1). */
  crash(random: () => number): MemoryDisk {
    const after = new MemoryDisk();
    const names = new Map(this.#stableNames);
    const share = random();
    for (const change of this.#nameChanges) if (random() < share) change(names);
    for (const [path, content] of names) after.put(path, survivor(content, random));
    return after;
  }

  /** Puts a file there, synced. */
  put(path: string, bytes: Buffer): void {
    const content = new Content();
    content.cached = Buffer.from(bytes);
    content.stable = Buffer.from(bytes);
    this.names.set(path, content);
    this.#stableNames.set(path, content);
  }

  /** What a power failure leaves of a file when none of what was not synced survives; undefined: no such file. */
  stable(path: string): Buffer | undefined {
    return this.#stableNames.get(path)?.stable;
  }

  get(path: string): Buffer {
    const content = this.names.get(path);
    if (content === undefined) throw new Error(`no ${path} in ${dirname(path)}`);
    return Buffer.from(content.cached);
  }
}

function apply(content: Content, change: Change): void {
  content.cached = changed(content.cached, change);
  for (const old of content.forgotten) if (isOver(change, old)) forgetForGood(content, old);
  content.unsynced.push(change);
}

/** Whether a change takes the place of any of what an older write wrote. */
function isOver(change: Change, old: Change): boolean {
  if (old.bytes === undefined || change.position >= old.position + old.bytes.length) return false;
  return change.bytes === undefined || change.position + change.bytes.length > old.position;
}

function forgetForGood(content: Content, old: Change): void {
  content.forgotten.delete(old);
  content.unsynced = content.unsynced.filter((each) => each !== old);
}

/** Brings to the disk what was not synced, in its order, as far as it is covered and the kernel still knows of it. */
function sync(content: Content, covered: readonly Change[]): void {
  const synced = new Set(covered.filter((change) => !content.forgotten.has(change)));
  for (const change of content.unsynced) {
    if (synced.has(change)) content.stable = changed(content.stable, change);
  }
  content.unsynced = content.unsynced.filter((change) => !synced.has(change));
}

function changed(before: Buffer, { position, bytes }: Change): Buffer {
  if (bytes === undefined) return Buffer.from(before.subarray(0, position));
  const after = Buffer.alloc(Math.max(before.length, position + bytes.length));
  before.copy(after);
  bytes.copy(after, position);
  return after;
}

/** Of a disk; and of a write that the power failure met while the kernel was copying it. */
const TEARS = [512, 512, 32] as const;

/** Truncations come in order with the size; of each write, whole, none or some sectors are there. */
function survivor(content: Content, random: () => number): Buffer {
  let bytes = content.stable;
  const mode = random();
  const tear = TEARS[Math.floor(random() * TEARS.length)] as number;
  for (const change of content.unsynced) {
    if (mode < 0.2 || (mode < 0.8 && random() < 0.4)) continue;
    if (change.bytes === undefined || mode > 0.8 || random() < 0.5) {
      bytes = changed(bytes, change);
      continue;
    }
    const end = change.position + change.bytes.length;
    for (let from = change.position; from < end; ) {
      const to = Math.min(end, (Math.floor(from / tear) + 1) * tear);
      const part = change.bytes.subarray(from - change.position, to - change.position);
      if (random() < 0.5) bytes = changed(bytes, { position: from, bytes: part });
      from = to;
    }
    if (end > bytes.length && random() < 0.5) {
      bytes = Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]);
    }
  }
  return Buffer.from(bytes);
}

/** A small generator of numbers in [0, 1), the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
