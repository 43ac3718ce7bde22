import { once } from 'node:events';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

export interface ListenerSettings {
  /** Addresses; one that begins with `-` may be unavailable. */
  readonly bind: readonly string[];
  /** 0: no TCP. */
  readonly port: number;
  /** 0: no encrypted connections. */
  readonly tlsPort: number;
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
  readonly isTls: boolean;
  close(): void;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isOptional: boolean;
}

/** It is asked for each connection what it is now: a port may change from plain to encrypted. */
interface OpenEndpoint {
  readonly server: Server;
  endpoint: Endpoint;
}

/**
 * Accepts connections, and passes them on without having touched them. It stays open when workers die, so that a client
 * that comes meanwhile waits for the next worker instead of being refused.
 */
export class Listener {
  readonly #onConnection: (connection: AcceptedConnection) => void;
  /** By `host:port`. */
  #endpoints = new Map<string, OpenEndpoint>();
  #keepAliveSeconds = 0;
  #isClosed = false;
  #pathServer: Server | undefined;
  #socketPath = '';

  constructor(onConnection: (connection: AcceptedConnection) => void) {
    this.#onConnection = onConnection;
  }

  /** Where it listens, for people. */
  get addresses(): string[] {
    const ports = [...this.#endpoints].map(([where, { endpoint }]) =>
      endpoint.isTls ? `${where} (TLS)` : where,
    );
    return this.#socketPath === '' ? ports : [...ports, this.#socketPath];
  }

  /** Listens everywhere; rejects with one readable sentence. */
  async open(settings: ListenerSettings): Promise<void> {
    await this.change(settings);
    if (settings.unixsocket !== '') await this.#listenOnPath(settings);
    if (this.addresses.length === 0) {
      throw new Error('there is nothing to listen on: set port and bind, or unixsocket');
    }
  }

