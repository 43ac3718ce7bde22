import { type Disk, type LogFile, readFully, writeAll } from '../disk.js';
import { BaseWriter, type Identity } from './base-writer.js';
import { type Inspection, inspect } from './inspect.js';
import type { Jump } from './jump.js';
import { logPaths } from './names.js';
import { Slices } from './slices.js';

/** Copies a file to a path where there is none, and brings the copy and its name to stable storage. */
export async function saveCopy(
  disk: Disk,
  file: LogFile,
  dir: string,
  path: string,
): Promise<void> {
  const copy = await disk.create(path);
  try {
    const chunk = Buffer.allocUnsafeSlow(Math.min(await file.size(), 1 << 20) + 1);
    for (let position = 0; ; position += chunk.length) {
      const count = await readFully(file, chunk, 0, chunk.length, position);
      await writeAll(copy, chunk.subarray(0, count), position);
      if (count < chunk.length) break;
    }
    await copy.datasync();
  } finally {
    await copy.close();
  }
  await disk.syncDirectory(dir);
}

export interface Rewrite {
  readonly before: Inspection;
  /** What becomes of the entries in front of the last place that may have held some; needed when there is such a place. */
  readonly jump: Jump | undefined;
}

/**
 * Writes everything that can be read of a log, in its order, to a new one that takes its place. Records behind the damage are kept
 * as they are: entries are absolute, so that the last one of a sequence is right wherever it lies. A sequence whose last one
 * lies in front of a loss may have got further there: it is moved. A history with a loss gets a new epoch.
 */
export async function rewrite(
  disk: Disk,
  identity: Identity,
  dir: string,
  file: LogFile,
  { before, jump }: Rewrite,
): Promise<void> {
  const { header } = before;
  if (header === undefined) throw new Error('a log without a header can not be repaired');
  const lossEnd = endOfLoss(before);
  if (lossEnd > 0 && jump === undefined) throw new Error('a loss needs a jump');
  const heading = { ...header, epoch: header.epoch + (lossEnd > 0 ? 1 : 0) };
  const base = await BaseWriter.begin(disk, logPaths(dir), identity, heading, (log) =>
    log.appender.file.close(),
  );
  const slices = new Slices(base);
  try {
    await inspect(file, (bytes, start, end, offset) => {
      if (offset < lossEnd) jump?.copy(bytes, start, end, slices.draft);
      else slices.draft.copy(bytes, start, end);
      return slices.added();
    });
    await slices.end();
    await base.switch();
  } catch (error) {
    await base.abandon();
    throw error;
  }
}

/** Where the last place ends that may have held entries; 0 when none did. */
export function endOfLoss({ lost }: Inspection): number {
  return lost.findLast((place) => place.mayHoldEntries)?.to ?? 0;
}
