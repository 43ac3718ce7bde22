import { type EntryVisitor, readEntries } from '../../protocol/entry.js';
import {
  FILE_HEADER,
  type FileHeader,
  type HeaderProblem,
  RecordType,
} from '../../protocol/record.js';
import type { LogFile } from '../disk.js';
import { RecordReader } from './record-reader.js';
import { type Finding, readFileHeader, scan } from './scan.js';

export interface LogReading {
  readonly header: FileHeader | HeaderProblem;
  readonly finding: Finding;
  /** Of the whole records; what lies behind is not theirs. */
  readonly end: number;
  /** Bytes of the file when the reading began. */
  readonly size: number;
}

/** Takes the entries of one record; a promise asks to wait. */
export type TakeEntries = (bytes: Buffer, start: number, end: number) => Promise<void> | undefined;
export type Progress = (done: number, total: number) => void;

/**
 * Reads the log as it is now and changes nothing, in memory that does not grow with it. What is appended meanwhile is not read.
 * Damage is not an error, but told.
 */
export async function readLog(
  file: LogFile,
  take: TakeEntries,
  progress: Progress,
): Promise<LogReading> {
  const size = await file.size();
  const header = await readFileHeader(file);
  if (typeof header !== 'object') {
    const finding: Finding =
      header === 'newer'
        ? { kind: 'newer', offset: 0 }
        : { kind: 'damaged', offset: 0, reason: 'its header is not whole' };
    return { header, finding, end: 0, size };
  }
  const reader = new RecordReader(file, size, header.salt, FILE_HEADER);
  const { finding, end } = await scan(reader, header, ({ type, bytes, start, end, offset }) => {
    progress(offset, size);
    const hasEntries = type === RecordType.base || type === RecordType.append;
    return hasEntries ? take(bytes, start, end) : undefined;
  });
  return { header, finding, end, size };
}

/** Counts entries, to compare what was written with what was read. */
export function countEntries(bytes: Buffer, start: number, end: number): number {
  return readEntries(bytes, start, end, IGNORE);
}

const IGNORE: EntryVisitor = { state() {}, remove() {}, flush() {} };

/** The problem with what was read, as a part of a sentence; undefined for a log that is whole or torn. */
export function problemOf({ finding }: LogReading): string | undefined {
  if (finding.kind === 'damaged')
    return `is damaged at offset ${finding.offset} (${finding.reason})`;
  if (finding.kind === 'newer') {
    return `was written by a newer version of Sequement (offset ${finding.offset})`;
  }
  return undefined;
}
