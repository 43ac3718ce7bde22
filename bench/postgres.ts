import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BenchFailure, reasonOf } from './failure.js';
import type { LoadResult } from './load.js';
import type { RateTarget } from './rates.js';
import type { Server } from './server.js';
import type { ServerSpec, User } from './server-spec.js';
import type { Shape } from './shapes.js';
import { median } from './statistics.js';
import type { Workspace } from './workspace.js';

const execute = promisify(execFile);
const READY_WITHIN_MS = 30_000;
const MOST_CLIENTS = 600;
const LOGIN = ['-h', '127.0.0.1', '-U', 'postgres'];

/** Starts PostgreSQL with its defaults, which sync every commit, and one sequence that pgbench takes numbers from. */
export async function startPostgres(
  workspace: Workspace,
  signal: AbortSignal,
): Promise<RateTarget> {
  const user = postgresUser();
  const spec: ServerSpec = {
    name: 'postgres',
    command: [
      ...['postgres', '-D', '{dir}', '-p', '{port}', '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories=', '-c', `max_connections=${MOST_CLIENTS}`],
    ],
    cleanStop: 'SIGINT',
    probe: ['psql', ...LOGIN, '-p', '{port}', '-c', 'SELECT 1'],
    ...(user !== undefined && { user }),
  };
  const dir = workspace.dataDirectory(spec);
  if (user !== undefined) {
    chmodSync(workspace.dir, 0o711);
    chownSync(dir, user.uid, user.gid);
  }
  const init = ['-D', dir, '-A', 'trust', '-U', 'postgres', '--locale', 'C', '--no-sync'];
  await execute('initdb', init, { ...user, signal });
  const server = await workspace.launch(spec);
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  const create = ['-p', String(server.port), '-c', 'CREATE SEQUENCE bench'];
  await execute('psql', [...LOGIN, ...create], { signal });
  return {
    name: 'postgres',
    pid: server.pid,
    load: (shape, requests, abort) => runPgbench(workspace, server, shape, requests, abort),
    assertAlive: () => server.assertAlive(),
  };
}

/** PostgreSQL does not run as root: there it gets the user that its package makes. */
function postgresUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    throw new BenchFailure('PostgreSQL does not run as root, and there is no user postgres.');
  }
}

/** One run of pgbench: a pipeline is one transaction of as many statements, prepared beforehand. */
async function runPgbench(
  workspace: Workspace,
  server: Server,
  { clients, pipeline }: Shape,
  requests: number,
  signal: AbortSignal,
): Promise<LoadResult> {
  const script = join(workspace.dir, 'nextval.sql');
  const take = "SELECT nextval('bench');\n";
  writeFileSync(
    script,
    pipeline === 1 ? take : `\\startpipeline\n${take.repeat(pipeline)}\\endpipeline\n`,
  );
  const transactions = Math.max(1, Math.round(requests / (clients * pipeline)));
  const threads = Math.min(clients, availableParallelism());
  const log = join(workspace.dir, 'pgbench');
  const args = [...LOGIN, '-p', String(server.port), '-n', '-M', 'prepared', '-f', script];
  args.push('-c', String(clients), '-j', String(threads), '-t', String(transactions));
  args.push('-l', '--log-prefix', log, 'postgres');
  try {
    const { stdout } = await execute('pgbench', args, { signal, timeout: 120_000 });
    const tps = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
    if (!(tps > 0)) throw new Error(`no rate in ${stdout}`);
    return { rate: tps * pipeline, ...latenciesIn(workspace.dir) };
  } catch (error) {
    signal.throwIfAborted();
    throw new BenchFailure(`pgbench ${args.join(' ')} failed: ${reasonOf(error)}`);
  }
}

/** Reads pgbench's logs, one line a transaction whose third word is its time in microseconds, and removes them. */
function latenciesIn(dir: string): Omit<LoadResult, 'rate'> {
  const times: number[] = [];
  for (const name of readdirSync(dir).filter((each) => each.startsWith('pgbench.'))) {
    const path = join(dir, name);
    for (const line of readFileSync(path, 'latin1').split('\n')) {
      const micros = Number(line.split(' ')[2]);
      if (Number.isFinite(micros)) times.push(micros / 1000);
    }
    rmSync(path);
  }
  times.sort((a, b) => a - b);
  const sum = times.reduce((total, ms) => total + ms, 0);
  return {
    averageMs: sum / times.length,
    p50Ms: median(times),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
  };
}
