import { randomBytes } from 'node:crypto';
import { lockDirectory, unlockDirectory } from '../lock/directory-lock.js';
import { RecordType } from '../protocol/record.js';
import type { Disk, LogFile } from '../store/disk.js';
import { diskErrorText, hasCode } from '../store/disk-error.js';
import type { Identity } from '../store/log/base-writer.js';
import { type Inspection, inspect } from '../store/log/inspect.js';
import { logPath } from '../store/log/names.js';
import { NodeDisk } from '../store/node-disk.js';
import { type FixOptions, fix, type Print } from './fix.js';

export interface CheckOptions extends FixOptions {
  readonly fix: boolean;
}

/**
 * Verifies the log of a directory that no server uses, prints what it finds and returns the exit status: 0 when the log is
 * whole (with `fix`: when it is whole now), 1 otherwise.
 */
export async function check(
  dir: string,
  options: CheckOptions,
  print: Print = printLine,
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
        const identity = { random: randomBytes, nowMs: Date.now };
        return await checkFile(disk, identity, dir, file, options, print);
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

/** As `check`, of a log that is open and locked. */
export async function checkFile(
  disk: Disk,
  identity: Identity,
  dir: string,
  file: LogFile,
  options: CheckOptions,
  print: Print,
): Promise<number> {
  const inspection = await inspect(file, () => undefined);
  for (const line of describe(logPath(dir), inspection)) print(line);
  const { kind } = inspection.finding;
  if (kind === 'newer') {
    print('It was written by a newer version of Sequement: check it with that version.');
    return 1;
  }
  if (inspection.header === undefined) {
    print('Neither its header nor the copy of it can be read, so that no record can be verified.');
    print('Restore a backup. Nothing was changed.');
    return 1;
  }
  if (inspection.header.isBackup) {
    print(
      'It is a backup, which no server goes on from: move it away and use `sequement restore`.',
    );
    return 1;
  }
  if (kind === 'clean') return 0;
  if (options.fix) return await fix(disk, identity, dir, file, inspection, options, print);
  print(
    kind === 'torn'
      ? 'The next start cuts it off by itself; so does --fix.'
      : `Restore a backup, or run \`sequement check ${dir} --fix\`, which keeps a copy and all whole records.`,
  );
  return 1;
}

function describe(path: string, inspection: Inspection): string[] {
  const { header, records, finding, live, lost, mended } = inspection;
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
  const lostBytes = lost.reduce((sum, { from, to }) => sum + to - from, 0);
  if (finding.kind === 'clean') lines.push('No damage found.');
  if (finding.kind === 'torn') {
    lines.push(
      `Torn tail at offset ${finding.offset}: ${lostBytes} bytes that had not been synced.`,
    );
  }
  if (finding.kind === 'damaged') {
    lines.push(
      `Damage at offset ${finding.offset}: ${finding.reason}. ` +
        `${lostBytes} bytes in ${lost.length} places are lost; ` +
        `${inspection.recordsBehind} whole records with ${inspection.entriesBehind} entries lie behind it.`,
      ...mended.map((offset) => `One bit of byte ${offset} is wrong, and can be put right.`),
    );
  }
  if (finding.kind === 'newer') lines.push(`Unknown to this version at offset ${finding.offset}.`);
  return lines;
}
