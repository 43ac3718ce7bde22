import { ENTRY_GAUGE, readEntries } from '../../protocol/entry.js';
import type { FileHeader } from '../../protocol/record.js';
import type { Disk, LogFile } from '../disk.js';
import { Refusal } from '../store.js';
import { isWholeBackup } from './backup.js';
import { BaseWriter, type Identity } from './base-writer.js';
import { type Jump, quoteName } from './jump.js';
import { logPaths } from './names.js';
import { type LogReading, type Progress, problemOf, readLog } from './read-log.js';
import { Slices } from './slices.js';

/** What a backup holds, as far as a restore needs to know before it begins. */
export interface Verified {
  readonly header: FileHeader;
  readonly entries: number;
  /** Entries of gauges, and the first names of them. */
  readonly gauges: number;
  readonly gaugeNames: readonly string[];
  /** Bytes of a torn tail, which only a plain copy of a log may have. */
  readonly leftOut: number;
}

const SHOWN = 5;

/** Reads all of a backup, or of a copy of a log. Throws a Refusal when anything of it is not as it was written. */
export async function verify(
  file: LogFile,
  path: string,
  progress: Progress = () => {},
): Promise<Verified> {
  let entries = 0;
  let gauges = 0;
  const names = new Set<string>();
  const visitor = {
    state: (_: number, flags: number, _c: unknown, bytes: Buffer, start: number, end: number) => {
      if ((flags & ENTRY_GAUGE) === 0) return;
      gauges++;
      if (names.size < SHOWN) names.add(quoteName(bytes, start, end));
    },
    remove() {},
    flush() {},
  };
  const reading = await readLog(
    file,
    (bytes, start, end) => {
      entries += readEntries(bytes, start, end, visitor);
      return undefined;
    },
    progress,
  );
  const header = headerOf(reading, path);
  return { header, entries, gauges, gaugeNames: [...names], leftOut: reading.size - reading.end };
}

function headerOf(reading: LogReading, path: string): FileHeader {
  const { header } = reading;
  if (header === 'not a log') throw new Refusal(`${path} is neither a backup nor a log.`);
  const problem = problemOf(reading);
  if (problem !== undefined) throw new Refusal(`${path} ${problem}: restore another backup.`);
  if (typeof header !== 'object') throw new Refusal(`${path} has a damaged header.`);
  if (header.isBackup && !isWholeBackup(reading)) {
    throw new Refusal(`${path} has something behind its end: restore another backup.`);
  }
  return header;
}

/**
 * Makes a log in `dir` of a backup that was verified, moved by `jump`; `epoch` is that of the new history. A log that is there is
 * replaced when the new one is whole and on stable storage, and not before.
 */
export async function restoreLog(
  disk: Disk,
  identity: Identity,
  source: { readonly file: LogFile; readonly path: string; readonly verified: Verified },
  target: { readonly dir: string; readonly epoch: number; readonly jump: Jump },
  progress: Progress = () => {},
): Promise<void> {
  const { verified } = source;
  const { dir, epoch, jump } = target;
  const heading = { ...verified.header, epoch, isBackup: false };
  const base = await BaseWriter.begin(disk, logPaths(dir), identity, heading, (log) =>
    log.appender.file.close(),
  );
  const slices = new Slices(base);
  let entries = 0;
  try {
    const reading = await readLog(
      source.file,
      (bytes, start, end) => {
        entries += jump.copy(bytes, start, end, slices.draft);
        return slices.added();
      },
      progress,
    );
    if (problemOf(reading) !== undefined || entries !== verified.entries) {
      throw new Refusal(`${source.path} changed while it was read: nothing was restored.`);
    }
    await slices.end();
    await base.switch();
  } catch (error) {
    await base.abandon();
    throw error;
  }
}
