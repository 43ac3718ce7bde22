import { connect, type Socket } from 'node:net';
import RedisParser from 'redis-parser';

type Reply = string | number | null | Reply[];

interface Question {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection to a server, for the few questions outside the measured load. It sends nothing but what it is asked
 * to, so that any server that reads RESP2 answers it. An error reply rejects its question; so does the end of the
 * connection or a silence longer than the deadline.
 */
export class ReplyConnection {
  readonly #socket: Socket;
  readonly #questions: Question[] = [];

  static async open(port: number, deadlineMs = 10_000): Promise<ReplyConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection = new ReplyConnection(socket, deadlineMs);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('close', () => reject(new Error(`no connection to port ${port}`)));
    });
    return connection;
  }

  private constructor(socket: Socket, deadlineMs: number) {
    this.#socket = socket;
    const parser = new RedisParser({
      returnReply: (reply: Reply) => this.#questions.shift()?.resolve(reply),
      returnError: (error) => this.#questions.shift()?.reject(error),
      returnFatalError: (error) => socket.destroy(error),
    });
    socket.on('data', (chunk) => parser.execute(chunk));
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error('no answer in time')));
    let reason = new Error('the server closed the connection');
    socket.on('error', (error) => {
      reason = error;
    });
    socket.on('close', () => {
      for (const question of this.#questions.splice(0)) question.reject(reason);
    });
  }

  /** Sends one command; the words must be ASCII. */
  ask(...words: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the connection is closed'));
        return;
      }
      this.#questions.push({ resolve, reject });
      const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`);
      this.#socket.write(`*${words.length}\r\n${bulks.join('')}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
