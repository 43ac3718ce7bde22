import { FrameReader, FrameWriter } from '#dist/protocol/frame.js';
import { type LogReport, type LogRequest, writeLogRequest } from '#dist/protocol/log-message.js';
import { LocalLog } from '#dist/store/log/local-log.js';
import { type ReportSink, WriterSession } from '#dist/writer/session.js';
import { applyEntries, entry, identity, request, type State } from '../store/log-tools.js';
import { MemoryDisk, type Operation } from '../store/memory-disk.js';

/** A writer without a process: its disk is in memory, its pipe a list. */
export class Harness {
  readonly disk: MemoryDisk;
  readonly session: WriterSession;
  readonly reports: LogReport[] = [];
  readonly state: State = new Map();
  status: number | undefined;
  #waiting: (() => void)[] = [];
  #lsn = 0;

  constructor(disk = new MemoryDisk(), seed = 1) {
    this.disk = disk;
    const sink: ReportSink = {
      send: (report) => {
        this.reports.push(report);
        this.#wake();
      },
      entries: (bytes, start, end) => {
        applyEntries(this.state, bytes, start, end);
        return undefined;
      },
      flushEntries: async () => {},
    };
    const log = new LocalLog(disk, identity(seed));
    this.session = new WriterSession(
      log,
      sink,
      () => 0,
      (status) => {
        this.status = status;
        this.#wake();
      },
    );
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  send(...requests: LogRequest[]): void {
    const out = new FrameWriter();
    for (const one of requests) writeLogRequest(out, one);
    new FrameReader((type, bytes, start, end) => {
      this.session.receive(type, bytes, start, end);
    }).push(out.take());
  }

  /** Sends an append; its lsn. */
  append(name: string, ceiling: number): number {
    this.send(appendRequest(++this.#lsn, entry(name, ceiling)));
    return this.#lsn;
  }

  slice(...entries: Buffer[]): void {
    const bytes = Buffer.concat(entries);
    this.send({ type: 'base', bytes, start: 0, end: bytes.length });
  }

  /** A whole base cycle, up to its end. */
  base(failures: number, ...entries: Buffer[]): void {
    this.send({ type: 'baseBegin', failures });
    this.slice(...entries);
    this.send({ type: 'baseEnd' });
  }

  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async untilReport(type: LogReport['type'], count = 1): Promise<LogReport> {
    await this.until(() => this.count(type) >= count);
    return this.reports.filter((report) => report.type === type)[count - 1] as LogReport;
  }

  async untilDurable(lsn: number): Promise<void> {
    await this.until(() => this.durable >= lsn);
  }

  count(type: LogReport['type']): number {
    return this.reports.filter((report) => report.type === type).length;
  }

  get durable(): number {
    return Math.max(
      0,
      ...this.reports.map((report) => (report.type === 'durable' ? report.lsn : 0)),
    );
  }
}

export function appendRequest(lsn: number, bytes: Buffer): LogRequest {
  return { type: 'append', lsn, bytes, start: 0, end: bytes.length };
}

export async function openHarness(
  fsync: 'always' | 'everysec' | 'no' = 'always',
): Promise<Harness> {
  const harness = new Harness();
  harness.send({ type: 'open', open: request(fsync) });
  await harness.untilReport('opened');
  await quiet();
  return harness;
}

/** Lets everything go on that waits for nothing but its turn: the disk in memory answers at once. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Stops every operation that `isMeant` until it is opened. */
export class Gate {
  #release: () => void = () => {};
  #isOpen = false;
  readonly #opened = new Promise<void>((resolve) => {
    this.#release = resolve;
  });
  #reach: () => void = () => {};
  readonly reached = new Promise<void>((resolve) => {
    this.#reach = resolve;
  });

  constructor(disk: MemoryDisk, isMeant: (operation: Operation) => boolean) {
    disk.hook = (operation) => {
      if (this.#isOpen || !isMeant(operation)) return undefined;
      this.#reach();
      return this.#opened;
    };
  }

  open(): void {
    this.#isOpen = true;
    this.#release();
  }
}
