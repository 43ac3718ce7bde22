import type { OpenRequest } from '../../protocol/log-message.js';
import { FILE_HEADER, type FileHeader, RecordType } from '../../protocol/record.js';
import { type LogFile, readFully, writeAll } from '../disk.js';
import { type Loading, Refusal } from '../store.js';
import type { AppendPosition } from './appender.js';
import { logPath } from './names.js';
import { RecordReader } from './record-reader.js';
import { type Finding, type OnRecord, readFileHeader, scan } from './scan.js';

/** An open log file and the directory it lies in, which the messages name. */
export interface LogPlace {
  readonly file: LogFile;
  readonly dir: string;
}

export interface Recovered {
  readonly header: FileHeader;
  readonly position: AppendPosition;
  readonly warnings: readonly string[];
}

/**
 * Reads the whole log, hands out its entries in order, and leaves a file that can be appended to: a torn tail is cut off,
 * and all that was handed out is on stable storage when this resolves. Damage is a Refusal.
 */
export async function recover(place: LogPlace, loading: Loading): Promise<Recovered> {
  const size = await place.file.size();
  loading.begin((await usableHeader(place)).baseSize);
  return await readAll(place, size, (reader) => {
    loading.progress(reader.offset, size);
    const hasEntries = reader.type === RecordType.base || reader.type === RecordType.append;
    return hasEntries ? loading.entries(reader.bytes, reader.start, reader.end) : undefined;
  });
}

/** Goes on where a writer died. The master has the state already, so that nothing is handed out. */
export async function resume(
  place: LogPlace,
  from: NonNullable<OpenRequest['resume']>,
): Promise<Recovered> {
  const header = await usableHeader(place);
  const size = await place.file.size();
  // The predecessor died just after it had switched to a new base: all that was acknowledged is in it.
  if (header.file !== from.file) return await readAll(place, size, () => undefined);
  const { offset } = from;
  if (size < offset || offset < header.baseSize) {
    throw new Refusal(
      `${logPath(place.dir)} holds ${size} bytes where ${offset} were acknowledged as durable: ` +
        'something other than the server changed it; restart the server.',
    );
  }
  if (size > offset) await place.file.truncate(offset);
  await place.file.datasync();
  return { header, position: { size: offset, durable: offset, proven: 0 }, warnings: [] };
}

async function readAll(place: LogPlace, size: number, onRecord: OnRecord): Promise<Recovered> {
  const { file, dir } = place;
  const header = await usableHeader(place);
  const reader = new RecordReader(file, size, header.salt, FILE_HEADER);
  const { finding, end, proven } = await scan(reader, header, onRecord);
  const warnings: string[] = [];
  if (finding.kind === 'torn') {
    await file.truncate(end);
    warnings.push(
      `${logPath(dir)} had a torn tail: its last ${size - end} bytes, from offset ${end}, had not been synced ` +
        'and were cut off.',
    );
  } else if (finding.kind !== 'clean') {
    throw new Refusal(refusalText(dir, finding));
  }
  await writeAgain(file, proven, end);
  await file.datasync();
  return { header, position: { size: end, durable: end, proven }, warnings };
}

/**
 * Writes what nothing proves to be on stable storage once more, as it is. After a failed sync the kernel may hold pages that it
 * takes for written although the disk never got them; a later sync of them succeeds and does nothing. Now
 * they are dirty, so that the sync that follows means what it says.
 */
async function writeAgain(file: LogFile, from: number, end: number): Promise<void> {
  const chunk = Buffer.allocUnsafeSlow(Math.min(end - from, 1 << 20));
  for (let position = from; position < end; position += chunk.length) {
    const count = await readFully(file, chunk, 0, Math.min(chunk.length, end - position), position);
    await writeAll(file, chunk.subarray(0, count), position);
  }
}

async function usableHeader(place: LogPlace): Promise<FileHeader> {
  const header = await readFileHeader(place.file);
  const path = logPath(place.dir);
  if (typeof header === 'object') {
    if (!header.isBackup) return header;
    throw new Refusal(
      `${path} is a backup, which is behind what was served since it was taken: move it out of ${place.dir} ` +
        'and run `sequement restore`.',
    );
  }
  if (header === 'not a log') {
    throw new Refusal(
      `${path} does not begin as a log does: move it away if it is none, or run ${fixCommand(place.dir)} if it is.`,
    );
  }
  if (header === 'newer') throw new Refusal(newerText(path, 0));
  throw new Refusal(
    refusalText(place.dir, { kind: 'damaged', offset: 0, reason: 'its header is not whole' }),
  );
}

function refusalText(dir: string, finding: Finding & { readonly offset: number }): string {
  const path = logPath(dir);
  if (finding.kind !== 'damaged') return newerText(path, finding.offset);
  return (
    `${path} is damaged at offset ${finding.offset} (${finding.reason}): restore a backup, ` +
    `or run ${fixCommand(dir)}, which keeps a copy and tells what is lost.`
  );
}

function newerText(path: string, offset: number): string {
  return `${path} was written by a newer version of Sequement (offset ${offset}): start that version.`;
}

function fixCommand(dir: string): string {
  return `\`sequement check ${dir} --fix\``;
}
