import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { BenchFailure } from './failure.js';

/** `none` and `always` are Redis: without persistence, and with a disk sync before every reply. */
export const SERVER_NAMES = ['none', 'always', 'sequement'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** How a server is started and ended. */
export interface ServerSpec {
  readonly name: ServerName;
  /** `{port}` and `{dir}` stand for what the server gets. */
  readonly command: readonly string[];
  /** The clean stop that writes everything down. */
  readonly cleanStop: 'SIGTERM' | 'SHUTDOWN SAVE';
}

export interface SequementOptions {
  readonly workers?: number;
  /** Stands in for the built Sequement: another build, or another server. */
  readonly command?: string;
}

const BUILT = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

export function specOf(name: ServerName, sequement: SequementOptions): ServerSpec {
  switch (name) {
    case 'none':
      return redis(name, ['--save', '', '--appendonly', 'no']);
    case 'always':
      return redis(name, ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always']);
    case 'sequement':
      return { name, command: sequementCommand(sequement), cleanStop: 'SIGTERM' };
  }
}

/** The same server on a slower disk: strace makes every sync last so much longer, and stops at no other system call. */
export function withSlowSync(spec: ServerSpec, delayMs: number): ServerSpec {
  const calls = 'fsync,fdatasync';
  const delay = `inject=${calls}:delay_exit=${Math.round(delayMs * 1000)}`;
  const tracer = ['strace', '-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null'];
  return {
    ...spec,
    command: [...tracer, '-e', `trace=${calls}`, '-e', delay, ...spec.command],
  };
}

/** Reads `none,sequement`. Throws commander's error for any other word. */
export function parseServers(text: string): ServerName[] {
  const words = text.split(',');
  const known = SERVER_NAMES.filter((name) => words.includes(name));
  if (known.length !== words.length) {
    throw new InvalidArgumentError(`Choose from ${SERVER_NAMES.join(',')}, each once.`);
  }
  return known;
}

function redis(name: ServerName, persistence: readonly string[]): ServerSpec {
  const place = ['--bind', '127.0.0.1', '--port', '{port}', '--dir', '{dir}'];
  return {
    name,
    command: ['redis-server', ...place, ...persistence],
    cleanStop: 'SHUTDOWN SAVE',
  };
}

function sequementCommand(options: SequementOptions): string[] {
  if (options.command !== undefined) return options.command.split(' ');
  if (!existsSync(BUILT)) throw new BenchFailure(`${BUILT} is missing: run npm run build first.`);
  const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)];
  return [process.execPath, BUILT, '--port', '{port}', '--dir', '{dir}', ...workers];
}
