import type { Denied } from '../acl/acl-log.js';
import {
  DENIED_ID,
  LEAVING_ID,
  READY_ID,
  type ReportSubject,
  readCount,
  readReport,
  SCRIPTS_ID,
  type WorkerOrder,
  writeOrder,
} from '../protocol/control-message.js';
import { FrameWriter } from '../protocol/frame.js';
import { readHold, readHoldCount, writeHoldMessage } from '../protocol/hold-message.js';
import { MessageType } from '../protocol/message.js';
import { readAccepted } from '../protocol/piece-message.js';
import { readSlowReport, type SlowReport } from '../protocol/slow-message.js';
import { EntryReader, writeLendPart } from '../protocol/take-message.js';
import { writeTouchedPart } from '../protocol/transaction-message.js';
import type { AnswerSink } from './answer-sink.js';
import type { Executor } from './executor.js';
import { HeldReplies } from './held-replies.js';
import type { EndedLoan, Hold, Holds } from './holds.js';

/** The pipe to a worker, as the link needs it (child.ts). */
export interface WorkerPort {
  /** Sends complete frames; the bytes must not change afterwards unless the result is true. */
  write(bytes: Buffer): boolean;
  send(fill: (out: FrameWriter) => void): void;
}

/**
 * The conversation with one worker: its entries in, the answers out, a frame of them per turn.
 *
 * Frames are executed in the order in which they came. One that has to wait for a hold's return keeps back those behind it,
 * not the messages about holds: two workers may wait for each other's.
 */
export class WorkerLink implements AnswerSink {
  /** Counts the workers of this server's life. */
  readonly number: number;
  readonly out = new FrameWriter(65536);
  readonly held = new HeldReplies();
  /** Clients that were passed to it, without those it has told the end of. */
  connections = 0;
  /** Clients of it that see the commands of all workers. */
  watchers = 0;
  /** Called with a line for all who watch, or when their number has changed. */
  onSlow: (report: SlowReport) => void = () => {};
  onWatch: (line?: Uint8Array) => void = () => {};
  onDenied: (denials: readonly Denied[]) => void = () => {};
  readonly #executor: Executor;
  readonly #holds: Holds;
  readonly #entries = new EntryReader();
  readonly #questions = new Map<number, (value: unknown) => void>();
  /** Frames that wait. */
  readonly #parked: Buffer[] = [];
  readonly #recalls: number[] = [];
  #child: WorkerPort | undefined;
  #isExecuting = false;
  #lastQuestion = 0;

  /** `onReady`: the worker has its configuration and takes connections. */
  constructor(number: number, executor: Executor, holds: Holds, onReady: () => void) {
    this.number = number;
    this.#executor = executor;
    this.#holds = holds;
    this.#questions.set(READY_ID, onReady);
  }

  attach(child: WorkerPort): void {
    this.#child = child;
  }

