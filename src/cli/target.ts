import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { Failure } from './failure.js';

/** Where the server is that a subcommand talks to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** When present, host and port don't count. */
  readonly socket?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database: number;
  /** Absent: the connection is not encrypted. */
  readonly tls?: TargetTls;
}

/** As node:tls takes it, with the contents of the files. */
export interface TargetTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
}

export interface TargetOptions {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly socket?: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls?: boolean;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
}

export function addTargetOptions(command: Command): Command {
  return command
    .optionsGroup('Server:')
    .option('--host <name>', 'where the server is (default 127.0.0.1)')
    .option('--port <port>', 'its TCP port (default 6379)', parsePort)
    .option('--socket <path>', 'its unix socket, in place of host and port')
    .option('--user <name>', 'user, when the server has several')
    .option('--password <password>', 'password; safer in SEQUEMENT_PASSWORD')
    .option('--url <url>', 'all of it: redis://user:password@host:port/database; or SEQUEMENT_URL')
    .option('--tls', 'over an encrypted connection, as with rediss:// in the URL')
    .option('--cacert <file>', "with --tls: who may have issued the server's certificate")
    .option('--cert <file>', 'with --tls: a certificate to show to the server, with --key')
    .option('--key <file>', 'with --tls: its private key')
    .option('--insecure', "with --tls: take any certificate of the server's")
    .optionsGroup('Options:');
}

/** The options over the URL over the environment over the defaults. Throws a Failure for a URL that is none. */
export function findTarget(options: TargetOptions, environment: NodeJS.ProcessEnv): Target {
  const url = options.url ?? environment.SEQUEMENT_URL;
  const base: Partial<Target> = url === undefined || url === '' ? {} : parseUrl(url);
  const user = options.user ?? base.user;
  const password = options.password ?? base.password ?? environment.SEQUEMENT_PASSWORD;
  const isElsewhere = options.host !== undefined || options.port !== undefined;
  const socket = options.socket ?? (isElsewhere ? undefined : base.socket);
  return {
    host: options.host ?? base.host ?? '127.0.0.1',
    port: options.port ?? base.port ?? 6379,
    database: base.database ?? 0,
    ...tlsOf(options, base.tls !== undefined),
    ...(socket !== undefined && { socket }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && password !== '' && { password }),
  };
}

function tlsOf(options: TargetOptions, isInUrl: boolean): { readonly tls?: TargetTls } {
  const { cacert, cert, key, insecure } = options;
  if (options.tls !== true && !isInUrl) {
    const needless = (['cacert', 'cert', 'key', 'insecure'] as const).find(
      (name) => options[name] !== undefined,
    );
    if (needless === undefined) return {};
    throw new Failure(`--${needless} needs --tls, or a URL that begins with rediss://`);
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new Failure('--cert and --key belong together');
  }
  return {
    tls: {
      ...(cacert !== undefined && { ca: contentOf('--cacert', cacert) }),
      ...(cert !== undefined && { cert: contentOf('--cert', cert) }),
      ...(key !== undefined && { key: contentOf('--key', key) }),
      rejectUnauthorized: insecure !== true,
    },
  };
}

function contentOf(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`the file of ${option} can't be read: ${(error as Error).message}`);
  }
}

/** The target as messages name it; never with the password. */
export function describeTarget(target: Target): string {
  if (target.socket !== undefined) return target.socket;
  return target.host.includes(':')
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new InvalidArgumentError('It is a number from 1 to 65535.');
  return port;
}

const URL_FORM = 'redis://user:password@host:port/database, rediss://… or unix:///path';

function parseUrl(text: string): Partial<Target> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:', 'unix:'].includes(url.protocol)) {
    // The text itself is not shown: it may hold a password.
    throw new Failure(`the URL of the server is not of the form ${URL_FORM}`);
  }
  const login = {
    ...(url.username !== '' && { user: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
  if (url.protocol === 'unix:') return { ...login, socket: decodeURIComponent(url.pathname) };
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(path)) throw new Failure("the URL's path is not a number of a database");
  return {
    ...login,
    ...(url.hostname !== '' && { host: url.hostname.replace(/^\[|\]$/g, '') }),
    ...(url.port !== '' && { port: Number(url.port) }),
    database: Number(path),
    ...(url.protocol === 'rediss:' && { tls: { rejectUnauthorized: true } }),
  };
}
