import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { CHILD_PIPE } from './child.js';

/** The writer's garbage is short-lived buffers; without this it keeps 20 MB more than it needs. */
const FRUGAL = ['--max-semi-space-size=1'];

/**
 * Starts children: this program again, in another role.
 *
 *     descriptor   0        1, 2        3     4       5
 *                  ignored  inherited   IPC   pipe    the directory's lock (rule 5: all hold it)
 */
export class Processes {
  readonly #program: string;
  readonly #stdio: ('ignore' | 'inherit' | 'ipc' | 'pipe' | number)[];

  constructor(program: string, lock: number) {
    this.#program = program;
    this.#stdio = ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', lock];
    if (this.#stdio[CHILD_PIPE] !== 'pipe')
      throw new Error('the pipe is not where children look for it');
  }

  worker(number: number): ChildProcess {
    cluster.setupPrimary({ exec: this.#program, args: [], stdio: this.#stdio, silent: false });
    return cluster.fork({ SEQUEMENT_ROLE: 'worker', SEQUEMENT_WORKER: String(number) }).process;
  }

  writer(): ChildProcess {
    return fork(this.#program, [], {
      stdio: this.#stdio,
      execArgv: [...process.execArgv, ...FRUGAL],
      env: { ...process.env, SEQUEMENT_ROLE: 'writer' },
    });
  }
}
