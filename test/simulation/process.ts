import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { CHILD_PIPE } from '#dist/master/child.js';
import { SimulatedSocket } from './socket.js';
import type { Host, World } from './world.js';

const PIPE_MS = 0.05;

/** The machine's side of a child: what its death means, and what comes with a connection that it is passed. */
export interface ChildSide {
  kill(): void;
  /** A connection has been handed to the kernel for the child; null when the master's copy is all there is. */
  pass(passed: unknown): void;
}

/** A child process as its parent sees it: as much of a ChildProcess as the master uses. */
export class SimulatedProcess extends EventEmitter {
  readonly #world: World;
  readonly #parent: Host;
  readonly #side: ChildSide;
  readonly host: Host;
  readonly pid: number;
  readonly stdio: (SimulatedSocket | null)[] = [null, null, null, null, null];
  exitCode: number | null = null;
  signalCode: string | null = null;
  /** The child's own end of the pipe. */
  readonly pipe: SimulatedSocket;

  constructor(world: World, parent: Host, host: Host, pid: number, side: ChildSide) {
    super();
    this.#world = world;
    this.#parent = parent;
    this.#side = side;
    this.host = host;
    this.pid = pid;
    const [ours, theirs] = SimulatedSocket.pair(world, parent, host, false, PIPE_MS);
    this.stdio[CHILD_PIPE] = ours;
    this.pipe = theirs;
  }

  get asChildProcess(): ChildProcess {
    return this as unknown as ChildProcess;
  }

  /** Only SIGKILL is ever sent. */
  kill(): boolean {
    const { outside } = this.#world;
    this.#world.schedule(outside, this.#world.delay(0.1), () => this.#side.kill());
    return true;
  }

  send(
    _message: unknown,
    passed: unknown,
    _options: unknown,
    callback: (error: Error | null) => void,
  ): boolean {
    this.#world.schedule(this.#parent, this.#world.delay(0.05), () => {
      if (this.host.state === 'dead') {
        callback(new Error('write EPIPE'));
        return;
      }
      this.#side.pass(passed);
      callback(null);
    });
    return true;
  }

  /** The process has ended; its parent learns of it in a while. */
  ended(exitCode: number | null): void {
    this.#world.schedule(this.#parent, this.#world.delay(0.1), () => {
      this.exitCode = exitCode;
      this.signalCode = exitCode === null ? 'SIGKILL' : null;
      this.emit('exit', this.exitCode, this.signalCode);
    });
  }
}
