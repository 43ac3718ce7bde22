import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { isPrlimitInstalled, limitDescriptors, untilIdle } from './crowd.js';
import { kill, onlyPidOf, pidsOf, until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

const testWithLimits = isPrlimitInstalled() ? test : test.skip;

const FLOOD = 60;

/** Connections that send a PING, some of which are turned away without an answer: resolves when each has been one or the other. */
async function flood(port: number): Promise<{ sockets: Socket[]; answered: number }> {
  let answered = 0;
  const sockets = Array.from({ length: FLOOD }, () => connect({ port, host: '127.0.0.1' }));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.on('error', () => {});
      socket.once('connect', () => socket.write('PING\r\n'));
      const isAnswered = once(socket, 'data').then(
        () => answered++,
        () => {},
      );
      await Promise.race([isAnswered, new Promise((resolve) => socket.once('close', resolve))]);
    }),
  );
  return { sockets, answered };
}

async function start(t: ExecutionContext): Promise<StartedServer> {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  t.teardown(() => server.kill());
  return server;
}

testWithLimits(
  'a worker without a free descriptor serves those it has, and others when there is room',
  async (t) => {
    const server = await start(t);
    const worker = await onlyPidOf(server.pid, 'worker');
    const regular = await RawClient.connect(server.port);
    t.is(await regular.send('INCR', 'a'), '1');
    limitDescriptors(worker, 10);
    const { sockets, answered } = await flood(server.port);
    t.true(answered >= 5 && answered < FLOOD, `${answered} were answered`);
    // What happens once a second happens now, too.
    await untilIdle(server.pid);
    t.is(await regular.send('INCR', 'a'), '2');
    t.regex(String(await regular.send('INFO', 'all')), /\r\nconnected_clients:\d/);
    for (const socket of sockets) socket.destroy();
    await until('there is room', async () => {
      return (await askOnce(server.port, 'GET', 'a').catch(() => '')) === '2';
    });
    t.is(await onlyPidOf(server.pid, 'worker'), worker, server.stderr);
    await regular.close();
    t.is(await server.stop(), 0, server.stdout);
  },
);

testWithLimits(
  'a master without a free descriptor serves on, accepts again when there is room, and does not spin',
  async (t) => {
    const server = await start(t);
    const regular = await RawClient.connect(server.port);
    t.is(await regular.send('INCR', 'a'), '1');
    limitDescriptors(server.pid, 0);
    const { sockets, answered } = await flood(server.port);
    t.is(answered, 0);
    await untilIdle(server.pid);
    t.is(await regular.send('INCR', 'a'), '2');
    t.regex(String(await regular.send('INFO', 'all')), /\r\nconnected_clients:1\r/);
    limitDescriptors(server.pid, undefined);
    t.is(await askOnce(server.port, 'INCR', 'a'), '3');
    for (const socket of sockets) socket.destroy();
    await regular.close();
    t.is(await server.stop(), 0, server.stdout);
  },
);

testWithLimits(
  'a child that dies while the master has no descriptor for another is replaced when there is one',
  async (t) => {
    for (const role of ['writer', 'worker'] as const) {
      const server = await start(t);
      const before = await onlyPidOf(server.pid, role);
      limitDescriptors(server.pid, 0);
      kill(before);
      await until('a start fails', () => /spawn \S+ EMFILE/.test(server.stdout));
      limitDescriptors(server.pid, undefined);
      await until('it is replaced', () => pidsOf(server.pid, role).some((pid) => pid !== before));
      t.is(await askOnce(server.port, 'INCR', 'a'), '1', role);
      t.is(await server.stop(), 0, server.stdout + server.stderr);
    }
  },
);

test('a server tells when it is allowed fewer open files than its clients take', async (t) => {
  const few = await startSequement({ arguments: ['--workers', '2', '--maxclients', '4000000000'] });
  t.teardown(() => few.kill());
  const warning = /maxclients 4000000000 takes 2000000032 open files in each of 2 worker/;
  await until('it tells', () => warning.test(few.stdout));
  const enough = await startSequement({ arguments: ['--workers', '2', '--maxclients', '100'] });
  t.teardown(() => enough.kill());
  t.is(await enough.stop(), 0);
  t.notRegex(enough.stdout, /open files/);
});
