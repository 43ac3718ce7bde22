import type { ChildProcess } from 'node:child_process';
import { type EntryVisitor, readEntries } from '../protocol/entry.js';
import {
  assertNever,
  type FsyncPolicy,
  type LogReport,
  type Opened,
  type OpenRequest,
  readLogReport,
  writeLogRequest,
} from '../protocol/log-message.js';
import { Child } from './child.js';
import { Compaction } from './compaction.js';
import { Backoff } from './respawn.js';
import type { Sequences } from './sequences.js';

const NOBODY: EntryVisitor = { state() {}, remove() {}, flush() {} };

/** Slices of a base that are under way at once. */
const SLICES = 4;
const RETRY_MS = 500;

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
  /** What waited for the disk will not get there. */
  onFailed(reason: string): void;
  warn(text: string): void;
  note(text: string): void;
}

/** The master's side of the log: the writer process, its loading, its failures, its compactions. */
export class LogKeeper {
  settings: KeeperSettings;
  readonly #sequences: Sequences;
  readonly #handlers: KeeperHandlers;
  readonly #backoff = new Backoff();
  #child: Child | undefined;
  #isLoaded = false;
  /** This writer has opened the log: until then it takes nothing but pings. */
  #isOpen = false;
  readonly #whenOpen: (() => void)[] = [];
  #isStopping = false;
  /** `failed` reports of this writer. */
  #failures = 0;
  #file = '';
  /** Of the base, until its first entries have come: they tell how many there will be. */
  #expectedBytes = 0;
  #compaction: Compaction | undefined;
  #compacted: { resolve(): void; reject(error: Error): void; promise: Promise<void> } | undefined;
  #slices = 0;
  #whenReady: (() => void) | undefined;
  /** 0 until the log is loaded. */
  epoch = 0;
  size = 0;
  baseSize = 0;
  restarts = 0;
  compactions = 0;
  lastCompactionSucceeded = true;
  lastSaveSeconds = Math.floor(Date.now() / 1000);

  constructor(sequences: Sequences, settings: KeeperSettings, handlers: KeeperHandlers) {
    this.#sequences = sequences;
    this.settings = settings;
    this.#handlers = handlers;
  }

  get child(): Child | undefined {
    return this.#child;
  }

  get isCompacting(): boolean {
    return this.#compacted !== undefined;
  }

  /** Starts a writer. The first one loads the log; a later one goes on where its predecessor's work is known durable. */
  start(): void {
    this.#failures = 0;
    this.#slices = 0;
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

  /** Writes a new base, or joins the compaction under way; `isExact` at the clean stop, when nobody is served. */
  compact(isExact = false): Promise<void> {
    if (this.#compacted !== undefined) {
      const { promise } = this.#compacted;
      if (!isExact) return promise;
      // Its end, which may be on its way, must not be taken for that of the exact one.
      const next = () => this.compact(true);
      return promise.then(next, next);
    }
    const child = this.#child;
    if (child === undefined || !this.#isOpen) {
      return Promise.reject(new Error('the writer is being started'));
    }
    this.#compacted = deferred();
    this.#slices = 0;
    this.#compaction = new Compaction(
      this.#sequences,
      {
        send: (request) => {
          if (request.type === 'base') this.#slices++;
          child.send((out) => writeLogRequest(out, request));
        },
        whenReady: (next) => {
          if (this.#slices < SLICES) setImmediate(next);
          else this.#whenReady = next;
        },
      },
      isExact,
    );
    this.#compaction.start(this.#failures);
    return this.#compacted.promise;
  }

  /** Lets the writer put everything on stable storage and end. */
  close(): void {
    this.#isStopping = true;
    this.#child?.send((out) => writeLogRequest(out, { type: 'close' }));
  }

  #receive(report: LogReport): void {
    switch (report.type) {
      case 'loading':
        this.#expectedBytes = report.baseSize;
        break;
      case 'entries':
        this.#load(report.bytes, report.start, report.end);
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
        this.#slices--;
        this.#ready();
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

  #load(bytes: Buffer, start: number, end: number): void {
    const sequences = this.#sequences;
    if (this.#expectedBytes > 0) {
      const count = readEntries(bytes, start, end, NOBODY);
      sequences.expect(Math.floor((this.#expectedBytes / (end - start)) * count));
      this.#expectedBytes = 0;
    }
    readEntries(bytes, start, end, {
      state: (place, flags, ceiling, name, nameStart, nameEnd, deadline) =>
        sequences.load(place, flags, ceiling, name, nameStart, nameEnd, deadline),
      remove: (place, name, nameStart, nameEnd) =>
        sequences.unload(place, name, nameStart, nameEnd),
      flush: (place) => sequences.unloadAll(place),
      clock: (nowMs) => sequences.clock.atLeast(nowMs),
      place: (database, place) => sequences.loadPlace(database, place),
    });
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
    this.#sequences.log.attach({
      send: (request) => child.send((out) => writeLogRequest(out, request)),
    });
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
    inFlight.takeBack();
    log.fail(reason);
    this.#handlers.onFailed(reason);
    this.#compactionFailed(reason);
  }

  #compactionFailed(reason: string): void {
    this.#compaction?.abandon();
    this.#compaction = undefined;
    this.lastCompactionSucceeded = false;
    const compacted = this.#compacted;
    this.#compacted = undefined;
    compacted?.reject(new Error(reason));
    if (this.#sequences.log.failure === '') {
      if (compacted !== undefined) this.#handlers.warn(`the compaction failed: ${reason}`);
    } else if (!this.#isStopping) setTimeout(() => this.#rewrite(), RETRY_MS).unref();
  }

  #rewrite(): void {
    if (this.#sequences.log.failure === '' || this.#isStopping || this.isCompacting) return;
    this.compact().catch(() => {
      // The failure was reported, and the next try is on its way.
    });
  }

  #switched(): void {
    this.#compaction = undefined;
    this.compactions++;
    this.lastCompactionSucceeded = true;
    this.lastSaveSeconds = Math.floor(Date.now() / 1000);
    if (this.#sequences.log.failure !== '') {
      this.#sequences.recover();
      this.#handlers.note('the log is written again');
    }
    const compacted = this.#compacted;
    this.#compacted = undefined;
    compacted?.resolve();
  }

  #compactIfDue(): void {
    const { compactPercentage, compactMinSize } = this.settings;
    if (compactPercentage === 0 || this.isCompacting || this.#isStopping) return;
    if (this.size < compactMinSize) return;
    if (this.size < this.baseSize * (1 + compactPercentage / 100)) return;
    this.compact().catch(() => {
      // Reported where it failed; the next append that finds the log too large tries again.
    });
  }

  #ready(): void {
    if (this.#slices >= SLICES) return;
    const next = this.#whenReady;
    this.#whenReady = undefined;
    next?.();
  }

  #lost(how: string): void {
    const livedMs = performance.now() - (this.#child?.startedAtMs ?? 0);
    this.#child = undefined;
    this.#isOpen = false;
    this.#whenReady = undefined;
    this.#sequences.log.detach();
    if (this.#compacted !== undefined) this.#compactionFailed(`the writer ended (${how})`);
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

function deferred() {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { resolve, reject, promise };
}
