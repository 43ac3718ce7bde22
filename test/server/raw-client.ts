import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import RedisParser from 'redis-parser';

/** Numbers come as strings, so that none is rounded; an error of the server is a ServerError. */
export type Answer = string | null | ServerError | readonly Answer[];

export class ServerError {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return `-${this.text}`;
  }
}

/** The connection ended before the answer came: whether the command was executed is unknown. */
export class ConnectionLost extends Error {}

interface Waiting {
  answered(answer: Answer): void;
  lost(): void;
}

/** A connection that sends at once what it is told to send, never again, and matches the answers in order. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const parser = new RedisParser({
      stringNumbers: true,
      returnReply: (answer: unknown) => this.#waiting.shift()?.answered(answer as Answer),
      returnError: (error: Error) =>
        this.#waiting.shift()?.answered(new ServerError(error.message)),
      returnFatalError: (error: Error) => socket.destroy(error),
    });
    socket.on('data', (chunk) => parser.execute(chunk));
    // What was lost is told by `closed` and by the commands that wait.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        for (const each of this.#waiting.splice(0)) each.lost();
        resolve();
      });
    });
  }

  /** Rejects when nobody listens there. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves with the answer, be it an error; rejects with ConnectionLost. */
  send(...words: readonly (string | number)[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.pass(words, resolve, () => reject(new ConnectionLost(`no answer to ${words[0]}`)));
    });
  }

  /** As `send`, with callbacks that run while the answer is being read. */
  pass(
    words: readonly (string | number)[],
    answered: (answer: Answer) => void,
    lost: () => void,
  ): void {
    if (this.#isClosed) {
      lost();
      return;
    }
    this.#waiting.push({ answered, lost });
    this.socket.write(encode(words));
  }

  /** As `pass`, in packets of one byte; nothing else may be sent meanwhile. */
  passSlowly(
    words: readonly (string | number)[],
    answered: (answer: Answer) => void,
    lost: () => void,
  ): void {
    if (this.#isClosed) {
      lost();
      return;
    }
    this.#waiting.push({ answered, lost });
    const bytes = Buffer.from(encode(words));
    const next = (at: number): void => {
      if (at === bytes.length || this.#isClosed) return;
      this.socket.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
    };
    next(0);
  }

  /** Gathers what is sent during the call into one packet. */
  together(send: () => void): void {
    this.socket.cork();
    send();
    this.socket.uncork();
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

export function encode(words: readonly (string | number)[]): string {
  let text = `*${words.length}\r\n`;
  for (const each of words) {
    const word = String(each);
    text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  }
  return text;
}

/** One command over a connection of its own. */
export async function askOnce(
  port: number,
  ...words: readonly (string | number)[]
): Promise<Answer> {
  const client = await RawClient.connect(port);
  try {
    return await client.send(...words);
  } finally {
    await client.close();
  }
}
