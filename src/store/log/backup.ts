import { dirname } from 'node:path';
import type { Disk, LogFile } from '../disk.js';
import { hasCode } from '../disk-error.js';
import { Refusal } from '../store.js';
import { BaseWriter, type Heading, type Identity } from './base-writer.js';
import { type BasePaths, logPath } from './names.js';
import { countEntries, type LogReading, type Progress, problemOf, readLog } from './read-log.js';
import { FileShrank } from './record-reader.js';
import { readFileHeader } from './scan.js';
import { Slices } from './slices.js';

export interface Backup {
  /** Bytes of it, and the entries in it. */
  readonly size: number;
  readonly entries: number;
  /** Bytes behind the last whole record of the log, which no sync had covered, or which were being written. */
  readonly leftOut: number;
}

/** A log that is read while a writer works on it may look damaged once; twice in the same place, it is. */
const TRIES = 10;

/**
 * Copies the log of `dir`, whether a server uses it or not, to `path`, and reads the copy again before it gets that name. Whatever is
 * there under that name is replaced.
 *
 * The log that is open stays what it is, though a compaction gives its name to another. Appends are read up to the size that it had
 * at the start; so the backup is the log as it was at some moment between start and end.
 * Throws a Refusal, or what the disk throws.
 */
export async function writeBackup(
  disk: Disk,
  identity: Identity,
  dir: string,
  path: string,
  progress: Progress,
): Promise<Backup> {
  const before = new Set<string>();
  for (let tries = 1; ; tries++) {
    const outcome = await copyOnce(disk, identity, dir, path, progress);
    if (typeof outcome === 'object') return outcome;
    // A writer that goes on where another died cuts the log there and writes other records to the same places.
    if (before.has(outcome) || tries === TRIES) throw new Refusal(outcome);
    before.add(outcome);
  }
}

/** The backup, or why there is none. */
async function copyOnce(
  disk: Disk,
  identity: Identity,
  dir: string,
  path: string,
  progress: Progress,
): Promise<Backup | string> {
  const file = await openLog(disk, dir);
  try {
    const first = await readHeading(file, dir);
    const random = identity.random(4).toString('hex');
    const paths: BasePaths = { dir: dirname(path), path, newPath: `${path}.${random}.new` };
    const heading: Heading = { ...first, isBackup: true };
    const base = await BaseWriter.begin(disk, paths, identity, heading, (log) =>
      log.appender.file.close(),
    );
    try {
      const slices = new Slices(base);
      let entries = 0;
      const reading = await readLog(
        file,
        (bytes, start, end) => {
          entries += countEntries(bytes, start, end);
          slices.draft.copy(bytes, start, end);
          return slices.added();
        },
        progress,
      );
      const problem = problemOf(reading);
      if (problem !== undefined) {
        await base.abandon();
        return `${logPath(dir)} ${problem}: run \`sequement check ${dir}\`. No backup was made.`;
      }
      await slices.end();
      const size = await verifyBackup(disk, paths.newPath, entries);
      await base.switch();
      return { size, entries, leftOut: reading.size - reading.end };
    } catch (error) {
      await base.abandon();
      if (error instanceof FileShrank) return `${logPath(dir)} became shorter while it was read.`;
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function openLog(disk: Disk, dir: string): Promise<LogFile> {
  try {
    return await disk.openToRead(logPath(dir));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Refusal(`${dir} holds no log (${logPath(dir)} does not exist).`);
  }
}

async function readHeading(file: LogFile, dir: string): Promise<Heading> {
  // The header is whole before the file gets its name, and does not change afterwards.
  const header = await readFileHeader(file);
  if (typeof header === 'object' && !header.isBackup) return header;
  throw new Refusal(`${logPath(dir)} has no header of a log: run \`sequement check ${dir}\`.`);
}

/** Reads what was written once more; its size. */
async function verifyBackup(disk: Disk, path: string, entries: number): Promise<number> {
  const file = await disk.openToRead(path);
  try {
    let found = 0;
    const reading = await readLog(
      file,
      (bytes, start, end) => {
        found += countEntries(bytes, start, end);
        return undefined;
      },
      () => {},
    );
    if (!isWholeBackup(reading) || found !== entries) {
      throw new Error(`what was written to ${path} is not what is read from it`);
    }
    return reading.size;
  } finally {
    await file.close();
  }
}

/** A backup is a base and nothing else, and the header tells its size: what was cut off anywhere is missed. */
export function isWholeBackup({ header, finding, size }: LogReading): boolean {
  const isBackup = typeof header === 'object' && header.isBackup;
  return isBackup && finding.kind === 'clean' && header.baseSize === size;
}