  /**
   * Listens on other addresses and ports; what stays is not interrupted, and what goes is closed when the new ones are open. Rejects with
   * one readable sentence when one of them can't be had; then everything is as it was.
   */
  async change(settings: ListenerSettings): Promise<void> {
    if (this.#isClosed) throw new Error('the server is stopping');
    const wanted = endpointsOf(settings);
    const kept = new Map([...this.#endpoints].filter(([where]) => wanted.has(where)));
    const opened = new Map<string, OpenEndpoint>();
    const closed: Endpoint[] = [];
    try {
      for (const [where, endpoint] of wanted) {
        if (kept.has(where)) continue;
        const open = await this.#openAt(where, endpoint, settings.backlog, kept, closed);
        if (open !== undefined) opened.set(where, open);
      }
    } catch (error) {
      for (const { server } of opened.values()) await closing(server);
      for (const endpoint of closed) {
        this.#endpoints.set(
          textOf(endpoint),
          await listenAt(endpoint, settings.backlog, this.#pass),
        );
      }
      throw error;
    }
    const previous = this.#endpoints;
    this.#endpoints = new Map([...kept, ...opened]);
    this.#keepAliveSeconds = settings.keepAliveSeconds;
    for (const [where, open] of kept) open.endpoint = wanted.get(where) ?? open.endpoint;
    for (const [where, { server }] of previous) if (!kept.has(where)) await closing(server);
  }

  close(): void {
    this.#isClosed = true;
    for (const { server } of this.#endpoints.values()) server.close();
    this.#pathServer?.close();
    if (this.#socketPath !== '') rmSync(this.#socketPath, { force: true });
  }

  /** Undefined for an address that is not there and need not be. */
  async #openAt(
    where: string,
    endpoint: Endpoint,
    backlog: number,
    kept: ReadonlyMap<string, OpenEndpoint>,
    closed: Endpoint[],
  ): Promise<OpenEndpoint | undefined> {
    try {
      try {
        return await listenAt(endpoint, backlog, this.#pass);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        // `*` and one address can't be listened on at once: what is ours and goes anyway makes room.
        const inTheWay = [...this.#endpoints].filter(
          ([other, open]) => !kept.has(other) && open.endpoint.port === endpoint.port,
        );
        if (inTheWay.length === 0) throw error;
        for (const [other, open] of inTheWay) {
          this.#endpoints.delete(other);
          closed.push(open.endpoint);
          await closing(open.server);
        }
        return await listenAt(endpoint, backlog, this.#pass);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (endpoint.isOptional && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) {
        return undefined;
      }
      throw new Error(explain(code, where, error as Error));
    }
  }

  async #listenOnPath(settings: ListenerSettings): Promise<void> {
    const { unixsocket: path, unixsocketperm: mode, backlog } = settings;
    // The directory lock is ours, so a socket that is there was left by a server that is gone.
    if (existsSync(path)) rmSync(path, { force: true });
    try {
      const server = serverFor((socket) => this.#pass(socket, false));
      const listen = () => listening(server, { path, backlog });
      this.#pathServer = server;
      // Nobody gets in before the mode is set whom it keeps out.
      await (mode === 0 ? listen() : within(mode, listen));
    } catch (error) {
      throw new Error(explain((error as NodeJS.ErrnoException).code, path, error as Error));
    }
    this.#socketPath = path;
    if (mode !== 0) chmodSync(path, mode);
  }

  /** A bare handle is all that a worker needs; the socket around it goes. */
  readonly #pass = (socket: Socket, isTls: boolean): void => {
    const source = socket as unknown as { _handle: Handle | null };
    const handle = source._handle;
    if (handle === null || typeof handle !== 'object') {
      this.#onConnection({ passed: socket, isTls, close: () => socket.destroy() });
      return;
    }
    if (this.#keepAliveSeconds > 0) handle.setKeepAlive?.(true, this.#keepAliveSeconds);
    source._handle = null;
    socket.destroy();
    this.#onConnection({ passed: handle, isTls, close: () => handle.close() });
  };
}

interface Handle {
  close(): void;
  setKeepAlive?(isOn: boolean, afterSeconds: number): void;
}

/** Calls `act`; no file that it makes before it returns allows more than this mode. */
function within<T>(mode: number, act: () => T): T {
  const before = process.umask(0o777);
  process.umask(before | (0o777 & ~mode));
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

async function listenAt(
  endpoint: Endpoint,
  backlog: number,
  onSocket: (socket: Socket, isTls: boolean) => void,
): Promise<OpenEndpoint> {
  const { host, port } = endpoint;
  const server = serverFor((socket) => onSocket(socket, open.endpoint.isTls));
  const open: OpenEndpoint = { server, endpoint };
  await listening(server, { host, port, ipv6Only: host.includes(':'), backlog });
  return open;
}

function serverFor(onSocket: (socket: Socket) => void): Server {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  return server.on('connection', onSocket);
}

function listening(server: Server, where: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => {
        // Out of descriptors libuv takes in what waits, with one it keeps in reserve, and closes it: such clients are turned
        // away at once, and this process is told nothing. What is told is a connection that broke while it waited.
      });
      resolve();
    });
  });
}

async function closing(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** What is to be listened on, by `host:port`, each once. */
function endpointsOf(settings: ListenerSettings): Map<string, Endpoint> {
  const { port, tlsPort, bind } = settings;
  if (port !== 0 && port === tlsPort) {
    throw new Error(`port and tls-port are both ${port}: each needs its own`);
  }
  const endpoints = new Map<string, Endpoint>();
  for (const each of bind) {
    const isOptional = each.startsWith('-');
    const name = isOptional ? each.slice(1) : each;
    const host = WILDCARDS.get(name) ?? name;
    for (const isTls of [false, true]) {
      const endpoint = { host, port: isTls ? tlsPort : port, isTls, isOptional };
      if (endpoint.port !== 0) endpoints.set(textOf(endpoint), endpoint);
    }
  }
  return endpoints;
}

function textOf({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
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
