import {
  encodeFileHeader,
  FILE_HEADER,
  type FileHeader,
  LAYOUT_VERSION,
  RECORD_HEADER,
  RecordDraft,
  RecordType,
} from '../../protocol/record.js';
import { type Disk, type LogFile, writeAll } from '../disk.js';
import { LostLog, type NewBase } from '../store.js';
import { LogAppender } from './appender.js';
import type { BasePaths } from './names.js';
import { readFileHeader } from './scan.js';

/** What makes a new file unlike every other; a test's is not random. */
export interface Identity {
  /** `count` random bytes. */
  random(count: number): Buffer;
  nowMs(): number;
}

export interface NamedLog {
  readonly header: FileHeader;
  readonly appender: LogAppender;
}

/** What a log hands on to the one that replaces it. */
export type Heading = Pick<FileHeader, 'epoch' | 'cluster' | 'incarnation' | 'isBackup'>;

export const FIRST_HEADING: Heading = {
  epoch: 1,
  cluster: '0'.repeat(32),
  incarnation: 0,
  isBackup: false,
};

/**
 * Writes a new log beside the one in use and puts it in its place.
 *
 *     create sequement.log.new ─ slices and appends ─ base end ─ sync ─ appends ─ sync ─ rename ─ sync directory
 *
 * Invariant: the name sequement.log always belongs to a file whose base was complete and synced before it got the name.
 */
export class BaseWriter implements NewBase {
  readonly #disk: Disk;
  readonly #paths: BasePaths;
  readonly #file: LogFile;
  readonly #appender: LogAppender;
  readonly #onNamed: (log: NamedLog) => Promise<void>;
  readonly #endRecord = new RecordDraft(RECORD_HEADER + FILE_HEADER);
  #header: FileHeader;
  #isNamed = false;

  private constructor(
    disk: Disk,
    paths: BasePaths,
    file: LogFile,
    header: FileHeader,
    onNamed: (log: NamedLog) => Promise<void>,
  ) {
    this.#disk = disk;
    this.#paths = paths;
    this.#file = file;
    this.#header = header;
    this.#onNamed = onNamed;
    const position = { size: FILE_HEADER, durable: 0, proven: 0 };
    this.#appender = new LogAppender(file, header.salt, position);
  }

  static async begin(
    disk: Disk,
    paths: BasePaths,
    identity: Identity,
    heading: Heading,
    onNamed: (log: NamedLog) => Promise<void>,
  ): Promise<BaseWriter> {
    // A file whose sync failed is never written again, so a left-over is removed, not emptied.
    await disk.unlink(paths.newPath);
    const file = await disk.create(paths.newPath);
    const random = identity.random(12);
    const header: FileHeader = {
      version: LAYOUT_VERSION,
      salt: random.readUInt32LE(0),
      file: random.toString('hex', 4, 12),
      epoch: heading.epoch,
      cluster: heading.cluster,
      incarnation: heading.incarnation,
      isBackup: heading.isBackup,
      createdMs: identity.nowMs(),
      baseSize: 0,
    };
    const base = new BaseWriter(disk, paths, file, header, onNamed);
    try {
      await writeAll(file, encodeFileHeader(header), 0);
    } catch (error) {
      await base.abandon();
      throw error;
    }
    return base;
  }

  get unsynced(): number {
    return this.#appender.unsynced;
  }

  async writeSlice(slice: RecordDraft): Promise<void> {
    await this.#appender.append(RecordType.base, slice, 0);
  }

  async append(batch: RecordDraft, lsn: number): Promise<void> {
    await this.#appender.append(RecordType.append, batch, lsn);
  }

  async sync(): Promise<void> {
    await this.#appender.sync();
  }

  async end(): Promise<void> {
    const baseSize = this.#appender.size + RECORD_HEADER + FILE_HEADER;
    this.#header = { ...this.#header, baseSize };
    const bytes = encodeFileHeader(this.#header);
    this.#endRecord.copy(bytes, 0, FILE_HEADER);
    await this.#appender.append(RecordType.baseEnd, this.#endRecord, 0);
    await writeAll(this.#file, bytes, 0);
    await this.#appender.sync();
  }

  async switch(): Promise<string> {
    if (this.#appender.unsynced > 0) await this.#appender.sync();
    await this.#rename();
    try {
      await this.#disk.syncDirectory(this.#paths.dir);
    } catch (error) {
      throw new LostLog('the directory could not be synced', { cause: error });
    }
    this.#isNamed = true;
    await this.#onNamed({ header: this.#header, appender: this.#appender });
    return this.#header.file;
  }

  async #rename(): Promise<void> {
    const { path, newPath } = this.#paths;
    try {
      await this.#disk.rename(newPath, path);
    } catch (error) {
      // A rename may report an error and have happened (NFS does it): whose name it is now decides.
      if (await this.#isOther(path)) throw error;
      throw new LostLog('the log could not be renamed', { cause: error });
    }
  }

  async #isOther(path: string): Promise<boolean> {
    try {
      const file = await this.#disk.openToRead(path);
      try {
        const header = await readFileHeader(file);
        return typeof header === 'object' && header.file !== this.#header.file;
      } finally {
        await file.close();
      }
    } catch {
      return false;
    }
  }

  async abandon(): Promise<void> {
    if (this.#isNamed) return;
    // The next base, or the next start, removes what can't be removed now.
    await this.#file.close().catch(() => {});
    await this.#disk.unlink(this.#paths.newPath).catch(() => {});
  }
}
