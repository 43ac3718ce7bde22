import { crc32 } from 'node:zlib';
import { ByteWriter } from './bytes.js';

/**
 * The bytes of the log, all little-endian. docs/log-format.md tells why.
 *
 * The file header, 128 bytes:
 *
 *     0       8         12    16     20      24        32      40        56            64        72
 *     ┌───────┬─────────┬─────┬──────┬───────┬─────────┬───────┬─────────┬─────────────┬─────────┬───────────┬──────┐
 *     │ magic │ version │ crc │ salt │ flags │ file id │ epoch │ cluster │ incarnation │ created │ base size │ zero │
 *     │       │ u32     │ u32 │ u32  │ u32   │ u64     │ u64   │ 16 bytes│ u64         │ u64 ms  │ u64 @72   │ …128 │
 *     └───────┴─────────┴─────┴──────┴───────┴─────────┴───────┴─────────┴─────────────┴─────────┴───────────┴──────┘
 *
 * A record, 40 bytes and its payload:
 *
 *     0       4     8        12     13     16    24       32        40
 *     ┌───────┬─────┬────────┬──────┬──────┬─────┬────────┬─────────┬─────────┐
 *     │ magic │ crc │ length │ type │ zero │ lsn │ offset │ durable │ payload │
 *     │ u32   │ u32 │ u32    │ u8   │ 3    │ u64 │ u64    │ u64     │         │
 *     └───────┴─────┴────────┴──────┴──────┴─────┴────────┴─────────┴─────────┘
 *
 * `crc` covers everything behind itself, payload included, and starts from the file's salt, so that a record of
 * another file is not taken for one of this. `offset` is the record's own place in the file, `durable` the offset up to which
 * the file was known to be on stable storage when the record was written.
 * Invariant: durable ≤ offset.
 */
export const FILE_HEADER = 128;
export const RECORD_HEADER = 40;

/** Ours is 1. Magic, version and crc keep their places in every version to come. */
export const LAYOUT_VERSION = 1;

/** The flag of the header that marks a backup, which no server may go on from. */
const FLAG_BACKUP = 1;

/** Longer than any record we write; a length beyond it is damage. */
export const PAYLOAD_LIMIT = 2 ** 30;

/** Not text, and spoilt by every conversion of line ends. */
export const FILE_MAGIC = Buffer.from('\x89SEQ\r\n\x1a\n', 'latin1');
export const RECORD_MAGIC = Buffer.from([0xf5, 0x53, 0x71, 0xa9]);
const RECORD_MAGIC_WORD = RECORD_MAGIC.readUInt32LE(0);

export const RecordType = {
  /** A slice of the base: entries. */
  base: 1,
  /** The base is complete; its payload is a copy of the file header. */
  baseEnd: 2,
  /** One batch of appends: entries. */
  append: 3,
  /** No payload: only says by `durable` what had been synced. */
  mark: 4,
} as const;

export type RecordType = (typeof RecordType)[keyof typeof RecordType];

export interface FileHeader {
  readonly version: number;
  readonly salt: number;
  /** 16 hexadecimal digits; differs between any two files that were ever in a directory. */
  readonly file: string;
  /** Raised by a restore, so that what was written after the backup is recognised as another history. */
  readonly epoch: number;
  /** 32 hexadecimal digits; zeros on a single node. */
  readonly cluster: string;
  readonly incarnation: number;
  /** Only a restore makes a log of it: as it is, it is behind what was served. */
  readonly isBackup: boolean;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** Where the base ends and the appends begin; 0 in a file whose base is not complete. */
  readonly baseSize: number;
}

const TWO_32 = 4294967296;

export function encodeFileHeader(header: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER);
  FILE_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(header.version, 8);
  bytes.writeUInt32LE(header.salt, 16);
  bytes.writeUInt32LE(header.isBackup ? FLAG_BACKUP : 0, 20);
  bytes.write(header.file, 24, 8, 'hex');
  writeCount(bytes, 32, header.epoch);
  bytes.write(header.cluster, 40, 16, 'hex');
  writeCount(bytes, 56, header.incarnation);
  writeCount(bytes, 64, header.createdMs);
  writeCount(bytes, 72, header.baseSize);
  bytes.writeUInt32LE(fileHeaderChecksum(bytes), 12);
  return bytes;
}

