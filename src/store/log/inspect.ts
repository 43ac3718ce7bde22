import { ALL_DATABASES, type EntryVisitor, readEntries } from '../../protocol/entry.js';
import {
  decodeFileHeader,
  FILE_HEADER,
  FILE_MAGIC,
  type FileHeader,
  type HeaderProblem,
  isIntact,
  RECORD_HEADER,
  RecordType,
} from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';
import { LiveNames } from './live-names.js';
import { RecordReader } from './record-reader.js';
import { type Finding, readFileHeader, scan } from './scan.js';

export interface Inspection {
  readonly size: number;
  /** Undefined when neither the header nor a copy of it can be read: then nothing else can. */
  readonly header: FileHeader | undefined;
  readonly headerProblem: HeaderProblem | undefined;
  /** Where the first thing that is not whole lies. */
  readonly finding: Finding;
  readonly proven: number;
  /** Whole records by RecordType, those behind the damage included. */
  readonly records: Readonly<Record<number, number>>;
  readonly entries: number;
  /** Whole records behind the damage, and the entries in them. */
  readonly recordsBehind: number;
  readonly entriesBehind: number;
  /** Bytes that belong to no whole record, and the number of places where they lie. */
  readonly lostBytes: number;
  readonly lostPlaces: number;
  /** Database and number of sequences. */
  readonly live: readonly (readonly [number, number])[];
}

/** Called for the entries of each record that is to be kept, in order. */
export type OnEntries = (bytes: Buffer, start: number, end: number) => Promise<void> | undefined;

/**
 * Reads all that can be read, behind damage too. What lies behind a torn tail is left out, as a start would leave it out.
 */
export async function inspect(file: LogFile, onEntries: OnEntries): Promise<Inspection> {
  const size = await file.size();
  const tally = new Tally();
  const found = await readFileHeader(file);
  const headerProblem = typeof found === 'object' ? undefined : found;
  const header =
    typeof found === 'object'
      ? found
      : found === 'newer'
        ? undefined
        : await findHeaderCopy(file, size);
  if (header === undefined) {
    const finding: Finding =
      headerProblem === 'newer'
        ? { kind: 'newer', offset: 0 }
        : { kind: 'damaged', offset: 0, reason: 'its header is not whole' };
    return { size, header, headerProblem, finding, proven: 0, ...tally.summary() };
  }
  const take = (reader: RecordReader): Promise<void> | undefined => {
    if (!tally.add(reader)) return undefined;
    return onEntries(reader.bytes, reader.start, reader.end);
  };
  const reader = new RecordReader(file, size, header.salt, FILE_HEADER);
  const scanned = await scan(reader, header, take);
  const finding: Finding =
    headerProblem === undefined || scanned.finding.kind === 'newer'
      ? scanned.finding
      : { kind: 'damaged', offset: 0, reason: 'its header is not whole' };
  if (scanned.finding.kind === 'damaged') {
    const behind = new RecordReader(file, size, header.salt, scanned.end);
    tally.isBehind = true;
    await readBehind(behind, scanned.end, size, tally, take);
  } else if (scanned.finding.kind === 'torn') {
    tally.lose(size - scanned.end);
  }
  return { size, header, headerProblem, finding, proven: scanned.proven, ...tally.summary() };
}

async function readBehind(
  reader: RecordReader,
  from: number,
  size: number,
  tally: Tally,
  take: (reader: RecordReader) => Promise<void> | undefined,
): Promise<void> {
  let end = from;
  while (await reader.find(end)) {
    if (reader.offset > end) tally.lose(reader.offset - end);
    end = reader.position;
    const wait = take(reader);
    if (wait !== undefined) await wait;
  }
  if (size > end) tally.lose(size - end);
}

/** The record that ends the base carries a copy of the header, which proves itself by its own salt. */
async function findHeaderCopy(file: LogFile, size: number): Promise<FileHeader | undefined> {
  const chunk = Buffer.allocUnsafeSlow(1 << 20);
  const record = RECORD_HEADER + FILE_HEADER;
  for (let base = FILE_HEADER; base + record <= size; base += chunk.length - record + 1) {
    const count = await readFully(file, chunk, 0, chunk.length, base);
    const bytes = chunk.subarray(0, count);
    for (let at = bytes.indexOf(FILE_MAGIC); at >= 0; at = bytes.indexOf(FILE_MAGIC, at + 1)) {
      if (at < RECORD_HEADER || at + FILE_HEADER > count) continue;
      const header = decodeFileHeader(bytes.subarray(at, at + FILE_HEADER));
      if (typeof header !== 'object') continue;
      if (isIntact(bytes, at - RECORD_HEADER, at + FILE_HEADER, header.salt)) return header;
    }
  }
  return undefined;
}

class Tally implements EntryVisitor {
  isBehind = false;
  readonly #records: Record<number, number> = {};
  readonly #live = new LiveNames();
  #entries = 0;
  #recordsBehind = 0;
  #entriesBehind = 0;
  #lostBytes = 0;
  #lostPlaces = 0;

  /** Whether the record has entries. */
  add(reader: RecordReader): boolean {
    const { type, bytes, start, end } = reader;
    this.#records[type] = (this.#records[type] ?? 0) + 1;
    if (this.isBehind) this.#recordsBehind++;
    if (type !== RecordType.base && type !== RecordType.append) return false;
    const count = readEntries(bytes, start, end, this);
    this.#entries += count;
    if (this.isBehind) this.#entriesBehind += count;
    return true;
  }

  lose(bytes: number): void {
    this.#lostBytes += bytes;
    this.#lostPlaces++;
  }

  state(
    database: number,
    _flags: number,
    _ceiling: unknown,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    this.#live.add(database, bytes.toString('latin1', start, end));
  }

  remove(database: number, bytes: Buffer, start: number, end: number): void {
    this.#live.delete(database, bytes.toString('latin1', start, end));
  }

  flush(database: number): void {
    if (database === ALL_DATABASES) this.#live.clear();
    else this.#live.clear(database);
  }

  summary() {
    return {
      records: this.#records,
      entries: this.#entries,
      recordsBehind: this.#recordsBehind,
      entriesBehind: this.#entriesBehind,
      lostBytes: this.#lostBytes,
      lostPlaces: this.#lostPlaces,
      live: this.#live.counts(),
    };
  }
}
