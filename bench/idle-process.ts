import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { reasonOf } from './failure.js';

/** The program that holds idle connections: `node idle-process.js PORT COUNT`. See idle.ts. */

const AT_ONCE = 100;
const SILENCE_MS = 20_000;

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('the server fell silent')));
  await once(socket, 'connect');
  socket.write('*1\r\n$4\r\nPING\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString('latin1') !== '+PONG\r\n') throw new Error(answer.toString('latin1'));
  socket.setTimeout(0);
  socket.on('close', () => fail(new Error('the server closed an idle connection')));
  return socket;
}

function fail(error: unknown): never {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(1);
}

async function main(port: number, count: number): Promise<void> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const length = Math.min(AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length }, () => open(port)))));
  }
  process.on('disconnect', () => process.exit(0));
  process.send?.('opened');
}

const [port, count] = process.argv.slice(2);
main(Number(port), Number(count)).catch(fail);
