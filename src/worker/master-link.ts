import type { Socket } from 'node:net';
import {
  readOrder,
  type WorkerOrder,
  type WorkerReport,
  writeReport,
} from '../protocol/control-message.js';
import { FrameReader, FrameWriter } from '../protocol/frame.js';
import { MessageType } from '../protocol/message.js';
import { openPipe, type Pipe } from '../transport/shared-read.js';
import type { Answers } from './answers.js';
import type { Combiner } from './combiner.js';

/** Frames at the master at once; the combiner keeps as many until they are answered. */
const FRAMES = 2;

/**
 * The worker's end of its pipe to the master. Two frames at most are there at a time; what comes meanwhile goes out together
 * with the next, right when the answer is here (the master answers each frame at once, whatever in it waits for the
 * disk). With 50 clients and no pipelining that is a third of the frames, and of the two processes' system calls.
 */
export class MasterLink {
  readonly #pipe: Socket;
  readonly #combiner: Combiner;
  readonly #control = new FrameWriter();
  #isScheduled = false;
  /** Frames at the master. */
  #awaited = 0;

  constructor(
    pipe: Pipe,
    combiner: Combiner,
    answers: Answers,
    onOrder: (order: WorkerOrder) => void,
    onTurn: () => void,
    onLost: () => void,
  ) {
    this.#combiner = combiner;
    const frames = new FrameReader((type, bytes, start, end) => {
      if (type === MessageType.replies) {
        this.#awaited--;
        answers.receive(bytes, start, end);
      } else if (type === MessageType.lateReplies) answers.receive(bytes, start, end);
      else if (type === MessageType.ping) this.#pong();
      else if (type === MessageType.order) onOrder(readOrder(bytes, start, end));
      else throw new Error(`the master sent a message of type ${type}`);
    });
    this.#pipe = openPipe(pipe, (chunk) => {
      frames.push(chunk);
      onTurn();
      if (!this.#isScheduled) this.#send();
    });
    this.#pipe.on('end', onLost);
    this.#pipe.on('error', onLost);
    this.#pipe.resume();
  }

  /** Something was added to the frame: it goes out when every socket that is ready has been read. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  report(report: WorkerReport): void {
    writeReport(this.#control, report);
    this.#pipe.write(this.#control.take());
  }

  #pong(): void {
    this.#control.begin(MessageType.pong);
    this.#control.end();
    this.#pipe.write(this.#control.take());
  }

  #send(): void {
    if (this.#awaited === FRAMES || this.#combiner.isEmpty) return;
    this.#awaited++;
    this.#pipe.write(this.#combiner.end());
  }
}
