import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { lockDirectory, unlockDirectory } from '../lock/directory-lock.js';
import type { Int64 } from '../protocol/int64.js';
import type { Disk, LogFile } from '../store/disk.js';
import { diskErrorText, hasCode } from '../store/disk-error.js';
import { type GaugeRule, Jump } from '../store/log/jump.js';
import { logPath, replacedLogPath } from '../store/log/names.js';
import { saveCopy } from '../store/log/repair.js';
import { restoreLog, type Verified, verify } from '../store/log/restore.js';
import { readFileHeader } from '../store/log/scan.js';
import { NodeDisk } from '../store/node-disk.js';
import { Refusal } from '../store/store.js';
import { Failure } from './failure.js';
import { describeJump, timestamp } from './jump-report.js';
import { reportProgress } from './progress.js';

export interface RestoreOptions {
  readonly advance?: Int64;
  readonly gauges?: GaugeRule;
  readonly nothingWasServedSince: boolean;
  readonly force: boolean;
}

const IDENTITY = { random: randomBytes, nowMs: Date.now };

/** Makes a backup the log of a directory that no server uses, and tells what it did. Throws a Failure. */
export async function restore(
  path: string,
  dir: string,
  options: RestoreOptions,
  out: { write(text: string): unknown },
): Promise<void> {
  const by = chosenJump(path, options);
  const disk = new NodeDisk();
  try {
    const file = await disk.openToRead(path);
    try {
      const verified = await verify(file, path, reportProgress('verifying'));
      const jump = new Jump({ by, gauges: gaugeRule(path, verified, by, options) });
      mkdirSync(dir, { recursive: true });
      const lines = await locked(dir, async () => {
        const old = await putAside(disk, dir, options.force);
        const epoch = Math.max(verified.header.epoch, old.epoch) + 1;
        const source = { file, path, verified };
        await restoreLog(disk, IDENTITY, source, { dir, epoch, jump }, reportProgress('restoring'));
        return [...old.lines, ...describe(path, dir, verified, epoch), ...describeJump(jump)];
      });
      for (const line of lines) out.write(`${line}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Refusal) throw new Failure(error.message);
    throw new Failure(`cannot restore ${path} to ${dir}: ${diskErrorText(error)}`);
  }
}

/** A restored server that starts where the backup ends serves again what was served since: nobody gets that by leaving out a word. */
function chosenJump(path: string, { advance, nothingWasServedSince }: RestoreOptions): Int64 {
  if (advance !== undefined && nothingWasServedSince) {
    throw new Failure('--advance and --nothing-was-served-since contradict each other');
  }
  if (advance !== undefined) return advance;
  if (nothingWasServedSince) return 0;
  throw new Failure(
    `${path} is behind what was served since it was written: say --advance <n>, n being more than any sequence can have ` +
      'taken since then, or --nothing-was-served-since if no server ran on this data since',
  );
}

function gaugeRule(
  path: string,
  { gauges, gaugeNames }: Verified,
  by: Int64,
  options: RestoreOptions,
): GaugeRule {
  if (options.gauges !== undefined) return options.gauges;
  if (gauges === 0 || by === 0) return 'keep';
  throw new Failure(
    `${path} has gauges, which have gone down and may count either way (${gaugeNames.join(', ')}` +
      `${gauges > gaugeNames.length ? ', …' : ''}): say --gauges keep, raise or lower`,
  );
}

async function locked<T>(dir: string, act: () => Promise<T>): Promise<T> {
  const lock = await lockDirectory(dir);
  if (!lock.isLocked) {
    const by = lock.pid === undefined ? 'another process' : `process ${lock.pid}`;
    throw new Failure(`${dir} is in use by ${by}: stop that server first`);
  }
  try {
    return await act();
  } finally {
    unlockDirectory(lock.descriptor);
  }
}

interface OldLog {
  readonly epoch: number;
  readonly lines: readonly string[];
}

/** Copies the log that is there, which stays in its place until another takes it. */
async function putAside(disk: Disk, dir: string, force: boolean): Promise<OldLog> {
  const file = await openIfAny(disk, logPath(dir));
  if (file === undefined) return { epoch: 0, lines: [] };
  try {
    if (!force) {
      throw new Failure(
        `${dir} holds a log already: restore to another directory, or say --force, which keeps a copy of it`,
      );
    }
    const copy = replacedLogPath(dir, timestamp(IDENTITY.nowMs()));
    await saveCopy(disk, file, dir, copy);
    const header = await readFileHeader(file);
    const epoch = typeof header === 'object' ? header.epoch : 0;
    return { epoch, lines: [`Copied the log that was there to ${copy}.`] };
  } finally {
    await file.close();
  }
}

async function openIfAny(disk: Disk, path: string): Promise<LogFile | undefined> {
  try {
    return await disk.openToRead(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function describe(path: string, dir: string, verified: Verified, epoch: number): string[] {
  const { header, entries, leftOut } = verified;
  const what = header.isBackup ? 'a backup' : 'a log';
  const lines = [
    `Restored ${path}, ${what} written ${new Date(header.createdMs).toISOString()}, to ${logPath(dir)}: ` +
      `${entries} entries, epoch ${epoch}.`,
  ];
  if (leftOut > 0) lines.push(`Left out its torn tail of ${leftOut} bytes.`);
  lines.push(
    'WARNING: a sequence that was created after that is unknown here and begins at 1: raise those with SET before you serve.',
  );
  return lines;
}