  receive(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === MessageType.requests) {
      const mayRun = this.#parked.length === 0 && this.#run(bytes, start, end);
      if (!mayRun) this.#parked.push(Buffer.from(bytes.subarray(start, end)));
    } else if (type === MessageType.accepted) {
      const { tag, isWanted } = readAccepted(bytes, start);
      this.#executor.many.replies.accepted(this, tag, isWanted);
    } else if (type === MessageType.returned) {
      this.#holds.returned(readHold(bytes, start), readHoldCount(bytes, start));
    } else if (type === MessageType.more) {
      this.#holds.more(readHold(bytes, start), readHoldCount(bytes, start));
    } else if (type === MessageType.left) this.connections -= readCount(bytes, start);
    else if (type === MessageType.watchers) {
      this.watchers = readCount(bytes, start);
      this.onWatch();
    } else if (type === MessageType.slow) {
      this.onSlow(readSlowReport(bytes, start, end));
    } else if (type === MessageType.line) {
      this.onWatch(bytes.subarray(start, end));
    } else if (type === MessageType.control) {
      const report = readReport(bytes, start, end);
      if (report.id === LEAVING_ID) this.order({ order: 'leave' });
      if (report.id === DENIED_ID) this.onDenied(report.value as Denied[]);
      if (report.id === SCRIPTS_ID) this.#executor.scripts.begin(() => {});
      this.#questions.get(report.id)?.(report.value);
      this.#questions.delete(report.id);
    } else throw new Error(`a worker sent a message of type ${type}`);
  }

  resume(): void {
    if (this.#child === undefined) return;
    const parked = this.#parked.splice(0);
    while (parked[0] !== undefined && this.#run(parked[0], 0, parked[0].length)) parked.shift();
    this.#parked.push(...parked);
    this.flush();
  }

  lend(hold: Hold, count: number): void {
    const { id, database, table, ref } = hold;
    const { slab } = table;
    const [start, end] = [slab.nameStart(ref), slab.nameEnd(ref)];
    this.open();
    const value = table.value(ref);
    writeLendPart(this.out, id, database, value, count, slab.nameBytes(ref), start, end);
  }

  endLoan({ id, database, name }: EndedLoan): void {
    this.open();
    writeLendPart(this.out, id, database, 0, 0, name, 0, name.length);
  }

  extend(hold: Hold, count: number): void {
    this.#child?.send((out) => writeHoldMessage(out, 'extend', hold.id, count));
  }

  recall(hold: Hold): void {
    this.#recalls.push(hold.id);
  }

  /**
   * Executes the entries of a frame, and answers it at once; false when it has to wait for what is lent, or for the end of an act that takes long. If one
   * begins in it, what comes behind that waits for its end, and so does the answer.
   */
  #run(bytes: Buffer, start: number, end: number): boolean {
    const { act } = this.#executor;
    if (act.isUnderWay) {
      if (act.isBusy) this.#refuse(bytes, start, end);
      else act.wait(this);
      return act.isBusy;
    }
    const entries = this.#entries;
    entries.begin(bytes, start, end);
    if (!this.#executor.isReady(entries, this)) return false;
    entries.begin(bytes, start, end);
    this.#goOn();
    return true;
  }

  #goOn(): void {
    const entries = this.#entries;
    this.flush();
    this.#isExecuting = true;
    this.out.begin(MessageType.replies);
    while (entries.next()) {
      if (this.#executor.execute(entries, this)) continue;
      this.#suspend();
      return;
    }
    this.#executor.finish(this);
    this.#isExecuting = false;
  }

  /** The answers to what stood before the act go out as late ones, since the frame is not executed yet. */
  #suspend(): void {
    this.#entries.keep();
    this.out.retype(MessageType.lateReplies);
    this.#isExecuting = false;
    this.#executor.act.whenDone(() => {
      // Of a worker that is gone nothing more is executed.
      if (this.#child === undefined) this.#executor.drop();
      else this.#goOn();
    });
  }

  /** Answers a frame while others are told that the server is busy. */
  #refuse(bytes: Buffer, start: number, end: number): void {
    const entries = new EntryReader();
    entries.begin(bytes, start, end);
    this.flush();
    this.#isExecuting = true;
    this.out.begin(MessageType.replies);
    while (entries.next()) this.#executor.executeWhileBusy(entries, this);
    this.#isExecuting = false;
  }

  touched(client: number): void {
    this.open();
    writeTouchedPart(this.out, client);
  }

  open(): void {
    if (!this.out.isOpen()) this.out.begin(MessageType.lateReplies);
  }

  /**
   * Sends the answers of this turn, then what it recalls. The answers to a frame go in one piece: the worker takes them for the sign that
   * all of it is executed, and holds that it was lent for ready.
   */
  flush(): void {
    if (this.#isExecuting) return;
    const { out } = this;
    if (out.isOpen()) {
      out.end();
      if (this.#child?.write(out.view()) ?? true) out.reset();
      else out.abandon(65536);
    }
    for (const id of this.#recalls.splice(0)) {
      this.#child?.send((message) => writeHoldMessage(message, 'recall', id, 0));
    }
  }

  /** What has become durable goes out. */
  release(durableLsn: number): void {
    if (this.held.isEmpty) return;
    this.open();
    this.held.release(durableLsn, this.out);
    this.flush();
  }

  /** Everything that waits for the disk is answered with an error. */
  refuse(text: string): void {
    if (this.held.isEmpty) return;
    this.open();
    this.held.refuse(text, this.out);
    this.flush();
  }

  /** Takes effect before everything that is answered later; ahead of the answers to a frame that is being executed. */
  order(order: WorkerOrder): void {
    this.flush();
    this.#child?.send((out) => writeOrder(out, order));
  }

  /** Asks the worker for a report; undefined when it dies, or does not answer in time if there is a deadline. */
  ask(subject: ReportSubject, deadlineMs?: number): Promise<unknown> {
    const id = ++this.#lastQuestion;
    return new Promise((resolve) => {
      const late = () => {
        this.#questions.delete(id);
        resolve(undefined);
      };
      const timer = deadlineMs === undefined ? undefined : setTimeout(late, deadlineMs);
      this.#questions.set(id, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      this.order({ order: 'report', id, subject });
    });
  }

  /** The worker is gone: nobody waits for its answers, and its own are not coming. */
  close(): void {
    this.#child = undefined;
    this.#executor.many.forget(this);
    this.#executor.listings.forget(this);
    this.#parked.length = 0;
    for (const answer of this.#questions.values()) answer(undefined);
    this.#questions.clear();
  }
}
