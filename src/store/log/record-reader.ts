import {
  isIntact,
  looksLikeRecord,
  payloadLength,
  RECORD_HEADER,
  RECORD_MAGIC,
  RecordType,
  recordDurable,
  recordLsn,
  recordOffset,
  recordType,
} from '../../protocol/record.js';
import { type LogFile, readFully } from '../disk.js';

const READ_SIZE = 1 << 20;

/**
 * - `record`: one lies at `offset`; its fields are set, and the next step is behind it.
 * - `more`: call `more()` and step again.
 * - `bad`: what lies at `position` is no record; the next step finds the same.
 * - `end`: the file ends where the last record ended.
 */
export type Step = 'record' | 'more' | 'bad' | 'end';

/** Something cut the file while it was read: a writer that went on where another one died, or a person. */
export class FileShrank extends Error {}

/**
 * Walks over the records of a file, in one reused buffer. Stepping is synchronous, so that a log of a million small
 * records does not cost a million promises.
 */
export class RecordReader {
  readonly #file: LogFile;
  readonly #fileSize: number;
  readonly #salt: number;
  /** `bytes[0, #filled)` is the file from `#base` on. */
  bytes: Buffer;
  #base: number;
  #filled = 0;
  #position: number;
  #wanted = 0;
  /** A record counts though it says that it belongs elsewhere. */
  #isAnywhere = false;

  // Of the record that the last step found; `bytes[start, end)` is its payload until the next call of anything.
  offset = 0;
  type = 0;
  lsn = 0;
  durable = 0;
  start = 0;
  end = 0;

  constructor(
    file: LogFile,
    fileSize: number,
    salt: number,
    position: number,
    readSize = READ_SIZE,
  ) {
    this.#file = file;
    this.#fileSize = fileSize;
    this.#salt = salt;
    const size = Math.min(readSize, fileSize - position);
    this.bytes = Buffer.allocUnsafeSlow(Math.max(size, 2 * RECORD_HEADER));
    this.#base = position;
    this.#position = position;
  }

  /** Where the next step looks. */
  get position(): number {
    return this.#position;
  }

  /** Whether the type of the record is one that this version knows. */
  get isKnownType(): boolean {
    return this.type >= RecordType.base && this.type <= RecordType.mark;
  }

  step(): Step {
    const position = this.#position;
    const rest = this.#fileSize - position;
    if (rest === 0) return 'end';
    if (rest < RECORD_HEADER) return 'bad';
    const at = position - this.#base;
    if (at + RECORD_HEADER > this.#filled) return this.#want(RECORD_HEADER);
    const expected = this.#isAnywhere ? recordOffset(this.bytes, at) : position;
    if (!looksLikeRecord(this.bytes, at, expected)) return 'bad';
    const length = RECORD_HEADER + payloadLength(this.bytes, at);
    if (length > rest) return 'bad';
    if (at + length > this.#filled) return this.#want(length);
    if (!isIntact(this.bytes, at, at + length, this.#salt)) return 'bad';
    this.offset = position;
    this.type = recordType(this.bytes, at);
    this.lsn = recordLsn(this.bytes, at);
    this.durable = recordDurable(this.bytes, at);
    this.start = at + RECORD_HEADER;
    this.end = at + length;
    this.#position = position + length;
    return 'record';
  }

  /**
   * Looks for the next record at `from` or behind it that is whole and says that it belongs elsewhere. A crash moves nothing: something
   * that is not the server put it there.
   */
  async findMisplaced(from: number): Promise<boolean> {
    this.#isAnywhere = true;
    try {
      for (let next = from; await this.find(next); next = this.#position) {
        if (recordOffset(this.bytes, this.start - RECORD_HEADER) !== this.offset) return true;
      }
      return false;
    } finally {
      this.#isAnywhere = false;
    }
  }

  #want(count: number): Step {
    this.#wanted = count;
    return 'more';
  }

  /** Reads what the last step was short of, and as much more as the buffer holds. */
  async more(): Promise<void> {
    await this.#load(this.#position, this.#wanted);
  }

  /**
   * Looks for the next intact record at `from` or behind it and makes it the current one, as a step does.
   * False when there is none to the end of the file.
   */
  async find(from: number): Promise<boolean> {
    for (let candidate = from; ; candidate++) {
      candidate = await this.#findMagic(candidate);
      if (candidate < 0) return false;
      this.#position = candidate;
      let step = this.step();
      while (step === 'more') {
        await this.more();
        step = this.step();
      }
      if (step === 'record') return true;
    }
  }

  async #findMagic(from: number): Promise<number> {
    for (let position = from; this.#fileSize - position >= RECORD_HEADER; ) {
      if (position < this.#base || position - this.#base + RECORD_HEADER > this.#filled) {
        await this.#load(position, RECORD_HEADER);
      }
      const found = this.bytes
        .subarray(0, this.#filled)
        .indexOf(RECORD_MAGIC, position - this.#base);
      if (found >= 0) return this.#base + found;
      // The magic may straddle the end of what is loaded.
      position = Math.max(position + 1, this.#base + this.#filled - RECORD_MAGIC.length + 1);
    }
    return -1;
  }

  /** Makes the file from `position` on start at `bytes[0]`, at least `count` bytes of it. */
  async #load(position: number, count: number): Promise<void> {
    const skipped = position - this.#base;
    const kept = skipped >= 0 && skipped < this.#filled ? this.#filled - skipped : 0;
    const source = this.bytes;
    if (count > source.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(count, source.length * 2));
    }
    if (kept > 0) source.copy(this.bytes, 0, skipped, skipped + kept);
    this.#base = position;
    const room = Math.min(this.bytes.length, this.#fileSize - position);
    this.#filled = kept;
    this.#filled += await readFully(this.#file, this.bytes, kept, room - kept, position + kept);
    if (this.#filled < count) throw new FileShrank('the file became shorter while it was read');
  }
}
