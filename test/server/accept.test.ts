import { connect } from 'node:net';
import test from 'ava';
import { kill, until, untilPidsOf } from './processes.js';
import { startSequement } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

const CONNECTIONS = 12;

test('connections on their way to a worker that dies are served by another', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  t.teardown(() => server.kill());
  // Both serve: a worker that starts later gets no connections at first.
  for (const client of await clientsOfTwoWorkers(server.port)) await client.close();
  const [stopped = 0] = await untilPidsOf(server.pid, 'worker', 2);
  kill(stopped, 'SIGSTOP');
  let answered = 0;
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('data', () => {
      answered++;
    });
    // The one connection that the worker already has is lost with it.
    socket.on('error', () => {});
    return socket;
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await until('the answers of the other worker', () => answered === CONNECTIONS / 2);
  kill(stopped);
  await until('the answers to the rest', () => answered >= CONNECTIONS - 1);
  t.is(await server.stop(), 0);
});
