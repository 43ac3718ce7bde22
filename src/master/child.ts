import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { type FrameHandler, FrameReader, FrameWriter } from '../protocol/frame.js';
import { MessageType } from '../protocol/message.js';
import { takeOver } from '../transport/shared-read.js';

/** Where the pipe is among a child's descriptors. */
export const CHILD_PIPE = 4;

/** Unsent bytes on a pipe from which on bulk data waits. */
const CONGESTED = 4 << 20;

export interface ChildHandlers {
  /** A frame came that is not an answer to a ping. */
  onFrame: FrameHandler;
  /** All frames of one read have been handed out. */
  onTurn(): void;
  onExit(how: string): void;
}

/**
 * A worker or the writer as the master sees it: its process, its pipe, and whether it still answers.
 *
 * Invariant (rule 5): `onExit` is called once, after the process has ended and everything it had written was read.
 */
export class Child {
  readonly role: string;
  readonly startedAtMs = performance.now();
  readonly #process: ChildProcess;
  readonly #pipe: Socket;
  readonly #out = new FrameWriter();
  readonly #whenDrained: (() => void)[] = [];
  #unanswered = 0;
  /** It has sent something: it is no longer starting. */
  hasStarted = false;
  #exit: string | undefined;
  #isPipeClosed = false;

  constructor(role: string, process: ChildProcess, handlers: ChildHandlers) {
    this.role = role;
    this.#process = process;
    const frames = new FrameReader((type, bytes, start, end) => {
      this.hasStarted = true;
      if (type === MessageType.pong) this.#unanswered = 0;
      else handlers.onFrame(type, bytes, start, end);
    });
    this.#pipe = takeOver(pipeOf(process), (chunk) => {
      frames.push(chunk);
      handlers.onTurn();
    });
    this.#pipe.resume();
    this.#pipe.on('drain', () => {
      for (const next of this.#whenDrained.splice(0)) next();
    });
    // A broken pipe is the child's end, which `exit` tells.
    this.#pipe.on('error', () => this.#pipe.destroy());
    this.#pipe.on('close', () => {
      this.#isPipeClosed = true;
      this.#ended(handlers);
    });
    process.on('error', (error) => {
      this.#exit = error.message;
      if (process.pid === undefined) this.#pipe.destroy();
    });
    process.on('exit', (code, signal) => {
      this.#exit = signal === null ? `exit status ${code}` : signal;
      this.#ended(handlers);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get process(): ChildProcess {
    return this.#process;
  }

  get isGone(): boolean {
    return this.#exit !== undefined;
  }

  /** Sends complete frames; the bytes must not change afterwards unless the result is true. */
  write(bytes: Buffer): boolean {
    if (this.#pipe.destroyed || !this.#pipe.writable) return true;
    this.#pipe.write(bytes);
    return this.#pipe.writableLength === 0;
  }

  /** Sends the frame that `fill` writes. */
  send(fill: (out: FrameWriter) => void): void {
    fill(this.#out);
    if (this.write(this.#out.view())) this.#out.reset();
    else this.#out.abandon();
  }

  /** Calls back, never at once, when bulk data may be written. */
  whenReady(next: () => void): void {
    if (this.#pipe.writableLength < CONGESTED) setImmediate(next);
    else this.#whenDrained.push(next);
  }

  /** Asks for a sign of life; how many before this have not been answered. */
  ping(): number {
    this.send((out) => {
      out.begin(MessageType.ping);
      out.end();
    });
    return this.#unanswered++;
  }

  /** The master itself was held up: silence until now means nothing. */
  excuse(): void {
    this.#unanswered = 0;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #ended(handlers: ChildHandlers): void {
    if (this.#exit === undefined || !this.#isPipeClosed) return;
    handlers.onExit(this.#exit);
  }
}

/** A process that could not be started, since descriptors have run out, has no pipe: it gets one that is closed. */
function pipeOf(process: ChildProcess): Socket {
  const stdio: ChildProcess['stdio'] | undefined = process.stdio;
  const pipe = stdio?.[CHILD_PIPE] as Socket | null | undefined;
  return pipe ?? new Socket().destroy();
}
