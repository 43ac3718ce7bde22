import {
  ALL_DATABASES,
  ENTRY_GAUGE,
  ENTRY_HEADER,
  type EntryVisitor,
  readEntries,
} from '../../protocol/entry.js';
import type { Int64 } from '../../protocol/int64.js';
import {
  decodeFileHeader,
  FILE_HEADER,
  FILE_MAGIC,
  type FileHeader,
  type HeaderProblem,
  isIntact,
  RECORD_HEADER,
  RecordType,
  recordType,
} from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';
import { quoteName } from './jump.js';
import { LiveNames } from './live-names.js';
import { mend } from './mend.js';
import { RecordReader } from './record-reader.js';
import { readRemnants } from './remnants.js';
import { type Finding, readFileHeader, scan } from './scan.js';

/** Bytes `[from, to)` that belong to no whole record. */
export interface LostPlace {
  readonly from: number;
  readonly to: number;
  /** Whether entries that had been on stable storage may have lain there. */
  readonly mayHoldEntries: boolean;
}

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
  /** States of gauges among them. */
  readonly gauges: number;
  /** Whole records behind the damage, and the entries in them. */
  readonly recordsBehind: number;
  readonly entriesBehind: number;
  readonly lost: readonly LostPlace[];
  /** Bytes of the file that had one bit flipped, which the checksum of their record told. */
  readonly mended: readonly number[];
  /** What can be read in lost places of sequences that are nowhere else: the first of them, and how many. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Database and number of sequences. */
  readonly live: readonly (readonly [number, number])[];
}

/** Called for the entries of each record that is to be kept, in order; `offset` is where the record lies. */
export type OnEntries = (
  bytes: Buffer,
  start: number,
  end: number,
  offset: number,
) => Promise<void> | undefined;

/** An append of one entry: whatever is shorter holds none. */
const SHORTEST = RECORD_HEADER + ENTRY_HEADER;
const BASE_END = RECORD_HEADER + FILE_HEADER;
/** Missing sequences that are named. */
const NAMED = 20;

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
  const take: OnWhole = ({ type, bytes, start, end, offset }) => {
    if (!tally.add(type, bytes, start, end)) return undefined;
    return onEntries(bytes, start, end, offset);
  };
  const reader = new RecordReader(file, size, header.salt, FILE_HEADER);
  const scanned = await scan(reader, header, take);
  const finding: Finding =
    headerProblem === undefined || scanned.finding.kind === 'newer'
      ? scanned.finding
      : { kind: 'damaged', offset: 0, reason: 'its header is not whole' };
  if (scanned.finding.kind === 'damaged') {
    tally.isBehind = true;
    await readBehind({ file, size, header, tally, take }, scanned.end);
    for (const { from, to } of tally.lost) {
      await readRemnants(file, from, Math.min(to, size), (database, name, ceiling) => {
        tally.miss(database, name, ceiling);
      });
    }
  } else if (scanned.finding.kind === 'torn') {
    tally.lose({ from: scanned.end, to: size, mayHoldEntries: false });
  }
  return { size, header, headerProblem, finding, proven: scanned.proven, ...tally.summary() };
}

/** Called for each whole record. */
type OnWhole = (
  record: Pick<RecordReader, 'type' | 'bytes' | 'start' | 'end' | 'offset'>,
) => Promise<void> | undefined;

interface Behind {
  readonly file: LogFile;
  readonly size: number;
  readonly header: FileHeader;
  readonly tally: Tally;
  readonly take: OnWhole;
}

/** Reads on where the first damage lies. */
async function readBehind({ file, size, header, tally, take }: Behind, from: number) {
  const reader = new RecordReader(file, size, header.salt, from);
  let end = from;
  while (end < size) {
    const isFound = await reader.find(end);
    if (!isFound || reader.offset > end) {
      const mended = await mend(file, size, header.salt, end);
      if (mended !== undefined) {
        const { bytes, offset } = mended;
        tally.mended.push(offset);
        const place = { type: recordType(bytes, 0), offset: end };
        await take({ ...place, bytes, start: RECORD_HEADER, end: bytes.length });
        end += bytes.length;
        continue;
      }
      const to = isFound ? reader.offset : size;
      tally.lose({ from: end, to, mayHoldEntries: mayHoldEntries(header, end, to) });
    }
    if (!isFound) break;
    end = reader.position;
    await take(reader);
  }
  // A file that was cut within its base held more, and a tail behind that.
  const { baseSize } = header;
  if (size < baseSize) tally.lose({ from: size, to: baseSize, mayHoldEntries: true });
}

function mayHoldEntries({ baseSize }: FileHeader, from: number, to: number): boolean {
  const isBaseEnd = from >= baseSize - BASE_END && to <= baseSize;
  return !isBaseEnd && to - from >= SHORTEST;
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
  #gauges = 0;
  #recordsBehind = 0;
  #entriesBehind = 0;
  readonly lost: LostPlace[] = [];
  readonly mended: number[] = [];
  readonly #missing: string[] = [];
  #missingCount = 0;

  /** Whether the record has entries. */
  add(type: number, bytes: Buffer, start: number, end: number): boolean {
    this.#records[type] = (this.#records[type] ?? 0) + 1;
    if (this.isBehind) this.#recordsBehind++;
    if (type !== RecordType.base && type !== RecordType.append) return false;
    const count = readEntries(bytes, start, end, this);
    this.#entries += count;
    if (this.isBehind) this.#entriesBehind += count;
    return true;
  }

  lose(place: LostPlace): void {
    this.lost.push(place);
  }

  /** What a lost place seems to tell of a sequence; called when all whole records were added. */
  miss(database: number, name: string, ceiling: Int64): void {
    if (this.#live.has(database, name)) return;
    const bytes = Buffer.from(name, 'latin1');
    const quoted = quoteName(bytes, 0, bytes.length);
    const line = `${quoted} of database ${database} (ceiling ${ceiling})`;
    if (this.#missing.includes(line)) return;
    this.#missingCount++;
    if (this.#missing.length < NAMED) this.#missing.push(line);
  }

  state(
    database: number,
    flags: number,
    _ceiling: unknown,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    if ((flags & ENTRY_GAUGE) !== 0) this.#gauges++;
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
      gauges: this.#gauges,
      recordsBehind: this.#recordsBehind,
      entriesBehind: this.#entriesBehind,
      lost: this.lost,
      mended: this.mended,
      missing: this.#missing,
      missingCount: this.#missingCount,
      live: this.#live.counts(),
    };
  }
}
