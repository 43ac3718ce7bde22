import { crc32 } from 'node:zlib';
import { type EntryVisitor, readEntries } from '../../protocol/entry.js';
import {
  isIntact,
  looksLikeRecord,
  payloadLength,
  RECORD_HEADER,
  RECORD_MAGIC,
  RecordType,
  recordDurable,
  recordType,
} from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';

export interface Mended {
  /** The whole record, as it was written. */
  readonly bytes: Buffer;
  /** The byte of the file that had a bit flipped. */
  readonly offset: number;
}

/** Longer records are not mended: among so many bits, one could fit the checksum of other damage by chance. */
const LONGEST = 1 << 20;
const LENGTH_AT = 8;
const CRC_AT = 4;

/** The reversed polynomial of CRC-32 (IEEE 802.3). */
const POLYNOMIAL = 0xedb88320;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = (word >>> 1) ^ (word & 1 ? POLYNOMIAL : 0);
  return word;
});

const IGNORE: EntryVisitor = { state() {}, remove() {}, flush() {} };

/**
 * The record that lay at `offset`, when a single flipped bit is all that is wrong with it; else undefined. The checksum tells which bit:
 * no two bits of a record change it alike. What comes out is believed only if it is a record of this place that makes sense.
 */
export async function mend(
  file: LogFile,
  fileSize: number,
  salt: number,
  offset: number,
): Promise<Mended | undefined> {
  const bytes = Buffer.alloc(Math.min(fileSize - offset, RECORD_HEADER + LONGEST));
  await readFully(file, bytes, 0, bytes.length, offset);
  if (bytes.length < RECORD_HEADER) return undefined;
  for (const at of suspects(bytes, salt)) {
    flip(bytes, at);
    const end = RECORD_HEADER + payloadLength(bytes, 0);
    if (end <= bytes.length && makesSense(bytes, end, salt, offset)) {
      return { bytes: bytes.subarray(0, end), offset: offset + (at >>> 3) };
    }
    flip(bytes, at);
  }
  return undefined;
}

/** Numbers of the bits that may have been flipped. */
function* suspects(bytes: Buffer, salt: number): Generator<number> {
  for (let bit = 0; bit < RECORD_MAGIC.length * 8; bit++) yield bit;
  for (let bit = CRC_AT * 8; bit < (CRC_AT + 4) * 8; bit++) yield bit;
  // One in the length moves the end up to which the checksum counts.
  for (let bit = LENGTH_AT * 8; bit < (LENGTH_AT + 4) * 8; bit++) yield bit;
  const end = RECORD_HEADER + payloadLength(bytes, 0);
  if (end > bytes.length) return;
  const wanted = bytes.readUInt32LE(CRC_AT) ^ crc32(bytes.subarray(LENGTH_AT, end), salt);
  const found = bitThatChanges(wanted >>> 0, end - LENGTH_AT);
  if (found !== undefined) yield LENGTH_AT * 8 + found;
}

/** The bit of `length` bytes whose flip changes their checksum by `difference`. */
function bitThatChanges(difference: number, length: number): number | undefined {
  // What a flip of each bit of a byte changes; of the last byte first, and one byte of zeros more for each before it.
  const changes = Uint32Array.from({ length: 8 }, (_, bit) => TABLE[1 << bit] as number);
  for (let byte = length - 1; byte >= 0; byte--) {
    for (let bit = 0; bit < 8; bit++) {
      const change = changes[bit] as number;
      if (change === difference) return byte * 8 + bit;
      changes[bit] = (change >>> 8) ^ (TABLE[change & 0xff] as number);
    }
  }
  return undefined;
}

function flip(bytes: Buffer, bit: number): void {
  const at = bit >>> 3;
  bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
}

function makesSense(bytes: Buffer, end: number, salt: number, offset: number): boolean {
  if (!looksLikeRecord(bytes, 0, offset) || !isIntact(bytes, 0, end, salt)) return false;
  if (recordDurable(bytes, 0) > offset) return false;
  const type = recordType(bytes, 0);
  if (type === RecordType.mark) return end === RECORD_HEADER;
  if (type === RecordType.baseEnd) return true;
  if (type !== RecordType.base && type !== RecordType.append) return false;
  try {
    readEntries(bytes, RECORD_HEADER, end, IGNORE);
    return true;
  } catch {
    return false;
  }
}
