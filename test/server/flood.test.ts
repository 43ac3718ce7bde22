import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { kill, pidsOf, until, untilPidsOf } from './processes.js';
import { askOnce, encode, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

/** Connections that come and go at once, in each of the ways in which clients do. */
const FLOOD = 2000;
const CONNECTIONS = 1000;

test('a flood of connections that come and go leaves no trace, and others are served', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const { port } = server;
  const history = new History();
  const load = new Load({
    port,
    keys: ['a', 'b'],
    connections: 4,
    depth: 4,
    history,
    random: seeded(61),
  });
  await until('some load', () => load.hasServedSince(0));
  const random = seeded(62);
  let begun = 0;
  const visit = async () => {
    while (begun++ < FLOOD) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      const closed = once(socket, 'close');
      const way = random();
      if (way < 0.2) socket.destroy();
      else {
        await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
        if (way < 0.4) socket.resetAndDestroy();
        else if (way < 0.6) socket.end();
        else if (way < 0.8) socket.write('*2\r\n$4\r\nINCR\r\n$5\r\nha', () => socket.destroy());
        // What was asked for may be executed, and nobody takes the answer.
        else socket.write(encode(['INCR', 'unheard']), () => socket.resetAndDestroy());
      }
      socket.resume();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: 50 }, visit));
  const moment = history.now;
  await until('every sequence again', () => load.hasServedSince(moment));
  await load.stop();
  t.deepEqual(load.errors, []);
  t.is(load.losses, 0);
  t.deepEqual(problemsOf(history), []);
  await untilForgotten(port);
  t.is(await server.stop(), 0);
});

test('a worker that dies with a thousand connections costs those only', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const { port } = server;
  // Both serve: a worker that starts later gets no connections at first.
  for (const client of await clientsOfTwoWorkers(port)) await client.close();
  const workers = await untilPidsOf(server.pid, 'worker', 2);
  const history = new History();
  const clients: RawClient[] = [];
  while (clients.length < CONNECTIONS) {
    clients.push(...(await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(port)))));
  }
  const take = (client: RawClient, connection: number) => {
    const operation = history.take(connection, 'a');
    return client.send('INCR', 'a').then(
      (answer) => {
        history.returned(operation, BigInt(answer as string));
        return true;
      },
      () => {
        history.lost(operation);
        return false;
      },
    );
  };
  t.true((await Promise.all(clients.map(take))).every(Boolean));
  // In the middle of a take of everybody.
  const answers = clients.map(take);
  await Promise.race(answers);
  kill(workers[0] as number);
  await Promise.all(answers);
  const isLost = await Promise.all(
    clients.map((client) =>
      client.send('PING').then(
        () => false,
        () => true,
      ),
    ),
  );
  const lost = isLost.filter(Boolean).length;
  t.log(`${lost} of ${CONNECTIONS} connections lost`);
  t.is(lost, CONNECTIONS / 2);
  const left = clients.filter((_, at) => !isLost[at]);
  t.true((await Promise.all(left.map((client, at) => take(client, 5000 + at)))).every(Boolean));
  await untilPidsOf(server.pid, 'worker', 2);
  t.deepEqual(problemsOf(history), []);
  for (const client of clients) await client.close();
  await untilForgotten(port);
  t.is(await server.stop(), 0);
});

test('TTIN and TTOU under load repeat nothing', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const { port } = server;
  const history = new History();
  const load = new Load({
    port,
    keys: ['a', 'b'],
    connections: 8,
    depth: 8,
    history,
    random: seeded(63),
  });
  await untilPidsOf(server.pid, 'worker', 2);
  const before = childCount(server);
  let wanted = 2;
  for (const signal of [
    'SIGTTIN',
    'SIGTTOU',
    'SIGTTOU',
    'SIGTTIN',
    'SIGTTIN',
    'SIGTTOU',
  ] as const) {
    const moment = history.now;
    wanted += signal === 'SIGTTIN' ? 1 : -1;
    kill(server.pid, signal);
    await untilPidsOf(server.pid, 'worker', wanted);
    await until('every sequence again', () => load.hasServedSince(moment));
  }
  await load.stop();
  t.is(childCount(server), before);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await server.stop(), 0);
});

function childCount(server: StartedServer): number {
  return pidsOf(server.pid, 'worker').length + pidsOf(server.pid, 'writer').length;
}

/** The connections that are gone are gone in the workers, too: only the one that asks is left. */
async function untilForgotten(port: number): Promise<void> {
  await until('they are forgotten', async () =>
    /^connected_clients:1\r?$/m.test(String(await askOnce(port, 'INFO', 'clients'))),
  );
}
