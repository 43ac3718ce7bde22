import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, on a port of 127.0.0.1, that has answered a PING. */
export interface StartedServer {
  readonly port: number;
  readonly pid: number;
  /** Its data; removed when the test process exits, so that another server may be started on it before. */
  readonly dir: string;
  readonly process: ChildProcess;
  /** What it has written to standard error so far. */
  readonly stderr: string;
  readonly stdout: string;
  /** Ends it with SIGTERM, after 20 s with SIGKILL; resolves with the exit code (null after a signal). */
  stop(): Promise<number | null>;
  /** Ends it at once, by default with SIGKILL; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface StartOptions {
  /** Default: a new temporary one. */
  readonly dir?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** A file of configuration, given first. */
  readonly configFile?: string;
  /** Further arguments, say `['--requirepass', 'secret']`. */
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A busy machine starts a server in ten seconds and more. */
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;
const PORT_TRIES = 5;
const BIN = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url));

const running = new Set<ChildProcess>();
const directories = new Set<string>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const dir of directories) rmSync(dir, { recursive: true, force: true });
});

/** Starts the compiled server (`dist/bin.js`). Rejects with its output when it does not come up. */
export function startSequement(options: StartOptions = {}): Promise<StartedServer> {
  return start(options, (port, dir) => ({
    command: process.execPath,
    arguments: [
      ...[BIN, ...fileOf(options), '--port', String(port), '--dir', dir],
      ...(options.arguments ?? []),
    ],
  }));
}

/** Starts the redis-server on the PATH, without persistence. */
export function startRedis(options: StartOptions = {}): Promise<StartedServer> {
  return start(options, (port, dir) => ({
    command: 'redis-server',
    arguments: [
      ...fileOf(options),
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...(options.arguments ?? []),
    ],
  }));
}

export function isSequementBuilt(): boolean {
  return existsSync(BIN);
}

export function isRedisInstalled(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** A directory that is removed when the test process exits. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sequement-test-'));
  directories.add(dir);
  return dir;
}

function fileOf({ configFile }: StartOptions): string[] {
  return configFile === undefined ? [] : [configFile];
}

interface Invocation {
  readonly command: string;
  readonly arguments: readonly string[];
}

async function start(
  options: StartOptions,
  invocation: (port: number, dir: string) => Invocation,
): Promise<StartedServer> {
  const dir = options.dir ?? temporaryDirectory();
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const server = launch(port, dir, invocation(port, dir), options.environment ?? {});
    const problem = await untilReady(server);
    if (problem === undefined) return server;
    await server.kill();
    // Between our asking for a free port and the server's taking it, another test may have got it.
    const isPortLost = /EADDRINUSE|already in use/i.test(server.stderr + server.stdout);
    if (options.port !== undefined || !isPortLost || tries === PORT_TRIES) {
      throw new Error(`${problem}\n${server.stdout}${server.stderr}`);
    }
  }
}

function launch(
  port: number,
  dir: string,
  invocation: Invocation,
  environment: Readonly<Record<string, string>>,
): StartedServer {
  const child = spawn(invocation.command, invocation.arguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.once('error', (error) => {
    output.stderr += error.message;
  });
  const gone = new Promise<void>((resolve) => {
    const forget = () => {
      running.delete(child);
      resolve();
    };
    child.once('close', forget);
    child.once('error', forget);
  });
  return {
    port,
    dir,
    pid: child.pid ?? -1,
    process: child,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(force);
      return child.exitCode;
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await gone;
    },
  };
}

/** Undefined when it answers, else what went wrong. */
async function untilReady(server: StartedServer): Promise<string | undefined> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (server.process.exitCode !== null || server.process.signalCode !== null) {
      return `the server exited with ${server.process.exitCode ?? server.process.signalCode}`;
    }
    if (!running.has(server.process)) return 'the server could not be started';
    const answer = await ping(server.port);
    if (answer !== undefined && isReady(answer, server)) return undefined;
    if (Date.now() > deadline) return `no answer on port ${server.port} in ${READY_WITHIN_MS} ms`;
    await pause(pauseMs);
  }
}

/** A server with a password refuses before it says that it is loading; then its messages tell. */
function isReady(answer: string, server: StartedServer): boolean {
  if (answer.startsWith('-NOAUTH')) return /loaded in|Ready to accept/.test(server.stdout);
  return !answer.startsWith('-LOADING');
}

async function ping(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(2_000, () => socket.destroy());
  try {
    // A machine that is busy for longer than the time-out closes it before it is connected.
    await Promise.race([once(socket, 'connect'), closed(socket)]);
    if (socket.destroyed) return undefined;
    socket.write('PING\r\n');
    const [answer] = (await Promise.race([once(socket, 'data'), closed(socket)])) as [Buffer?];
    return answer?.toString('latin1');
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

async function closed(socket: Socket): Promise<[]> {
  await once(socket, 'close');
  return [];
}

/** Free until somebody else takes it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server.close();
  await once(server, 'close');
  return address.port;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
