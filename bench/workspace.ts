import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchFailure, reasonOf, Stopped } from './failure.js';
import { Server } from './server.js';
import type { ServerSpec } from './server-spec.js';

/** Types that statfs(2) gives for file systems in memory: tmpfs and ramfs. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** What the benchmark leaves behind while it runs: a temporary directory and servers. Both go away with it. */
export class Workspace {
  readonly dir: string;
  readonly #servers = new Set<Server>();

  /** Below `dir`, which must be on a disk; without it, below the first usual place that is. */
  static create(dir: string | undefined): Workspace {
    if (dir !== undefined && isInMemory(dir)) {
      throw new BenchFailure(
        `${dir} is in memory, where a disk sync costs nothing: choose a disk.`,
      );
    }
    const base = dir ?? [tmpdir(), '/var/tmp', process.cwd()].find((place) => !isInMemory(place));
    if (base === undefined) throw new BenchFailure('Name a directory on a disk with --dir.');
    try {
      return new Workspace(mkdtempSync(join(base, 'sequement-bench-')));
    } catch (error) {
      throw new BenchFailure(`No temporary directory below ${base}: ${reasonOf(error)}`);
    }
  }

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** The data directory of a server; it is there after the call. */
  dataDirectory(spec: ServerSpec): string {
    const dir = join(this.dir, spec.name);
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  /** Starts a server on its data directory, which may hold what an earlier one left. */
  async launch(spec: ServerSpec): Promise<Server> {
    const server = await Server.launch(spec, this.dataDirectory(spec));
    this.#servers.add(server);
    return server;
  }

  /** Removes the data of a server that has ended. */
  empty(spec: ServerSpec): void {
    rmSync(join(this.dir, spec.name), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ends every server and removes the directory. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.end()));
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  /** The same at once, for when this process is about to exit. */
  disposeNow(): void {
    for (const server of this.#servers) server.kill();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Runs `work`; whatever ends it, be it an error or Ctrl-C, no server and no file is left. */
export async function inWorkspace<T>(
  dir: string | undefined,
  work: (workspace: Workspace, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  const workspace = Workspace.create(dir);
  const lastMoment = () => workspace.disposeNow();
  process.on('exit', lastMoment);
  try {
    return await work(workspace, stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? new Stopped() : error;
  } finally {
    await workspace.dispose();
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, abort);
    process.off('exit', lastMoment);
  }
}

function isInMemory(dir: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(dir).type);
  } catch {
    // It is not there: whoever wants to use it will say so.
    return false;
  }
}
