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

const PASSWORD = 'sesame';

export async function startServers(
  start: (options: StartOptions) => Promise<StartedServer>,
): Promise<Servers> {
  const socket = join(temporaryDirectory(), 'server.sock');
  const [open, locked] = await Promise.all([
    start({ arguments: ['--unixsocket', socket] }),
    start({ arguments: ['--requirepass', PASSWORD] }),
  ]);
  const [openClient, lockedClient] = await Promise.all([
    RawClient.connect(open.port),
    RawClient.connect(locked.port),
  ]);
  await lockedClient.send('AUTH', PASSWORD);
  return {
    port: open.port,
    lockedPort: locked.port,
    withoutPorts: (text) =>
      text.replaceAll(String(open.port), 'PORT').replaceAll(String(locked.port), 'LOCKED_PORT'),
    environment: {
      MATRIX_PORT: String(open.port),
      MATRIX_SOCKET: socket,
      MATRIX_LOCKED_PORT: String(locked.port),
    },
    async clear() {
      await Promise.all([openClient.send('FLUSHALL'), lockedClient.send('FLUSHALL')]);
    },
    async stop() {
      await Promise.all([openClient.close(), lockedClient.close()]);
      await Promise.all([open.stop(), locked.stop()]);
    },
  };
}
