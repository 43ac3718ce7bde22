import type { ChildProcess } from 'node:child_process';
import {
  assertNever,
  type FsyncPolicy,
  type LogReport,
  type LogRequest,
  type Opened,
  type OpenRequest,
  readLogReport,
  writeAppendHead,
  writeLogRequest,
} from '../protocol/log-message.js';
import { Child } from './child.js';
import { Compactions } from './compactions.js';
import { LogLoader } from './log-loader.js';
import { Backoff } from './respawn.js';
import type { Sequences } from './sequences.js';

const RETRY_MS = 500;
const LARGE_BATCH = 65536;

export interface KeeperSettings {
  readonly dir: string;
  readonly fsync: FsyncPolicy;
  /** Percent by which the log may outgrow its base, 0 for no automatic compaction, and the size below which it may. */
  readonly compactPercentage: number;
  readonly compactMinSize: number;
}

export interface KeeperHandlers {
  spawn(): ChildProcess;
  /** The log is loaded; once, at the start. */
  onLoaded(opened: Opened): void;
  /** The log can't be used; the start ends with this sentence. */
  onRefused(reason: string): void;
  onProgress(done: number, total: number): void;
  /** Batches up to this lsn are settled. */
  onSettled(lsn: number): void;
  /** What is in flight is about to be taken back. */
  onFailing(reason: string): void;
  /** What waited for the disk will not get there. */
  onFailed(reason: string): void;
  warn(text: string): void;
  note(text: string): void;
}

/** The master's side of the log: the writer process, its life, its reports, its failures. */
export class LogKeeper {
  settings: KeeperSettings;
  readonly #sequences: Sequences;
  readonly #handlers: KeeperHandlers;
  readonly #backoff = new Backoff();
  readonly #loader: LogLoader;
  readonly compactions: Compactions;
  #child: Child | undefined;
  #isLoaded = false;
  /** This writer has opened the log: until then it takes nothing but pings. */
  #isOpen = false;
  readonly #whenOpen: (() => void)[] = [];
  #isStopping = false;
  /** `failed` reports of this writer. */
  #failures = 0;
  #file = '';
  /** 0 until the log is loaded. */
  epoch = 0;
  size = 0;
  baseSize = 0;
  restarts = 0;

