import { CommandError, type MasterCommand } from '../commands/command.js';
import { commandAt } from '../commands/table.js';
import type { EntryReader } from '../protocol/take-message.js';
import type { AnswerSink } from './answer-sink.js';
import type { Holds } from './holds.js';
import { LongReplies } from './long-replies.js';
import { ManyRead } from './many-read.js';
import { ManyRequest } from './many-request.js';
import type { ManyTask } from './many-task.js';
import { ManyWrite } from './many-write.js';
import type { SequenceTable } from './sequence-table.js';
import type { Sequences } from './sequences.js';

/** A step takes about so long. Then everybody else is served. */
const STEP_MS = 1;
/** So many names are gone on with between two looks at the clock, and at most in one step. */
const SOME = 64;
const STEP_NAMES = 8192;

/**
 * Commands on very many names, one after the other, each in steps between which everybody else is served:
 *
 *     its pieces come ──▶ in the queue ──▶ what it names is recalled ──▶ steps ──▶ answered
 *
 * Nobody can tell that it took more than one moment (many-task.ts): before a frame is executed, the names that it touches are told to the
 * command. Whoever looks at the names as a whole waits while it is being applied. Meanwhile none of its names is lent.
 */
export class ManyNames {
  readonly replies: LongReplies;
  readonly #sequences: Sequences;
  readonly #holds: Holds;
  readonly #incoming = new Map<AnswerSink, Map<number, ManyRequest>>();
  readonly #queue: ManyRequest[] = [];
  #task: ManyTask | undefined;
  #hasBegun = false;
  /** Time of its steps. */
  #busyMs = 0;
  #isScheduled = false;
  /** Whose frames wait until it is applied. */
  readonly #waiting: AnswerSink[] = [];
  stepNames = STEP_NAMES;
  /** Called behind each step: sends what was written to the log, and the answers. */
  onTurn: () => void = () => {};
  /** Called when a command is done, before it is answered. */
  onDone: (request: ManyRequest, busyMs: number, hits: number) => void = () => {};

  constructor(sequences: Sequences, holds: Holds) {
    this.#sequences = sequences;
    this.#holds = holds;
    this.replies = new LongReplies(() => sequences.log.settledLsn);
  }

  /** Whether what frames touch has to be told. */
  get isUnderWay(): boolean {
    return this.#task !== undefined;
  }

  /** Takes in a piece of a command. */
  receive(entry: EntryReader, sink: AnswerSink): void {
    const { tag } = entry;
    let incoming = this.#incoming.get(sink);
    if (incoming === undefined) {
      incoming = new Map();
      this.#incoming.set(sink, incoming);
    }
    let request = incoming.get(tag);
    if (request === undefined) {
      request = new ManyRequest(entry, commandAt(entry.command) as MasterCommand, sink);
      incoming.set(tag, request);
    }
    request.add(entry);
    if (!request.isComplete) return;
    incoming.delete(tag);
    this.#queue.push(request);
    this.#schedule();
  }

