import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

const groups = new Set<Group>();

/** What all groups have started. */
export function killGroups(): void {
  for (const group of groups) group.kill();
}

/** A program of Node that runs in a copy of the project, and all that it starts, servers and their children included. */
export class Group {
  /** Resolves with the exit code, null after a signal, when the program is gone and its output has ended. Nothing of it lives then. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  /** `heard` gets what it writes, to either stream. */
  constructor(
    root: string,
    temporary: string,
    parameters: readonly string[],
    heard: (text: string) => void,
  ) {
    const child = spawn(process.execPath, parameters, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    this.#child = child;
    groups.add(this);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', heard);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      // Not `close`: a server that outlived the program may hold the pipes until it is killed.
      child.once('exit', (status) => {
        this.kill();
        groups.delete(this);
        if (child.stdout.closed && child.stderr.closed) resolve(status);
        else child.once('close', () => resolve(status));
      });
    });
  }

  kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Nobody of it is left.
    }
  }
}