  constructor(sequences: Sequences, settings: KeeperSettings, handlers: KeeperHandlers) {
    this.#sequences = sequences;
    this.#loader = new LogLoader(sequences);
    this.compactions = new Compactions(sequences, () => this.#failures);
    this.settings = settings;
    this.#handlers = handlers;
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /** Starts a writer. The first one loads the log; a later one goes on where its predecessor's work is known durable. */
  start(): void {
    this.#failures = 0;
    const child = new Child('writer', this.#handlers.spawn(), {
      onFrame: (type, bytes, start, end) => this.#receive(readLogReport(type, bytes, start, end)),
      onTurn: () => {},
      onExit: (how) => this.#lost(how),
    });
    this.#child = child;
    const { dir, fsync } = this.settings;
    const resume = this.#isLoaded ? { resume: { file: this.#file, offset: this.size } } : {};
    const open: OpenRequest = { dir, fsync, ...resume };
    child.send((out) => writeLogRequest(out, { type: 'open', open }));
  }

  configure(settings: KeeperSettings): void {
    this.settings = settings;
    if (this.#isOpen) this.#sendSettings();
  }

  /** Resolves when a writer has the log open, or after the deadline. */
  whenOpen(deadlineMs: number): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#whenOpen.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #sendSettings(): void {
    const { fsync } = this.settings;
    this.#child?.send((out) => writeLogRequest(out, { type: 'configure', fsync }));
  }

  /** Lets the writer put everything on stable storage and end. */
  close(): void {
    this.#isStopping = true;
    this.#child?.send((out) => writeLogRequest(out, { type: 'close' }));
  }

  #receive(report: LogReport): void {
    switch (report.type) {
      case 'loading':
        this.#loader.expect(report.baseSize);
        break;
      case 'entries':
        this.#loader.load(report.bytes, report.start, report.end);
        break;
      case 'progress':
        this.#handlers.onProgress(report.done, report.total);
        break;
      case 'opened':
        this.#opened(report.opened);
        break;
      case 'refused':
        if (this.#isLoaded) this.#handlers.warn(report.reason);
        else this.#handlers.onRefused(report.reason);
        break;
      case 'durable':
        this.size = report.size;
        this.#settle(report.lsn);
        this.#compactIfDue();
        break;
      case 'failed':
        this.#failed(report.reason);
        break;
      case 'baseWritten':
        this.compactions.sliceWritten();
        break;
      case 'switched':
        this.#file = report.file;
        this.size = report.size;
        this.baseSize = report.size;
        this.#switched();
        break;
      case 'baseFailed':
        this.#compactionFailed(report.reason);
        break;
      case 'closed':
      case 'pong':
        break;
      default:
        assertNever(report);
    }
  }

  #opened(opened: Opened): void {
    this.#file = opened.file;
    this.epoch = opened.epoch;
    this.size = opened.size;
    this.baseSize = opened.baseSize;
    for (const warning of opened.warnings) this.#handlers.warn(warning);
    const child = this.#child as Child;
    this.#isOpen = true;
    // They may have changed while it was opening.
    this.#sendSettings();
    const send = (request: LogRequest) => {
      if (request.type === 'append' && request.end - request.start >= LARGE_BATCH) {
        // It does not change any more, so it goes as it is: copying it would take milliseconds.
        const bytes = request.bytes.subarray(request.start, request.end);
        child.send((out) => writeAppendHead(out, request.lsn, bytes.length));
        child.write(bytes);
      } else child.send((out) => writeLogRequest(out, request));
    };
    this.#sequences.log.attach({ send });
    this.compactions.attach(send);
    const isFirst = !this.#isLoaded;
    this.#isLoaded = true;
    if (isFirst) this.#handlers.onLoaded(opened);
    else if (this.#sequences.log.failure !== '') this.#rewrite();
    for (const next of this.#whenOpen.splice(0)) next();
  }

  #settle(lsn: number): void {
    this.#sequences.log.confirm(lsn);
    this.#sequences.inFlight.confirm(lsn);
    this.#handlers.onSettled(lsn);
  }

  /** Nothing that is not durable will become so: it is taken back, and the state is written to a fresh file. */
  #failed(reason: string): void {
    this.#failures++;
    const { log, inFlight } = this.#sequences;
    if (log.failure === '') this.#handlers.warn(`the log can't be written: ${reason}; trying anew`);
    this.#handlers.onFailing(reason);
    inFlight.takeBack();
    this.#sequences.watches.takenBack();
    log.fail(reason);
    this.#handlers.onFailed(reason);
    this.#compactionFailed(reason);
  }

  #compactionFailed(reason: string): void {
    const wasUnderWay = this.compactions.failed(reason);
    if (this.#sequences.log.failure === '') {
      if (wasUnderWay) this.#handlers.warn(`the compaction failed: ${reason}`);
    } else if (!this.#isStopping) setTimeout(() => this.#rewrite(), RETRY_MS).unref();
  }

  #rewrite(): void {
    if (this.#sequences.log.failure === '' || this.#isStopping) return;
    if (this.compactions.isUnderWay) return;
    this.compactions.start().catch(() => {
      // The failure was reported, and the next try is on its way.
    });
  }

  #switched(): void {
    if (this.#sequences.log.failure !== '') {
      this.#sequences.recover();
      this.#handlers.note('the log is written again');
    }
    this.compactions.succeeded();
  }

  #compactIfDue(): void {
    const { compactPercentage, compactMinSize } = this.settings;
    if (compactPercentage === 0 || this.compactions.isUnderWay || this.#isStopping) return;
    if (this.size < compactMinSize) return;
    if (this.size < this.baseSize * (1 + compactPercentage / 100)) return;
    this.compactions.start().catch(() => {
      // Reported where it failed; the next append that finds the log too large tries again.
    });
  }

  #lost(how: string): void {
    const livedMs = performance.now() - (this.#child?.startedAtMs ?? 0);
    this.#child = undefined;
    this.#isOpen = false;
    this.#sequences.log.detach();
    this.compactions.detach();
    if (this.compactions.isUnderWay) this.#compactionFailed(`the writer ended (${how})`);
    if (this.#isStopping) return;
    if (!this.#isLoaded) {
      this.#handlers.onRefused(`the writer ended while it loaded the log (${how})`);
      return;
    }
    this.#handlers.warn(`the writer ended (${how}); starting another`);
    this.restarts++;
    setTimeout(() => this.start(), this.#backoff.delayMs(livedMs));
  }
}
