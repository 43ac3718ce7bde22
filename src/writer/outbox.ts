import type { Writable } from 'node:stream';
import { FrameWriter } from '../protocol/frame.js';
import { type LogReport, writeLogReport } from '../protocol/log-message.js';
import { MessageType } from '../protocol/message.js';

/** Small records are joined to frames of about this size: a write to the pipe costs more than copying them. */
const FRAME_SIZE = 256 << 10;

/** The writer's end of the pipe to the master. */
export class Outbox {
  readonly #pipe: Writable;
  readonly #report = new FrameWriter();
  /** One is filled while the other one is on its way. */
  #filling = new FrameWriter(FRAME_SIZE * 2);
  #sending = new FrameWriter(FRAME_SIZE * 2);
  #sent: Promise<void> = Promise.resolve();

  constructor(pipe: Writable) {
    this.#pipe = pipe;
  }

  send(report: LogReport): void {
    writeLogReport(this.#report, report);
    this.#pipe.write(this.#report.take());
  }

  /** Copies them to the frame that is being filled. A promise says that the pipe is full: wait for it. */
  entries(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    const frame = this.#filling;
    if (!frame.isOpen()) frame.begin(MessageType.entries);
    frame.copy(bytes, start, end);
    return frame.length < FRAME_SIZE ? undefined : this.#sendFrame();
  }

  /** Resolves when all entries were handed to the pipe. */
  async flushEntries(): Promise<void> {
    if (this.#filling.isOpen()) await this.#sendFrame();
    await this.#sent;
  }

  async #sendFrame(): Promise<void> {
    const frame = this.#filling;
    frame.end();
    await this.#sent;
    this.#filling = this.#sending;
    this.#filling.reset();
    this.#sending = frame;
    this.#sent = new Promise((resolve) => {
      this.#pipe.write(frame.view(), () => resolve());
    });
  }

  /** Resolves when the operating system has everything. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#pipe.end(() => resolve());
    });
  }
}
