import { type EntryVisitor, readEntries } from '../../protocol/entry.js';
import {
  decodeFileHeader,
  FILE_HEADER,
  type FileHeader,
  type HeaderProblem,
  RecordType,
} from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';
import type { RecordReader } from './record-reader.js';

/** The header at the front of the file, or what is wrong with it. */
export async function readFileHeader(file: LogFile): Promise<FileHeader | HeaderProblem> {
  const bytes = Buffer.alloc(FILE_HEADER);
  const count = await readFully(file, bytes, 0, FILE_HEADER, 0);
  return decodeFileHeader(bytes.subarray(0, count));
}

export type Finding =
  /** Every record to the end of the file is whole. */
  | { readonly kind: 'clean' }
  /** Nothing behind `offset` was ever known to be on stable storage. */
  | { readonly kind: 'torn'; readonly offset: number }
  /** What lies at `offset` had been synced, or belongs to the base; or it is whole and makes no sense. */
  | { readonly kind: 'damaged'; readonly offset: number; readonly reason: string }
  /** Whole, and of a kind that this version does not know. */
  | { readonly kind: 'newer'; readonly offset: number };

export interface Scan {
  readonly finding: Finding;
  /** Where the whole records end. */
  readonly end: number;
  /** Up to where they prove that the file was on stable storage. */
  readonly proven: number;
}

/** Called for each whole record of entries, in order; a promise asks to wait. */
export type OnRecord = (reader: RecordReader) => Promise<void> | undefined;

const IGNORE: EntryVisitor = { state() {}, remove() {}, flush() {} };

/**
 * Reads a log from its first record and judges what it finds at the first place that is no record.
 *
 * The rule (docs/log-format.md): it is a torn tail if and only if it lies behind the base and no whole record behind
 * it proves, by a `durable` beyond it, that it had been on stable storage, and none lies in a place that is not its own.
 * Everything else is damage.
 */
export async function scan(
  reader: RecordReader,
  header: FileHeader,
  onRecord: OnRecord,
): Promise<Scan> {
  let proven = header.baseSize;
  let end = FILE_HEADER;
  const done = (finding: Finding): Scan => ({ finding, end, proven });
  if (header.baseSize === 0) {
    return done({ kind: 'damaged', offset: FILE_HEADER, reason: 'its base is not complete' });
  }
  for (;;) {
    const step = reader.step();
    if (step === 'more') {
      await reader.more();
    } else if (step === 'record') {
      const problem = judge(reader, header);
      if (problem !== undefined) return done(problem);
      end = reader.position;
      proven = Math.max(proven, reader.durable);
      const wait = onRecord(reader);
      if (wait !== undefined) await wait;
    } else if (end < header.baseSize) {
      return done({ kind: 'damaged', offset: end, reason: 'its base is not whole' });
    } else if (step === 'end') {
      return done({ kind: 'clean' });
    } else {
      return done(await judgeTail(reader, end));
    }
  }
}

/** What is wrong with a record that is just as it was written. */
function judge(reader: RecordReader, header: FileHeader): Finding | undefined {
  const offset = reader.offset;
  if (!reader.isKnownType) return { kind: 'newer', offset };
  // A base end is the record that ends where the header says the base does, and no other.
  const inBase = offset < header.baseSize;
  const endsBase = reader.position === header.baseSize;
  const misplaced =
    (reader.type === RecordType.base && !inBase) ||
    (reader.type === RecordType.baseEnd) !== endsBase ||
    (inBase && reader.position > header.baseSize);
  if (misplaced) return { kind: 'damaged', offset, reason: 'a record is out of place' };
  if (reader.type === RecordType.base || reader.type === RecordType.append) {
    try {
      readEntries(reader.bytes, reader.start, reader.end, IGNORE);
    } catch {
      return { kind: 'newer', offset };
    }
  }
  return undefined;
}

/** Torn or damaged: looks at every whole record behind `offset`. */
async function judgeTail(reader: RecordReader, offset: number): Promise<Finding> {
  for (let from = offset + 1; await reader.find(from); from = reader.position) {
    if (reader.durable > offset) {
      return {
        kind: 'damaged',
        offset,
        reason: 'it had been written and synced, and is not whole',
      };
    }
  }
  if (await reader.findMisplaced(offset)) {
    return { kind: 'damaged', offset, reason: 'a record lies where it was not written' };
  }
  return { kind: 'torn', offset };
}
