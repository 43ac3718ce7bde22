import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { BenchFailure } from './failure.js';

/**
 * `none` and `always` are Redis: without persistence, and with a disk sync before every reply; the same of Valkey. `postgres`
 * takes numbers by `nextval`.
 */
export const SERVER_NAMES = [
  'none',
  'always',
  'valkey',
  'valkey-always',
  'postgres',
  'sequement',
] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** The programs that a server needs. */
export const PROGRAMS: Readonly<Record<ServerName, readonly string[]>> = {
  none: ['redis-server'],
  always: ['redis-server'],
  valkey: ['valkey-server'],
  'valkey-always': ['valkey-server'],
  postgres: ['postgres', 'initdb', 'psql', 'pgbench'],
  sequement: [],
};

/** Those of the servers whose programs are on the PATH. */
export function installedOf(names: readonly ServerName[]): ServerName[] {
  return names.filter((name) => PROGRAMS[name].every(isOnPath));
}

function isOnPath(program: string): boolean {
  const places = (process.env.PATH ?? '').split(delimiter);
  return places.some((place) => existsSync(join(place, program)));
}

/** How a server is started and ended. */
export interface ServerSpec {
  readonly name: ServerName;
  /** `{port}` and `{dir}` stand for what the server gets. */
  readonly command: readonly string[];
  /** The clean stop that writes everything down. */
  readonly cleanStop: 'SIGTERM' | 'SIGINT' | 'SHUTDOWN SAVE';
  /** A program that succeeds once the server serves; without one it is asked by PING. */
  readonly probe?: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whose the process is to be. */
  readonly user?: User;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
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
      return redis(name, 'redis-server', NO_PERSISTENCE);
    case 'always':
      return redis(name, 'redis-server', SYNC_ALWAYS);
    case 'valkey':
      return redis(name, 'valkey-server', NO_PERSISTENCE);
    case 'valkey-always':
      return redis(name, 'valkey-server', SYNC_ALWAYS);
    case 'postgres':
      throw new BenchFailure('PostgreSQL takes part in the rates of one sequence only.');
    case 'sequement':
      return { name, command: sequementCommand(sequement), cleanStop: 'SIGTERM' };
  }
}

/** The same server with further arguments. */
export function withArguments(spec: ServerSpec, more: readonly string[]): ServerSpec {
  return { ...spec, command: [...spec.command, ...more] };
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

const NO_PERSISTENCE = ['--save', '', '--appendonly', 'no'];
const SYNC_ALWAYS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

function redis(name: ServerName, program: string, persistence: readonly string[]): ServerSpec {
  const place = ['--bind', '127.0.0.1', '--port', '{port}', '--dir', '{dir}'];
  return {
    name,
    command: [program, ...place, ...persistence],
    cleanStop: 'SHUTDOWN SAVE',
  };
}

function sequementCommand(options: SequementOptions): string[] {
  if (options.command !== undefined) return options.command.split(' ');
  if (!existsSync(BUILT)) throw new BenchFailure(`${BUILT} is missing: run npm run build first.`);
  const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)];
  return [process.execPath, BUILT, '--port', '{port}', '--dir', '{dir}', ...workers];
}
