import { randomBytes } from 'node:crypto';
import { lockDirectory, unlockDirectory } from '../lock/directory-lock.js';
import { RecordType } from '../protocol/record.js';
import type { Disk, LogFile } from '../store/disk.js';
import { diskErrorText, hasCode } from '../store/disk-error.js';
import { type Inspection, inspect } from '../store/log/inspect.js';
import { damagedLogPath, logPath } from '../store/log/names.js';
import { rewrite, saveCopy } from '../store/log/repair.js';
import { NodeDisk } from '../store/node-disk.js';

export interface CheckOptions {
  readonly fix: boolean;
}

/**
 * Verifies the log of a directory that no server uses, prints what it finds and returns the exit status: 0 when the log is
 * whole (with `fix`: when it is whole now), 1 otherwise.
 */
export async function check(
  dir: string,
  options: CheckOptions,
  print: (line: string) => void = printLine,
): Promise<number> {
  const path = logPath(dir);
  const disk = new NodeDisk();
  try {
    const file = await disk.openToRead(path);
    try {
      const lock = await lockDirectory(dir);
      if (!lock.isLocked) {
        print(`${dir} is in use by process ${lock.pid ?? '(unknown)'}: stop the server first.`);
        return 1;
      }
      try {
        return await checkFile(disk, dir, file, options, print);
      } finally {
        unlockDirectory(lock.descriptor);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) print(`${dir} holds no log (${path} does not exist).`);
    else print(`Cannot check ${path}: ${diskErrorText(error)}.`);
    return 1;
  }
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function checkFile(
  disk: Disk,
  dir: string,
  file: LogFile,
  options: CheckOptions,
  print: (line: string) => void,
): Promise<number> {
  const inspection = await inspect(file, () => undefined);
  for (const line of describe(logPath(dir), inspection)) print(line);
  const { kind } = inspection.finding;
  if (kind === 'clean') return 0;
  if (kind === 'newer') {
    print('It was written by a newer version of Sequement: check it with that version.');
    return 1;
  }
  if (inspection.header === undefined) {
    print('Neither its header nor the copy of it can be read, so that no record can be verified.');
    print('Restore a backup. Nothing was changed.');
    return 1;
  }
  if (!options.fix) {
    print(
      kind === 'torn'
        ? 'The next start cuts it off by itself; so does --fix.'
        : `Restore a backup, or run \`sequement check ${dir} --fix\`, which keeps a copy and all whole records.`,
    );
    return 1;
  }
  await fix(disk, dir, file, inspection, print);
  return 0;
}

async function fix(
  disk: Disk,
  dir: string,
  file: LogFile,
  inspection: Inspection,
  print: (line: string) => void,
): Promise<void> {
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const copy = damagedLogPath(dir, timestamp);
  await saveCopy(disk, file, dir, copy);
  print(`Copied the log as it was to ${copy}.`);
  await rewrite(disk, { random: randomBytes, nowMs: Date.now }, dir, file, inspection);
  const sequences = inspection.live.reduce((sum, [, count]) => sum + count, 0);
  print(`Wrote a new log with ${inspection.entries} entries of ${sequences} live sequences.`);
  print(`Lost: ${inspection.lostBytes} bytes in ${inspection.lostPlaces} places.`);
  if (inspection.finding.kind === 'torn' || inspection.lostBytes === 0) return;
  print(
    'WARNING: what a sequence had reserved only there is forgotten. Such a sequence goes back or is missing, ' +
      'and would serve numbers that were served before; a removed one may be there again.',
  );
  print(
    'Before you serve from it, compare each sequence that matters with the highest number in use, ' +
      'and raise it with SET where it is behind.',
  );
}

function describe(path: string, inspection: Inspection): string[] {
  const { header, records, finding, live } = inspection;
  const lines = [`${path}: ${inspection.size} bytes`];
  if (header !== undefined) {
    const created = new Date(header.createdMs).toISOString();
    lines.push(
      `header: layout version ${header.version}, file ${header.file}, epoch ${header.epoch}, ` +
        `created ${created}, base of ${header.baseSize} bytes` +
        (inspection.headerProblem === undefined ? '' : ' (read from its copy)'),
      `records: ${records[RecordType.base] ?? 0} of the base, ${records[RecordType.append] ?? 0} appended, ` +
        `${records[RecordType.mark] ?? 0} marks; ${inspection.entries} entries`,
      `sequences: ${live.map(([database, count]) => `${count} in database ${database}`).join(', ') || 'none'}`,
      `proved to be on stable storage: the first ${inspection.proven} bytes`,
    );
  }
  if (finding.kind === 'clean') lines.push('No damage found.');
  if (finding.kind === 'torn') {
    lines.push(
      `Torn tail at offset ${finding.offset}: ${inspection.lostBytes} bytes that had not been synced.`,
    );
  }
  if (finding.kind === 'damaged') {
    lines.push(
      `Damage at offset ${finding.offset}: ${finding.reason}. ` +
        `${inspection.lostBytes} bytes in ${inspection.lostPlaces} places are not whole; ` +
        `${inspection.recordsBehind} whole records with ${inspection.entriesBehind} entries lie behind it.`,
    );
  }
  if (finding.kind === 'newer') lines.push(`Unknown to this version at offset ${finding.offset}.`);
  return lines;
}
