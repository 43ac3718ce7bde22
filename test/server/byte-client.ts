import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encode } from './raw-client.js';

const WITHIN_MS = 15_000;

/** A connection as bytes: for what comes unasked, or not at all. All text is latin1. */
export class ByteClient {
  readonly socket: Socket;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  #received = '';
  #isClosed = false;
  #wake = () => {};
  #lastMark = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<ByteClient> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new ByteClient(socket);
  }

  /** Over a connection that is there already. */
  static over(socket: Socket): ByteClient {
    return new ByteClient(socket);
  }

  /** Sends requests in one packet. */
  send(...requests: readonly (readonly (string | number)[])[]): void {
    this.socket.write(requests.map(encode).join(''));
  }

  /** What came, up to and with the first place that matches; the rest stays. Rejects when it does not come. */
  async until(pattern: RegExp | string): Promise<string> {
    const startedMs = performance.now();
    for (;;) {
      const end = endOf(this.#received, pattern);
      if (end >= 0) {
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      const leftMs = WITHIN_MS - (performance.now() - startedMs);
      if (this.#isClosed || leftMs <= 0) {
        const got = JSON.stringify(this.#received);
        throw new Error(`${this.#isClosed ? 'closed' : 'silent'}, with ${got}, not ${pattern}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Everything that a request brings: a PING behind it marks the end. */
  async ask(...words: readonly (string | number)[]): Promise<string> {
    const mark = `mark:${++this.#lastMark}`;
    this.send(words, ['PING', mark]);
    const text = await this.until(`${mark}\r\n`);
    const head = `$${mark.length}\r\n${mark}\r\n`;
    const inMode = `*2\r\n$4\r\npong\r\n${head}`;
    return text.slice(0, -(text.endsWith(inMode) ? inMode : head).length);
  }

  /** What has come and was not taken yet. */
  get unread(): string {
    return this.#received;
  }

  /** As `closed`; rejects when that does not come. */
  async untilClosed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the connection does not end')), WITHIN_MS);
    });
    try {
      await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

function endOf(text: string, pattern: RegExp | string): number {
  if (typeof pattern === 'string') {
    const at = text.indexOf(pattern);
    return at < 0 ? -1 : at + pattern.length;
  }
  const match = pattern.exec(text);
  return match === null ? -1 : match.index + match[0].length;
}

/** A client at each of two workers; the ids of the second worker's clients are above a billion. */
export async function byteClientOfEach(
  port: number,
  password?: string,
): Promise<[ByteClient, ByteClient]> {
  const clients: (ByteClient | undefined)[] = [];
  while (clients[0] === undefined || clients[1] === undefined) {
    const client = await ByteClient.connect(port);
    if (password !== undefined) await client.ask('AUTH', password);
    const number = Math.floor(Number((await client.ask('CLIENT', 'ID')).slice(1)) / 1e9);
    await clients[number]?.close();
    clients[number] = client;
  }
  return [clients[0], clients[1]];
}
