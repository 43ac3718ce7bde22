import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { diskErrorText } from '../store/disk-error.js';
import { writeBackup } from '../store/log/backup.js';
import { logPath, newLogPath } from '../store/log/names.js';
import { NodeDisk } from '../store/node-disk.js';
import { Refusal } from '../store/store.js';
import { Failure } from './failure.js';
import { reportProgress } from './progress.js';

export interface BackupOptions {
  readonly force: boolean;
}

const OWN_NAMES = [basename(logPath('')), basename(newLogPath('')), 'sequement.lock'];

/** Writes a backup of the log of a directory, in use or not, and tells what it holds. Throws a Failure. */
export async function backup(
  dir: string,
  path: string,
  options: BackupOptions,
  out: { write(text: string): unknown },
): Promise<void> {
  // A server's own file would be pulled out from under it, force or not.
  if (OWN_NAMES.includes(basename(path))) {
    throw new Failure(
      `${basename(path)} is the name of a server's own file: give the backup another`,
    );
  }
  if (!options.force && existsSync(path)) {
    throw new Failure(`${path} is there already: choose another name, or --force to replace it`);
  }
  const identity = { random: randomBytes, nowMs: Date.now };
  try {
    const progress = reportProgress('backup');
    const made = await writeBackup(new NodeDisk(), identity, dir, path, progress);
    const torn = made.leftOut > 0 ? `; ${made.leftOut} bytes of an unfinished batch left out` : '';
    out.write(`${path}: ${made.entries} entries, ${made.size} bytes, verified${torn}\n`);
  } catch (error) {
    if (error instanceof Refusal) throw new Failure(error.message);
    throw new Failure(`cannot write the backup ${path} of ${dir}: ${diskErrorText(error)}`);
  }
}
