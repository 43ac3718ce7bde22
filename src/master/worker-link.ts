import { READY_ID, readReport, type WorkerOrder, writeOrder } from '../protocol/control-message.js';
import { FrameWriter } from '../protocol/frame.js';
import { MessageType } from '../protocol/message.js';
import { EntryReader } from '../protocol/take-message.js';
import type { Child } from './child.js';
import type { AnswerSink, Executor } from './executor.js';
import { HeldReplies } from './held-replies.js';

/** The conversation with one worker: its entries in, the answers out, a frame of them per turn. */
export class WorkerLink implements AnswerSink {
  /** Counts the workers of this server's life. */
  readonly number: number;
  readonly out = new FrameWriter(65536);
  readonly held = new HeldReplies();
  readonly #executor: Executor;
  readonly #entries = new EntryReader();
  readonly #questions = new Map<number, (value: unknown) => void>();
  #child: Child | undefined;
  #lastQuestion = 0;

  /** `onReady`: the worker has its configuration and takes connections. */
  constructor(number: number, executor: Executor, onReady: () => void) {
    this.number = number;
    this.#executor = executor;
    this.#questions.set(READY_ID, onReady);
  }

  attach(child: Child): void {
    this.#child = child;
  }

  receive(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === MessageType.requests) {
      const entries = this.#entries;
      this.flush();
      this.out.begin(MessageType.replies);
      entries.begin(bytes, start, end);
      while (entries.next()) this.#executor.execute(entries, this);
    } else if (type === MessageType.control) {
      const report = readReport(bytes, start, end);
      this.#questions.get(report.id)?.(report.value);
      this.#questions.delete(report.id);
    } else throw new Error(`a worker sent a message of type ${type}`);
  }

  open(): void {
    if (!this.out.isOpen()) this.out.begin(MessageType.lateReplies);
  }

  /** Sends the answers of this turn. */
  flush(): void {
    const { out } = this;
    if (!out.isOpen()) return;
    out.end();
    if (this.#child?.write(out.view()) ?? true) out.reset();
    else out.abandon(65536);
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

  order(order: WorkerOrder): void {
    this.flush();
    this.#child?.send((out) => writeOrder(out, order));
  }

  /** Asks the worker for a report; undefined when it dies or does not answer in time. */
  ask(subject: 'statistics' | 'clients', deadlineMs: number): Promise<unknown> {
    const id = ++this.#lastQuestion;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#questions.delete(id);
        resolve(undefined);
      }, deadlineMs);
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
    for (const answer of this.#questions.values()) answer(undefined);
    this.#questions.clear();
  }
}
