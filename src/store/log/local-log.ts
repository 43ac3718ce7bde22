import type { Opened, OpenRequest } from '../../protocol/log-message.js';
import { type RecordDraft, RecordType } from '../../protocol/record.js';
import type { Disk, LogFile } from '../disk.js';
import { diskErrorText, hasCode } from '../disk-error.js';
import { type Loading, type NewBase, Refusal, type Store } from '../store.js';
import { LogAppender } from './appender.js';
import { BaseWriter, FIRST_HEADING, type Identity, type NamedLog } from './base-writer.js';
import { logPath, logPaths, newLogPath } from './names.js';
import { recover, resume } from './recover.js';

/** The store that is a file of this machine: docs/log-format.md has its layout. */
export class LocalLog implements Store {
  readonly #disk: Disk;
  readonly #identity: Identity;
  #dir = '';
  #log: NamedLog | undefined;

  constructor(disk: Disk, identity: Identity) {
    this.#disk = disk;
    this.#identity = identity;
  }

  get size(): number {
    return this.#appender.size;
  }

  get isUnsynced(): boolean {
    return this.#appender.isUnsynced;
  }

  get isUnproven(): boolean {
    return this.#appender.isUnproven;
  }

  get #appender(): LogAppender {
    if (this.#log === undefined) throw new Error('the log is not open');
    return this.#log.appender;
  }

  async open(request: OpenRequest, loading: Loading): Promise<Opened> {
    this.#dir = request.dir;
    try {
      await this.#disk.unlink(newLogPath(request.dir));
      const file = await this.#openFile(request);
      return file === undefined
        ? await this.#createEmpty()
        : await this.#read(file, request, loading);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const path = logPath(request.dir);
      throw new Refusal(`Cannot open ${path}: ${diskErrorText(error)}.`, { cause: error });
    }
  }

  /** Undefined when there is no log, which only a first start may find. */
  async #openFile(request: OpenRequest): Promise<LogFile | undefined> {
    const path = logPath(request.dir);
    try {
      return await this.#disk.open(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      if (request.resume === undefined) return undefined;
      throw new Refusal(
        `${path} has disappeared while the server was running: restart the server.`,
      );
    }
  }

  async #createEmpty(): Promise<Opened> {
    const base = await this.beginBase();
    try {
      await base.end();
      const file = await base.switch();
      const warnings = [`${this.#dir} held no log; a new one was begun, without any sequence.`];
      return { file, epoch: FIRST_HEADING.epoch, size: this.size, baseSize: this.size, warnings };
    } catch (error) {
      await base.abandon();
      throw error;
    }
  }

  async #read(file: LogFile, request: OpenRequest, loading: Loading): Promise<Opened> {
    // A predecessor may have died between renaming the log and syncing its name.
    await this.#disk.syncDirectory(request.dir);
    const place = { file, dir: request.dir };
    const recovered =
      request.resume === undefined
        ? await recover(place, loading)
        : await resume(place, request.resume);
    const { header, position, warnings } = recovered;
    this.#log = { header, appender: new LogAppender(file, header.salt, position) };
    const { file: name, epoch, baseSize } = header;
    return { file: name, epoch, size: position.size, baseSize, warnings };
  }

  async append(batch: RecordDraft, lsn: number): Promise<void> {
    await this.#appender.append(RecordType.append, batch, lsn);
  }

  async sync(): Promise<void> {
    await this.#appender.sync();
  }

  async mark(lsn: number): Promise<void> {
    await this.#appender.mark(lsn);
  }

  beginBase(): Promise<NewBase> {
    const paths = logPaths(this.#dir);
    const heading = this.#log?.header ?? FIRST_HEADING;
    return BaseWriter.begin(this.#disk, paths, this.#identity, heading, async (log) => {
      const old = this.#log?.appender.file;
      this.#log = log;
      // It has no name any more; whatever closing it reports is of no consequence.
      await old?.close().catch(() => {});
    });
  }

  async close(): Promise<void> {
    await this.#log?.appender.file.close();
  }
}
