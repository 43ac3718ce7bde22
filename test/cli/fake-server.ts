import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import Parser from 'redis-parser';

/** Answers a request, which is the command's name in upper case and its arguments, with raw bytes. */
export type Answer = (request: readonly string[]) => string;

export interface FakeServer {
  readonly port: number;
  readonly requests: readonly (readonly string[])[];
}

/** A server that answers what the test says; it ends with the test. */
export async function startFakeServer(t: ExecutionContext, answer: Answer): Promise<FakeServer> {
  const requests: string[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const parser = new Parser({
      returnReply: (reply: unknown) => {
        const [name = '', ...rest] = reply as string[];
        const request = [name.toUpperCase(), ...rest];
        requests.push(request);
        socket.write(answer(request), 'latin1');
      },
      returnError: (error: Error) => socket.destroy(error),
    });
    socket.on('data', (chunk: Buffer) => parser.execute(chunk));
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

/** The reply of a bulk string, or nil. */
export function bulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`;
}

export function array(...replies: readonly string[]): string {
  return `*${replies.length}\r\n${replies.join('')}`;
}
