import { join } from 'node:path';
import { RawClient } from '../server/raw-client.js';
import { type StartedServer, type StartOptions, temporaryDirectory } from '../server/start.js';

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

export async function startServers(start: Start): Promise<Servers> {
  const socket = join(temporaryDirectory(), 'server.sock');
  const started = await allOrNone([
    start({ arguments: ['--unixsocket', socket] }),
    start({ arguments: ['--requirepass', PASSWORD] }),
  ]);
  const [port = 0, lockedPort = 0] = started.map((server) => server.port);
  const clients = await Promise.all(started.map((server) => RawClient.connect(server.port)));
  for (const words of [
    ['AUTH', PASSWORD],
    ['ACL', 'SETUSER', ...USER.split(' ')],
  ]) {
    const answer = await clients[1]?.send(...words);
    if (answer !== 'OK') throw new Error(`${words[0]}: ${answer}`);
  }
  return {
    port,
    lockedPort,
    withoutPorts: (text) =>
      text.replaceAll(String(port), 'PORT').replaceAll(String(lockedPort), 'LOCKED_PORT'),
    environment: {
      MATRIX_PORT: String(port),
      MATRIX_SOCKET: socket,
      MATRIX_LOCKED_PORT: String(lockedPort),
    },
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
