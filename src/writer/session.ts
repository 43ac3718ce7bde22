import {
  assertNever,
  type LogReport,
  type LogRequest,
  type OpenRequest,
  readLogRequest,
} from '../protocol/log-message.js';
import { diskErrorText } from '../store/disk-error.js';
import { type Loading, Refusal, type Store } from '../store/store.js';
import { Compaction } from './compaction.js';
import { GroupCommit } from './group-commit.js';

/** At most five a second. */
const PROGRESS_MS = 200;

/** Where the reports go: the pipe, or a test's list. */
export interface ReportSink {
  send(report: LogReport): void;
  entries(bytes: Buffer, start: number, end: number): Promise<void> | undefined;
  flushEntries(): Promise<void>;
}

/** waiting (for `open`) → opening → serving → closing → ended; opening → ended when the store refuses. */
type State = 'waiting' | 'opening' | 'serving' | 'closing' | 'ended';

/** The writer's side of the conversation in protocol/log-message.ts. */
export class WriterSession {
  readonly #store: Store;
  readonly #sink: ReportSink;
  readonly #nowMs: () => number;
  readonly #onEnd: (status: number) => void;
  readonly #commit: GroupCommit;
  readonly #compaction: Compaction;
  #state: State = 'waiting';
  #failures = 0;
  #failure = '';

  /** `onEnd` gets the status that the process is to exit with, when all reports were sent. */
  constructor(
    store: Store,
    sink: ReportSink,
    nowMs: () => number,
    onEnd: (status: number) => void,
  ) {
    this.#store = store;
    this.#sink = sink;
    this.#nowMs = nowMs;
    this.#onEnd = onEnd;
    this.#commit = new GroupCommit(store, {
      durable: (lsn, size) => sink.send({ type: 'durable', lsn, size }),
      failed: (error) => this.#fail(error),
    });
    this.#compaction = new Compaction(store, this.#commit, {
      baseWritten: () => sink.send({ type: 'baseWritten' }),
      switched: (file) => sink.send({ type: 'switched', file, size: store.size }),
      baseFailed: (error) => sink.send({ type: 'baseFailed', reason: diskErrorText(error) }),
    });
  }

  /** Takes one frame; its bytes are valid only during the call. */
  receive(type: number, bytes: Buffer, start: number, end: number): void {
    const request = readLogRequest(type, bytes, start, end);
    switch (request.type) {
      case 'ping':
        this.#sink.send({ type: 'pong' });
        break;
      case 'open':
        this.#expect('waiting', request);
        this.#state = 'opening';
        void this.#open(request.open);
        break;
      case 'close':
        void this.#close();
        break;
      default:
        this.#expect('serving', request);
        this.#serve(request);
    }
  }

  /** To be called once a second. */
  tick(): void {
    if (this.#state === 'serving') this.#commit.tick();
  }

  #serve(request: Exclude<LogRequest, { readonly type: 'ping' | 'open' | 'close' }>): void {
    switch (request.type) {
      case 'append': {
        const { lsn, bytes, start, end } = request;
        // `failed` has told the master that it is dropped, unless a new base is under way.
        if (this.#commit.isBroken && !this.#compaction.isActive) return;
        this.#compaction.append(lsn, bytes, start, end);
        this.#commit.add(lsn, bytes, start, end);
        break;
      }
      case 'baseBegin':
        if (request.failures >= this.#failures) this.#compaction.begin();
        break;
      case 'base':
        this.#compaction.slice(request.bytes, request.start, request.end);
        break;
      case 'baseEnd':
        this.#compaction.end();
        break;
      case 'configure':
        this.#commit.configure(request.fsync);
        break;
      default:
        assertNever(request);
    }
  }

  #expect(state: State, request: LogRequest): void {
    if (this.#state === state) return;
    throw new Error(`the writer got ${request.type} while it was ${this.#state}`);
  }

  async #open(request: OpenRequest): Promise<void> {
    try {
      const opened = await this.#store.open(request, this.#loading());
      await this.#sink.flushEntries();
      if (this.#state !== 'opening') return;
      this.#state = 'serving';
      this.#sink.send({ type: 'opened', opened });
      this.#commit.start(request.fsync);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#sink.send({ type: 'refused', reason: error.message });
      this.#end(1);
    }
  }

  #loading(): Loading {
    let reportedMs = this.#nowMs();
    return {
      begin: (baseSize) => this.#sink.send({ type: 'loading', baseSize }),
      entries: (bytes, start, end) => this.#sink.entries(bytes, start, end),
      progress: (done, total) => {
        const nowMs = this.#nowMs();
        if (nowMs - reportedMs < PROGRESS_MS) return;
        reportedMs = nowMs;
        this.#sink.send({ type: 'progress', done, total });
      },
    };
  }

  #fail(error: unknown): void {
    this.#failures++;
    this.#failure = diskErrorText(error);
    this.#compaction.stop();
    this.#sink.send({ type: 'failed', reason: this.#failure });
  }

  async #close(): Promise<void> {
    const wasServing = this.#state === 'serving';
    if (this.#state === 'closing' || this.#state === 'ended') return;
    this.#state = 'closing';
    if (wasServing) {
      await this.#compaction.finish();
      const wasBroken = this.#commit.isBroken;
      if (!(await this.#commit.finish())) {
        if (wasBroken) this.#sink.send({ type: 'failed', reason: this.#failure });
        this.#end(1);
        return;
      }
      await this.#store.close();
    }
    this.#sink.send({ type: 'closed' });
    this.#end(0);
  }

  #end(status: number): void {
    this.#state = 'ended';
    this.#onEnd(status);
  }
}
