import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

export interface ListenerSettings {
  /** Addresses; one that begins with `-` may be unavailable. */
  readonly bind: readonly string[];
  /** 0: no TCP. */
  readonly port: number;
  readonly unixsocket: string;
  /** Octal mode, 0 to leave what the umask makes of it. */
  readonly unixsocketperm: number;
  readonly backlog: number;
  readonly keepAliveSeconds: number;
}

/** As redis.conf writes "everywhere". */
const WILDCARDS = new Map([
  ['*', '0.0.0.0'],
  ['::*', '::'],
]);

/** What is passed to a worker, and how our side of it is given up: afterwards, or when nobody takes it. */
export interface AcceptedConnection {
  readonly passed: unknown;
  close(): void;
}

/**
 * Accepts connections, and passes them on without having touched them. It stays open when workers die, so that a client
 * that comes meanwhile waits for the next worker instead of being refused.
 */
export class Listener {
  readonly #servers: Server[] = [];
  readonly #onConnection: (connection: AcceptedConnection) => void;
  #socketPath = '';
  /** Where it listens, for people. */
  readonly addresses: string[] = [];

  constructor(onConnection: (connection: AcceptedConnection) => void) {
    this.#onConnection = onConnection;
  }

  /** Listens everywhere; rejects with one readable sentence. */
  async open(settings: ListenerSettings): Promise<void> {
    if (settings.port !== 0) {
      for (const each of settings.bind) {
        const isOptional = each.startsWith('-');
        const name = isOptional ? each.slice(1) : each;
        const host = WILDCARDS.get(name) ?? name;
        const where = host.includes(':')
          ? `[${host}]:${settings.port}`
          : `${host}:${settings.port}`;
        try {
          await this.#listen(settings, { host, port: settings.port, ipv6Only: host.includes(':') });
          this.addresses.push(where);
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (isOptional && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue;
          throw new Error(explain(code, where, error as Error));
        }
      }
    }
    if (settings.unixsocket !== '') await this.#listenOnPath(settings);
    if (this.#servers.length === 0) {
      throw new Error('there is nothing to listen on: set port and bind, or unixsocket');
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
    if (this.#socketPath !== '') rmSync(this.#socketPath, { force: true });
  }

  async #listenOnPath(settings: ListenerSettings): Promise<void> {
    const path = settings.unixsocket;
    // The directory lock is ours, so a socket that is there was left by a server that is gone.
    if (existsSync(path)) rmSync(path, { force: true });
    try {
      await this.#listen(settings, { path });
    } catch (error) {
      throw new Error(explain((error as NodeJS.ErrnoException).code, path, error as Error));
    }
    this.#socketPath = path;
    this.addresses.push(path);
    if (settings.unixsocketperm !== 0) chmodSync(path, settings.unixsocketperm);
  }

  #listen(
    settings: ListenerSettings,
    where: { host: string; port: number; ipv6Only: boolean } | { path: string },
  ): Promise<void> {
    const server = createServer({
      pauseOnConnect: true,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: settings.keepAliveSeconds > 0,
      keepAliveInitialDelay: settings.keepAliveSeconds * 1000,
    });
    server.on('connection', (socket) => this.#pass(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...where, backlog: settings.backlog, exclusive: true }, () => {
        server.off('error', reject);
        server.on('error', () => {
          // Out of descriptors libuv takes in what waits, with one it keeps in reserve, and closes it: such clients are turned
          // away at once, and this process is told nothing. What is told is a connection that broke while it waited.
        });
        this.#servers.push(server);
        resolve();
      });
    });
  }

  /** A bare handle is all that a worker needs; the socket around it goes. */
  #pass(socket: Socket): void {
    const source = socket as unknown as { _handle: { close(): void } | null };
    const handle = source._handle;
    if (handle === null || typeof handle !== 'object') {
      this.#onConnection({ passed: socket, close: () => socket.destroy() });
      return;
    }
    source._handle = null;
    socket.destroy();
    this.#onConnection({ passed: handle, close: () => handle.close() });
  }
}

function explain(code: string | undefined, where: string, error: Error): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is in use: stop the server that listens there, or choose another port`;
    case 'EACCES':
      return `listening on ${where} is not allowed: choose a port above 1023, or a path that may be written`;
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this machine: correct bind`;
    default:
      return `listening on ${where} failed: ${error.message}`;
  }
}
