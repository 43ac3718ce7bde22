import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { CHILD_PIPE } from './child.js';

/**
 * What children hold little of lives short: a small young generation, and glibc told to give large buffers back to the system
 * when they are freed. After a burst of new sequences that is 20 MB less in the writer and 30 MB less in a worker; after 2,000
 * clients that left 40 kB of a request each, 90 MB less in a worker than with a threshold of 64 kB.
 */
const WORKER_FLAGS = ['--max-semi-space-size=4'];
const WRITER_FLAGS = ['--max-semi-space-size=1'];
const FRUGAL = { MALLOC_MMAP_THRESHOLD_: '16384' };

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
    cluster.setupPrimary({
      exec: this.#program,
      args: [],
      execArgv: [...process.execArgv, ...WORKER_FLAGS],
      stdio: this.#stdio,
      silent: false,
    });
    const environment = { SEQUEMENT_ROLE: 'worker', SEQUEMENT_WORKER: String(number) };
    const worker = cluster.fork({ ...FRUGAL, ...environment });
    // It repeats what the process emits, which whoever supervises the process hears.
    worker.on('error', () => {});
    return worker.process;
  }

  writer(): ChildProcess {
    return fork(this.#program, [], {
      stdio: this.#stdio,
      execArgv: [...process.execArgv, ...WRITER_FLAGS],
      env: { ...process.env, ...FRUGAL, SEQUEMENT_ROLE: 'writer' },
    });
  }
}
