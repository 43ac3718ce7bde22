import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preload } from './preload/preload.js';
import { temporaryDirectory } from './start.js';

/** What a cut leaves of what was not synced. */
export type Luck = 'none' | 'some';

/** A server's directory, and beside it what of that is on stable storage. */
export class StableStorage {
  readonly dir: string;
  readonly #stable: string;
  readonly environment: Record<string, string>;

  /** Begins with what `files` has: a power cut loses nothing of that. */
  constructor(files: ReadonlyMap<string, Buffer> = new Map()) {
    const place = temporaryDirectory();
    this.dir = join(place, 'data');
    this.#stable = join(place, 'stable');
    mkdirSync(this.dir);
    mkdirSync(this.#stable);
    const names: string[] = [];
    for (const [name, bytes] of files) {
      const path = join(this.dir, name);
      writeFileSync(path, bytes);
      const { ino } = statSync(path);
      writeFileSync(join(this.#stable, String(ino)), bytes);
      names.push(`${ino} ${name}\n`);
    }
    writeFileSync(join(this.#stable, 'names'), names.join(''));
    this.environment = preload('stable-storage', {
      STABLE_STORAGE: this.#stable,
      STABLE_OF: this.dir,
    });
  }

  /** The files that are there when the power is back; the server's processes are gone. */
  cut(luck: Luck, random: () => number): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const written = this.#written();
    for (const line of readFileSync(join(this.#stable, 'names'), 'utf8').split('\n')) {
      const [inode = '', name] = line.split(' ');
      if (name === undefined) continue;
      const synced = this.#synced(inode);
      const tail = (written.get(inode)?.bytes ?? synced).subarray(synced.length);
      const kept = luck === 'none' ? 0 : Math.floor(random() * (tail.length + 1));
      files.set(name, Buffer.concat([synced, tail.subarray(0, kept)]));
    }
    if (luck === 'none') return files;
    // A name may be on the disk before its directory was synced, and the file have anything of its bytes.
    for (const [inode, { name, bytes }] of written) {
      if (random() < 0.5) continue;
      const least = this.#synced(inode).length;
      const length = least + Math.floor(random() * Math.max(0, bytes.length - least + 1));
      files.set(name, bytes.subarray(0, length));
    }
    return files;
  }

  #synced(inode: string): Buffer {
    const path = join(this.#stable, inode);
    return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  }

  /** What was written, synced or not, by inode. */
  #written(): Map<string, { readonly name: string; readonly bytes: Buffer }> {
    const files = readdirSync(this.dir).map((name) => {
      const path = join(this.dir, name);
      return [String(statSync(path).ino), { name, bytes: readFileSync(path) }] as const;
    });
    return new Map(files);
  }
}
