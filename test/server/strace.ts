import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './start.js';

const DETACHED_WITHIN_MS = 2000;

/** Where the CI runs, a missing strace is a failure. */
export function mayTrace(): boolean {
  return process.env.CI !== undefined || canTrace();
}

/** Whether strace is there and may attach to a process of ours. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true']).status === 0;
}

/** An strace that watches running processes, or makes some of their system calls fail or late. */
export class Tracer {
  readonly #process: ChildProcess;
  readonly #file: string;

  private constructor(process: ChildProcess, file: string) {
    this.#process = process;
    this.#file = file;
  }

  /** Resolves when every thread of the processes is traced. */
  static async attach(pids: readonly number[], ...options: readonly string[]): Promise<Tracer> {
    const file = join(temporaryDirectory(), 'trace');
    const targets = pids.flatMap((pid) => ['-p', String(pid)]);
    const child = spawn('strace', ['-f', '-ttt', '-o', file, ...options, ...targets], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const end = once(child, 'exit').then(() => {
      throw new Error(`strace ended: ${text}`);
    });
    // Also when it ends later, which is then no error.
    end.catch(() => {});
    const isAttached = () => text.split(' attached').length > pids.length;
    while (!isAttached()) await Promise.race([once(child.stderr, 'data'), end]);
    return new Tracer(child, file);
  }

  /** Makes these system calls of running processes do what strace's `inject` says, say `error=EIO`, until it is detached. */
  static inject(pids: readonly number[], calls: string, effect: string): Promise<Tracer> {
    return Tracer.attach(pids, '-e', `trace=${calls}`, '-e', `inject=${calls}:${effect}`);
  }

  /** What was traced so far. */
  get text(): string {
    return readFileSync(this.#file, 'latin1');
  }

  /** The lines that were traced; the processes go on untouched. */
  async detach(): Promise<string[]> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGINT');
      // One whose processes were killed under its hands may wait for them for ever.
      const force = setTimeout(() => this.#process.kill('SIGKILL'), DETACHED_WITHIN_MS);
      await exit;
      clearTimeout(force);
    }
    return this.text.split('\n');
  }
}

export interface Call {
  readonly pid: number;
  readonly name: string;
  /** Everything behind the opening parenthesis, the result included. */
  readonly text: string;
  /** Places in the trace. */
  readonly began: number;
  readonly ended: number;
}

/** The completed calls of a trace, in the order in which they began. */
export function callsOf(lines: readonly string[]): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, { name: string; text: string; began: number }>();
  lines.forEach((line, at) => {
    const resumed = /^(\d+) +[\d.]+ <\.\.\. (\w+) resumed>(.*)$/.exec(line);
    if (resumed !== null) {
      const [, pid = '', name = '', rest = ''] = resumed;
      const start = open.get(pid);
      open.delete(pid);
      if (start?.name !== name) return;
      calls.push({ ...start, pid: Number(pid), text: start.text + rest, ended: at });
      return;
    }
    const started = /^(\d+) +[\d.]+ (\w+)\((.*)$/.exec(line);
    if (started === null) return;
    const [, pid = '', name = '', text = ''] = started;
    if (text.endsWith('<unfinished ...>'))
      open.set(pid, { name, text: text.slice(0, -16), began: at });
    else calls.push({ pid: Number(pid), name, text, began: at, ended: at });
  });
  return calls.sort((a, b) => a.began - b.began);
}
