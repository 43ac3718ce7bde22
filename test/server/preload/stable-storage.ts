import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/**
 * Loaded before the program of the server: the directory STABLE_STORAGE gets what a power cut leaves of the directory STABLE_OF at least: each
 * file, under the number of its inode, as it was when its last completed sync began, and in `names` a line `inode name` for each name that the last
 * completed sync of the directory found.
 */
const { STABLE_STORAGE = '', STABLE_OF = '' } = process.env;

type Done = (error: NodeJS.ErrnoException | null) => void;
type Sync = (descriptor: number, done: Done) => void;

/** A kill -9 leaves the old one or the new one. */
function publish(name: string, bytes: Buffer): void {
  const path = join(STABLE_STORAGE, name);
  fs.writeFileSync(`${path}.part`, bytes);
  fs.renameSync(`${path}.part`, path);
}

function namesOf(dir: string): Buffer {
  const lines = fs.readdirSync(dir).map((name) => `${fs.statSync(join(dir, name)).ino} ${name}\n`);
  return Buffer.from(lines.join(''));
}

/** What a sync of this descriptor makes stable, and under which name. */
function snapshot(descriptor: number): [name: string, bytes: Buffer] {
  const status = fs.fstatSync(descriptor);
  if (status.isDirectory()) return ['names', namesOf(STABLE_OF)];
  const bytes = Buffer.alloc(status.size);
  let length = 0;
  while (length < bytes.length) {
    const count = fs.readSync(descriptor, bytes, length, bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return [String(status.ino), bytes.subarray(0, length)];
}

function recorded(sync: Sync): Sync {
  return (descriptor, done) => {
    const [name, bytes] = snapshot(descriptor);
    sync(descriptor, (error) => {
      if (error === null) publish(name, bytes);
      done(error);
    });
  };
}

if (process.env.SEQUEMENT_ROLE === 'writer') {
  Object.assign(fs, { fsync: recorded(fs.fsync), fdatasync: recorded(fs.fdatasync) });
  syncBuiltinESMExports();
}
