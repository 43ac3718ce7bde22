import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BenchFailure, reasonOf } from './failure.js';
import { isRunning, type ProcessIdentity, treeOf } from './process-tree.js';
import { ReplyConnection } from './reply-connection.js';
import type { ServerName, ServerSpec } from './server-spec.js';

const execute = promisify(execFile);
const OUTPUT_KEPT = 4096;
const POLL_MS = 5;
const END_POLITELY_MS = 1000;

/** When a start counts as done: PING answers, and DBSIZE tells `keys` if that is given. */
export interface Readiness {
  readonly keys?: number;
  readonly deadlineMs: number;
}

/** A running server process, on a loopback port of its own. */
export class Server {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  readonly #spec: ServerSpec;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';

  /** Starts the process without waiting until it serves: `ready` does that. */
  static async launch(spec: ServerSpec, dir: string): Promise<Server> {
    const port = await freePort();
    const words = spec.command.map((word) =>
      word.replaceAll('{port}', String(port)).replaceAll('{dir}', dir),
    );
    const [file = '', ...args] = words;
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...spec.environment },
      ...spec.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new BenchFailure(`${spec.name}: ${error.message}`)));
    });
    if (child.pid === undefined) throw new BenchFailure(`${spec.name} has no process id.`);
    return new Server(spec, port, child, child.pid);
  }

  private constructor(spec: ServerSpec, port: number, child: ChildProcess, pid: number) {
    this.name = spec.name;
    this.port = port;
    this.pid = pid;
    this.#spec = spec;
    this.#child = child;
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('latin1')).slice(-OUTPUT_KEPT);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Returns once the server serves; fails with its output when it ends before, or takes too long. */
  async ready(readiness: Readiness, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + readiness.deadlineMs;
    for (;;) {
      const answer = await this.#isReady(readiness).catch(reasonOf);
      if (answer === true) return;
      signal.throwIfAborted();
      this.assertAlive();
      if (performance.now() > deadline) throw this.#failure(`is not ready (${answer})`);
      await sleep(POLL_MS);
    }
  }

  assertAlive(): void {
    if (this.#hasEnded()) throw this.#failure('has ended');
  }

  /** The clean stop. Returns when the process is gone; fails when that takes longer than the deadline. */
  async stopCleanly(deadlineMs: number, signal: AbortSignal): Promise<void> {
    if (this.#spec.cleanStop !== 'SHUTDOWN SAVE') {
      this.#child.kill(this.#spec.cleanStop);
    } else {
      const connection = await ReplyConnection.open(this.port, deadlineMs);
      const hangUp = () => connection.close();
      signal.addEventListener('abort', hangUp);
      // A Redis that can save answers by closing the connection.
      const answer = await connection.ask('SHUTDOWN', 'SAVE').catch(() => undefined);
      signal.removeEventListener('abort', hangUp);
      hangUp();
      if (answer !== undefined) throw this.#failure(`refused to stop (${answer})`);
    }
    if (await this.#endsWithin(deadlineMs, signal)) return;
    signal.throwIfAborted();
    throw this.#failure('does not stop');
  }

  /** Ends the process and everything below it, politely for a second, then by force. Never fails. */
  async end(): Promise<void> {
    if (this.#hasEnded()) return;
    const tree = treeOf(this.pid);
    this.#child.kill(this.#spec.cleanStop === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    await this.#endsWithin(END_POLITELY_MS);
    for (let waited = 0; waited < END_POLITELY_MS && tree.some(isRunning); waited += POLL_MS) {
      await sleep(POLL_MS);
    }
    killAll(tree);
    await this.#endsWithin(END_POLITELY_MS);
  }

  /** Ends everything at once, for the last moment of this process. */
  kill(): void {
    if (!this.#hasEnded()) killAll(treeOf(this.pid));
  }

  async #isReady(readiness: Readiness): Promise<true | string> {
    if (this.#spec.probe !== undefined) {
      const [file = '', ...args] = this.#spec.probe;
      await execute(
        file,
        args.map((word) => word.replaceAll('{port}', String(this.port))),
      );
      return true;
    }
    const connection = await ReplyConnection.open(this.port);
    try {
      const pong = await connection.ask('PING');
      if (pong !== 'PONG') return `PING answers ${pong}`;
      if (readiness.keys === undefined) return true;
      const keys = await connection.ask('DBSIZE');
      return keys === readiness.keys ? true : `DBSIZE is ${keys}, not ${readiness.keys}`;
    } finally {
      connection.close();
    }
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #endsWithin(ms: number, signal?: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const giveUp = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
    const tooLate = sleep(ms, false, { signal: giveUp }).catch(() => false);
    const ended = this.#ended.then(() => true);
    return Promise.race([ended, tooLate]).finally(() => done.abort());
  }

  #failure(what: string): BenchFailure {
    const output = this.#output.trim();
    return new BenchFailure(
      `The server '${this.name}' ${what}.${output === '' ? '' : ` Its output:\n${output}`}`,
    );
  }
}

function killAll(processes: readonly ProcessIdentity[]): void {
  for (const { pid } of processes.filter(isRunning)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
