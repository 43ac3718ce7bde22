import { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { type TlsSettings, tlsOptions } from '../transport/tls-settings.js';

/** A client that has not finished its handshake by then is disconnected. */
const HANDSHAKE_MS = 10_000;

export interface TlsHandlers {
  /** The handshake is done; what is read from the socket is plain. */
  onSecure(socket: TLSSocket): void;
  /** The connection ended before, whoever ended it; called once for each that does. */
  onFailed(): void;
}

/**
 * Makes encrypted connections of bare handles that the master has accepted.
 *
 *     accepted ──▶ shaking hands ──┬──▶ secure: it is the worker's
 *                                  └──▶ failed
 */
export class TlsAcceptor {
  readonly #handlers: TlsHandlers;
  readonly #handshakeMs: number;
  #settings: TlsSettings | undefined;
  /** Never listens: sockets are handed to it. */
  #server: Server | undefined;
  readonly #shaking = new Set<Socket>();

  constructor(handlers: TlsHandlers, handshakeMs = HANDSHAKE_MS) {
    this.#handlers = handlers;
    this.#handshakeMs = handshakeMs;
  }

  /** Connections whose handshake is not done. */
  get pending(): number {
    return this.#shaking.size;
  }

  /** Handshakes that begin from now on use these settings; secured connections stay as they are. */
  configure(settings: TlsSettings | undefined): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#server = settings === undefined ? undefined : this.#serverWith(settings);
  }

  accept(passed: unknown): void {
    const handle = passed as object & { close(): void };
    const socket =
      handle instanceof Socket
        ? handle
        : new Socket({ handle } as ConstructorParameters<typeof Socket>[0]);
    this.#shaking.add(socket);
    socket.once('close', () => {
      if (this.#shaking.delete(socket)) this.#handlers.onFailed();
    });
    socket.on('error', () => socket.destroy());
    if (this.#server === undefined) socket.destroy();
    else this.#server.emit('connection', socket);
  }

  /** Ends all handshakes that are under way. */
  close(): void {
    for (const socket of this.#shaking) socket.destroy();
  }

  #serverWith(settings: TlsSettings): Server {
    const server = createServer({
      ...tlsOptions(settings),
      handshakeTimeout: this.#handshakeMs,
    });
    server.on('secureConnection', (socket) => this.#secured(socket, settings));
    // The socket is closed by then, or about to be.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  #secured(socket: TLSSocket, { clientCertificates }: TlsSettings): void {
    const { _parent: accepted } = socket as unknown as { _parent: Socket };
    // A certificate that is given must be good, even where none is needed.
    const isUntrusted =
      clientCertificates === 'optional' &&
      !socket.authorized &&
      Object.keys(socket.getPeerCertificate()).length > 0;
    if (isUntrusted || !this.#shaking.has(accepted)) socket.destroy();
    else {
      this.#shaking.delete(accepted);
      // From now on a client may end its side and still get its replies; before, it would keep its place.
      socket.allowHalfOpen = true;
      this.#handlers.onSecure(socket);
    }
  }
}
