import { RecordDraft } from '../../protocol/record.js';
import { type Disk, type LogFile, readFully, writeAll } from '../disk.js';
import { BaseWriter, type Identity } from './base-writer.js';
import { type Inspection, inspect } from './inspect.js';

const SLICE_SIZE = 256 << 10;

/** Copies a file to a path where there is none, and brings the copy and its name to stable storage. */
export async function saveCopy(
  disk: Disk,
  file: LogFile,
  dir: string,
  path: string,
): Promise<void> {
  const copy = await disk.create(path);
  try {
    const chunk = Buffer.allocUnsafeSlow(1 << 20);
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

/**
 * Writes everything that can be read of a log, in its order, to a new one that takes its place. Records behind the damage are
 * kept: entries are absolute, so that each of them can only bring its sequence forward.
 */
export async function rewrite(
  disk: Disk,
  identity: Identity,
  dir: string,
  file: LogFile,
  before: Inspection,
): Promise<void> {
  const base = await BaseWriter.begin(disk, dir, identity, before.header, (log) =>
    log.appender.file.close(),
  );
  const slice = new RecordDraft(SLICE_SIZE * 2);
  const writeSlice = async () => {
    await base.writeSlice(slice);
    slice.clear();
  };
  try {
    await inspect(file, (bytes, start, end) => {
      slice.copy(bytes, start, end);
      return slice.payloadLength < SLICE_SIZE ? undefined : writeSlice();
    });
    if (slice.payloadLength > 0) await writeSlice();
    await base.end();
    await base.switch();
  } catch (error) {
    await base.abandon();
    throw error;
  }
}
