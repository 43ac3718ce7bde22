import { once } from 'node:events';
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import {
  closeCrowd,
  megabytes,
  openCrowd,
  residentBytes,
  roomFor,
  untilIdle,
  untilMemoryIsBack,
} from './crowd.js';
import { onlyPidOf, until } from './processes.js';
import { askOnce, encode, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

const HALF_OPEN = 5000;
const IDLE = 10_000;
const BUSY = 1000;
/** Takes of each busy connection. */
const ROUNDS = 10;

/** Measured: 7 kB, with all processes counted. */
const BYTES_PER_IDLE_CONNECTION = 20 << 10;
/** What free lists, grown heaps and fragments may keep of a crowd that has gone. */
const KEPT_OF_A_CROWD = 90 << 20;

async function start(t: ExecutionContext): Promise<{ server: StartedServer; before: number }> {
  const server = await startSequement({ arguments: ['--workers', '1', '--maxclients', '20000'] });
  t.teardown(() => server.kill());
  t.is(await askOnce(server.port, 'INCR', 'first'), '1');
  await untilIdle(server.pid);
  return { server, before: residentBytes(server.pid) };
}

async function untilForgotten(server: StartedServer): Promise<void> {
  await until('all connections are forgotten', async () => {
    const info = String(await askOnce(server.port, 'INFO', 'clients'));
    return /^connected_clients:1\r?$/m.test(info);
  });
}

/** Sends the request; resolves with the number that is answered. */
async function take(socket: Socket, request: string): Promise<number> {
  const answer = once(socket, 'data');
  socket.write(request);
  return Number(String((await answer)[0]).slice(1));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

test('thousands of half requests leave room for others, and their memory comes back', async (t) => {
  const { server, before } = await start(t);
  const worker = await onlyPidOf(server.pid, 'worker');
  const sockets = await openCrowd(server.port, roomFor(t, HALF_OPEN));
  // Each leaves 40 kB of an argument behind which 20 bytes are to follow: 200 MB of 5,000.
  const length = 40_000;
  const half = `*2\r\n$4\r\nINCR\r\n$${length}\r\n${'n'.repeat(length - 20)}`;
  for (const socket of sockets) socket.write(half);
  await until(
    'the halves are kept',
    () => residentBytes(server.pid) > before + sockets.length * 30_000,
  );
  t.is(await askOnce(server.port, 'INCR', 'whole'), '1');
  // Some of them finish, the others go away in the middle.
  const finishing = sockets.slice(0, 100);
  const rest = `${'n'.repeat(20)}\r\n`;
  const numbers = await Promise.all(finishing.map((socket) => take(socket, rest)));
  t.deepEqual(
    numbers.sort((a, b) => a - b),
    upTo(100),
  );
  // A collection of garbage that finds all of them alive must not be the last.
  await untilIdle(server.pid);
  await untilIdle(server.pid);
  await closeCrowd(sockets);
  await untilForgotten(server);
  t.is(await askOnce(server.port, 'GET', 'n'.repeat(length)), '100');
  t.is(await askOnce(server.port, 'DBSIZE'), '3');
  await untilMemoryIsBack(server.pid, before + KEPT_OF_A_CROWD);
  t.is(await onlyPidOf(server.pid, 'worker'), worker, server.stdout);
  t.is(await server.stop(), 0, server.stdout);
});

test('ten thousand idle connections take little, and a thousand busy ones among them are served', async (t) => {
  const { server, before } = await start(t);
  const sockets = await openCrowd(server.port, roomFor(t, IDLE));
  const request = encode(['INCR', 'n']);
  // Each has been served once: an idle connection is one that has worked.
  await Promise.all(sockets.map((socket) => take(socket, request)));
  await untilIdle(server.pid);
  const each = (residentBytes(server.pid) - before) / sockets.length;
  t.log(`${sockets.length} idle connections take ${(each / 1024).toFixed(1)} kB each`);
  t.true(each < BYTES_PER_IDLE_CONNECTION);

  const busy = sockets.slice(0, BUSY);
  const taken: number[] = [];
  const bystander = RawClient.connect(server.port);
  await Promise.all(
    busy.map(async (socket) => {
      for (let round = 0; round < ROUNDS; round++) taken.push(await take(socket, request));
    }),
  );
  t.deepEqual(
    taken.sort((a, b) => a - b),
    upTo(busy.length * ROUNDS).map((number) => sockets.length + number),
  );
  const client = await bystander;
  t.is(await client.send('GET', 'n'), String(sockets.length + busy.length * ROUNDS));
  await client.close();
  await closeCrowd(sockets);
  await untilForgotten(server);
  await untilMemoryIsBack(server.pid, before + KEPT_OF_A_CROWD);
  t.log(`${megabytes(residentBytes(server.pid) - before)} more than before they came`);
  t.is(await server.stop(), 0, server.stdout);
});
