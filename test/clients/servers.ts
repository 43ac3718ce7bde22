import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Authority } from '../server/certificates.js';
import { RawClient } from '../server/raw-client.js';
import {
  freePort,
  type StartedServer,
  type StartOptions,
  temporaryDirectory,
} from '../server/start.js';

/** Two servers of one kind: one for everybody, and one with a password. */
export interface Servers {
  /** Where the programs find them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly lockedPort: number;
  /** A text in which the ports have names, so that it can be compared with one of other servers. */
  withoutPorts(text: string): string;
  /** Removes every key. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

type Start = (options: StartOptions) => Promise<StartedServer>;

const PASSWORD = 'sesame';
/** May count below `app:`; clients ask for INFO and tell their name when they connect. */
const USER = 'counter on >apple ~app:* +incr +incrby +info +client +acl|whoami';

/** Makes the certificates. Without it the servers have no port for TLS, but in CI. */
export const isOpensslInstalled =
  process.env.CI !== undefined || spawnSync('openssl', ['version']).status === 0;

const PORT_TRIES = 5;

interface Secure {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

async function secure(): Promise<Secure> {
  if (!isOpensslInstalled) return { words: [], environment: {} };
  const port = String(await freePort());
  const authority = new Authority();
  const { certificate, key } = authority.issue('server');
  return {
    words: [
      ...['--tls-port', port, '--tls-auth-clients', 'no', '--tls-cert-file', certificate],
      ...['--tls-key-file', key, '--tls-ca-cert-file', authority.certificate],
    ],
    environment: { MATRIX_TLS_PORT: port, MATRIX_CA: authority.certificate },
  };
}

/** Starts it with what a free port has come to; somebody may take the port first. */
async function startSecure(start: Start, socket: string): Promise<[StartedServer, Secure]> {
  for (let tries = 1; ; tries++) {
    const settings = await secure();
    try {
      return [await start({ arguments: ['--unixsocket', socket, ...settings.words] }), settings];
    } catch (error) {
      if (tries === PORT_TRIES || !/EADDRINUSE|already in use/i.test(String(error))) throw error;
    }
  }
}

export async function startServers(start: Start): Promise<Servers> {
  const socket = join(temporaryDirectory(), 'server.sock');
  let tls: Readonly<Record<string, string>> = {};
  const open = startSecure(start, socket).then(([server, settings]) => {
    tls = settings.environment;
    return server;
  });
  const started = await allOrNone([open, start({ arguments: ['--requirepass', PASSWORD] })]);
  const [port = 0, lockedPort = 0] = started.map((server) => server.port);
  const clients = await Promise.all(started.map((server) => RawClient.connect(server.port)));
  for (const words of [
    ['AUTH', PASSWORD],
    ['ACL', 'SETUSER', ...USER.split(' ')],
  ]) {
    const answer = await clients[1]?.send(...words);
    if (answer !== 'OK') throw new Error(`${words[0]}: ${answer}`);
  }
  const environment = {
    MATRIX_PORT: String(port),
    MATRIX_SOCKET: socket,
    MATRIX_LOCKED_PORT: String(lockedPort),
    ...tls,
  };
  const ports = Object.entries(environment).filter(([name]) => name.endsWith('PORT'));
  return {
    port,
    lockedPort,
    environment,
    withoutPorts: (text) => ports.reduce((known, [name, of]) => known.replaceAll(of, name), text),
    async clear() {
      await Promise.all(clients.map((client) => client.send('FLUSHALL')));
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(started.map((server) => server.stop()));
    },
  };
}

/** All of them, or none that goes on running. */
export async function allOrNone<T extends { stop(): Promise<unknown> }>(
  starting: readonly Promise<T>[],
): Promise<T[]> {
  const outcomes = await Promise.allSettled(starting);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const started = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (failed === undefined) return started;
  await Promise.all(started.map((each) => each.stop()));
  throw failed.reason;
}