  /** Somebody is about to read or change this name, in whichever database. */
  touch(bytes: Buffer, start: number, end: number): void {
    if (this.#task === undefined || !this.#hasBegun) return;
    const place = this.#task.request.names.find(bytes, start, end);
    if (place >= 0) this.#guarded(this.#task, (task) => task.touch(place));
  }

  /** Whether somebody who is about to look at the names as a whole may; if not, `sink` is told by `resume` when. */
  mayLookAtAll(sink: AnswerSink): boolean {
    if (this.#task?.isApplying !== true) return true;
    this.#task.hurry();
    this.#schedule();
    if (!this.#waiting.includes(sink)) this.#waiting.push(sink);
    return false;
  }

  /** A sequence that may not be lent now. */
  covers({ slab }: SequenceTable, ref: number): boolean {
    const names = this.#task?.request.names;
    if (names === undefined) return false;
    return names.find(slab.nameBytes(ref), slab.nameStart(ref), slab.nameEnd(ref)) >= 0;
  }

  /** More of the log is durable. */
  settled(): void {
    if (this.#task?.isApplying === true) this.#schedule();
  }

  /** What was lent may have come back. */
  resume(): void {
    this.#schedule();
  }

  /** What is not durable is about to be taken back. */
  failing(text: string): void {
    const task = this.#task;
    if (task === undefined || !this.#hasBegun) return;
    const then = task.failing();
    if (then === 'begins anew') {
      this.#task = this.#taskFor(task.request);
      this.#hasBegun = false;
    } else if (then === 'is refused') {
      task.request.refusal = text;
      this.#end(task);
    }
  }

  /** Applies what is left of a command that has taken effect. */
  finishNow(): void {
    this.#task?.finishNow();
  }

  /** A worker is gone; what has taken effect is still applied. */
  forget(sink: AnswerSink): void {
    this.#incoming.delete(sink);
    this.replies.forget(sink);
    for (let i = this.#queue.length - 1; i >= 0; i--) {
      if (this.#queue[i]?.sink === sink) this.#queue.splice(i, 1);
    }
    const task = this.#task;
    if (task?.request.sink !== sink) return;
    task.request.isForgotten = true;
    if (!task.isApplying) this.#end(task);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#step();
      if (this.#task?.isApplying !== true)
        for (const sink of this.#waiting.splice(0)) sink.resume();
      this.onTurn();
    });
  }

  #step(): void {
    // Its end calls `resume`.
    if (this.#sequences.log.isActing) return;
    this.#task ??= this.#next();
    const task = this.#task;
    if (task === undefined) return;
    if (!this.#hasBegun && this.#recall()) return;
    const startedMs = performance.now();
    const isDone = this.#guarded(task, () => {
      if (!this.#hasBegun) task.begin();
      this.#hasBegun = true;
      for (let left = this.stepNames; ; left -= SOME) {
        if (task.step(Math.min(left, SOME))) return true;
        const isOver = left <= SOME || performance.now() - startedMs >= STEP_MS;
        if (isOver || task.isWaiting) return false;
      }
    });
    this.#busyMs += performance.now() - startedMs;
    if (this.#task !== task) return;
    this.#sequences.underWay = task.isApplying ? 'applying' : 'looking';
    if (isDone === true) this.#end(task);
    else if (!task.isWaiting) this.#schedule();
  }

  #next(): ManyTask | undefined {
    for (;;) {
      const request = this.#queue.shift();
      if (request === undefined) return undefined;
      this.#hasBegun = false;
      this.#busyMs = 0;
      const task = this.#taskFor(request);
      if (request.refusal === '') return task;
      this.#answer(task);
    }
  }

  #taskFor(request: ManyRequest): ManyTask {
    const isRead = request.kind === 'read' || request.kind === 'count';
    return isRead
      ? new ManyRead(this.#sequences, request)
      : new ManyWrite(this.#sequences, request);
  }

  /** Has the names that are lent brought back; whether there are any. */
  #recall(): boolean {
    let isLent = false;
    for (const hold of this.#holds.all()) {
      if (!this.covers(hold.table, hold.ref)) continue;
      this.#holds.recall(hold, this);
      isLent = true;
    }
    return isLent;
  }

  /** The reply that is thrown ends the command. */
  #guarded<T>(task: ManyTask, act: (task: ManyTask) => T): T | undefined {
    try {
      return act(task);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      task.request.refusal = error.message;
      this.#end(task);
      return undefined;
    }
  }

  #end(task: ManyTask): void {
    this.#task = undefined;
    this.#sequences.underWay = 'nothing';
    this.#answer(task);
    this.#schedule();
  }

  #answer(task: ManyTask): void {
    const { request } = task;
    if (request.isForgotten) return;
    const { sink, tag, refusal } = request;
    sink.open();
    this.onDone(request, this.#busyMs, task.hits);
    const isRefused = refusal !== '';
    const pieces = isRefused ? refused(refusal) : task.reply();
    this.replies.send(sink, tag, isRefused ? 0 : task.waitLsn, pieces);
    sink.flush();
  }
}

function* refused(text: string): Generator<Buffer> {
  yield Buffer.from(`-${text}\r\n`, 'latin1');
}
