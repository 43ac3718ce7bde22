import type { Socket } from 'node:net';
import RedisParser from 'redis-parser';
import { type Endpoint, greetingsTo, openSocket } from './endpoint.js';
import { UnderWay } from './under-way.js';

/** What a connection tells the load. */
export interface Listener {
  /** The connection is there, and the server let it in. */
  opened(connection: LoadConnection): void;
  /** The answer to the oldest command under way arrived at `nowMs`. */
  answered(connection: LoadConnection, reply: unknown, nowMs: number): void;
  refused(connection: LoadConnection, error: string, nowMs: number): void;
  /** All that came with one chunk was told. */
  read(connection: LoadConnection, nowMs: number): void;
  /** It is gone, or could not be made. */
  closed(connection: LoadConnection, reason: Error): void;
}

/**
 * One client of the load: a socket, the commands under way on it, and the parser of the replies.
 *
 *   new ── open() ──▶ opening ── greetings answered ──▶ open ── close(), or the server ──▶ closed ── open() ──▶ …
 */
export class LoadConnection {
  readonly index: number;
  readonly underWay: UnderWay;
  readonly #endpoint: Endpoint;
  readonly #listener: Listener;
  readonly #pipeline: number;
  #socket: Socket | undefined;
  #state: 'closed' | 'opening' | 'open' = 'closed';
  /** Replies to greetings that are missing. */
  #greetings = 0;
  #nowMs = 0;

  constructor(index: number, endpoint: Endpoint, pipeline: number, listener: Listener) {
    this.index = index;
    this.underWay = new UnderWay(pipeline);
    this.#endpoint = endpoint;
    this.#pipeline = pipeline;
    this.#listener = listener;
  }

  /** How many commands may be sent now. */
  get room(): number {
    return this.#state === 'open' ? this.#pipeline - this.underWay.count : 0;
  }

  open(): void {
    const socket = openSocket(this.#endpoint);
    this.#socket = socket;
    this.#state = 'opening';
    let reason = new Error('the server closed the connection');
    const parser = new RedisParser({
      returnReply: (reply: unknown) => this.#replied(reply),
      returnError: (error) => this.#failed(error),
      returnFatalError: (error) => socket.destroy(error),
    });
    socket.once(this.#endpoint.tls === undefined ? 'connect' : 'secureConnect', () =>
      this.#greet(),
    );
    socket.on('data', (chunk) => {
      this.#nowMs = performance.now();
      parser.execute(chunk);
      if (this.#state === 'open') this.#listener.read(this, this.#nowMs);
    });
    socket.on('error', (error) => {
      reason = error;
    });
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#state = 'closed';
      this.#listener.closed(this, reason);
    });
  }

  /** Sends bytes of commands that are under way already. */
  write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  /** Ends it; nothing more is told of it. */
  close(): void {
    this.#state = 'closed';
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #greet(): void {
    const greetings = greetingsTo(this.#endpoint);
    this.#greetings = greetings.length;
    for (const words of greetings) {
      const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      this.#socket?.write(`*${words.length}\r\n${bulks.join('')}`);
    }
    if (greetings.length === 0) this.#welcomed();
  }

  #welcomed(): void {
    this.#state = 'open';
    this.#listener.opened(this);
  }

  #replied(reply: unknown): void {
    if (this.#state === 'open') this.#listener.answered(this, reply, this.#nowMs);
    else if (--this.#greetings === 0) this.#welcomed();
  }

  #failed(error: Error): void {
    if (this.#state === 'open' && this.underWay.count > 0) {
      this.#listener.refused(this, error.message, this.#nowMs);
      return;
    }
    // A greeting that is refused, or an error that nobody asked for, as when there are too many clients.
    this.#socket?.destroy(new Error(`the server answered: ${error.message}`));
  }
}