export type HeaderProblem = 'not a log' | 'damaged' | 'newer';

/** The header in the first FILE_HEADER bytes, or what is wrong with them. */
export function decodeFileHeader(bytes: Buffer): FileHeader | HeaderProblem {
  if (bytes.length < FILE_HEADER) return 'damaged';
  if (FILE_MAGIC.compare(bytes, 0, FILE_MAGIC.length) !== 0) return 'not a log';
  if (bytes.readUInt32LE(12) !== fileHeaderChecksum(bytes)) return 'damaged';
  const version = bytes.readUInt32LE(8);
  // A flag that this version doesn't know means that its bytes are to be read in another way.
  const flags = bytes.readUInt32LE(20);
  if (version > LAYOUT_VERSION || (flags & ~FLAG_BACKUP) !== 0) return 'newer';
  return {
    version,
    salt: bytes.readUInt32LE(16),
    file: bytes.toString('hex', 24, 32),
    epoch: readCount(bytes, 32),
    cluster: bytes.toString('hex', 40, 56),
    incarnation: readCount(bytes, 56),
    isBackup: (flags & FLAG_BACKUP) !== 0,
    createdMs: readCount(bytes, 64),
    baseSize: readCount(bytes, 72),
  };
}

/** Magic and version included, its own four bytes left out. */
function fileHeaderChecksum(bytes: Buffer): number {
  return crc32(bytes.subarray(16, FILE_HEADER), crc32(bytes.subarray(0, 12)));
}

/** A record being filled: room for the header in front, the payload behind it. Reused after `clear`. */
export class RecordDraft extends ByteWriter {
  constructor(capacity = 4096) {
    super(Math.max(capacity, RECORD_HEADER));
    this.clear();
  }

  get payloadLength(): number {
    return this.length - RECORD_HEADER;
  }

  clear(): void {
    this.length = RECORD_HEADER;
  }

  /** Writes header and checksum; the bytes of the whole record, valid until the next write or clear. */
  seal(type: RecordType, salt: number, lsn: number, offset: number, durable: number): Buffer {
    const bytes = this.bytes;
    bytes.writeUInt32LE(RECORD_MAGIC_WORD, 0);
    bytes.writeUInt32LE(this.payloadLength, 8);
    bytes.writeUInt32LE(type, 12);
    writeCount(bytes, 16, lsn);
    writeCount(bytes, 24, offset);
    writeCount(bytes, 32, durable);
    bytes.writeUInt32LE(crc32(bytes.subarray(8, this.length), salt), 4);
    return this.view();
  }
}

/** Whether a header at `at` claims to be the record that lies at `offset` of the file; its checksum is still to be proved. */
export function looksLikeRecord(bytes: Buffer, at: number, offset: number): boolean {
  return (
    bytes.readUInt32LE(at) === RECORD_MAGIC_WORD &&
    recordOffset(bytes, at) === offset &&
    bytes.readUInt32LE(at + 8) <= PAYLOAD_LIMIT
  );
}

/** Where in the file the record says it lies. */
export function recordOffset(bytes: Buffer, at: number): number {
  return readCount(bytes, at + 24);
}

export function payloadLength(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 8);
}

/** Whether the whole record at `bytes[at, end)` is as it was written. */
export function isIntact(bytes: Buffer, at: number, end: number, salt: number): boolean {
  return bytes.readUInt32LE(at + 4) === crc32(bytes.subarray(at + 8, end), salt);
}

/** Type and the three zero bytes behind it, so that a value beyond RecordType is from a newer version. */
export function recordType(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 12);
}

export function recordLsn(bytes: Buffer, at: number): number {
  return readCount(bytes, at + 16);
}

export function recordDurable(bytes: Buffer, at: number): number {
  return readCount(bytes, at + 32);
}

function readCount(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * TWO_32 + bytes.readUInt32LE(at);
}

function writeCount(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % TWO_32, at);
  bytes.writeUInt32LE(Math.floor(value / TWO_32), at + 4);
}
