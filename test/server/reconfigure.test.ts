import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'ava';
import { ByteClient } from './byte-client.js';
import { Authority } from './certificates.js';
import { until } from './processes.js';
import { askOnce } from './raw-client.js';
import { freePort, isRedisInstalled, startRedis, startSequement } from './start.js';

const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

async function isOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  try {
    const client = await ByteClient.connect(port, host);
    const answer = await client.ask('PING');
    await client.close();
    return answer === '+PONG\r\n';
  } catch {
    return false;
  }
}

runWithRedis('ports and addresses change while the server runs, as in Redis', async (t) => {
  const [first, second] = await Promise.all([freePort(), freePort()]);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port: occupied } = taken.address() as { port: number };
  const said: string[][] = [];
  for (const start of [startSequement, startRedis]) {
    const server = await start({ port: first, arguments: ['--bind', '127.0.0.1'] });
    const kept = await ByteClient.connect(first);
    const answers: string[] = [];
    const set = async (...words: string[]) =>
      answers.push(await kept.ask('CONFIG', 'SET', ...words));
    const config = async () =>
      (await kept.ask('CONFIG', 'GET', 'port')) + (await kept.ask('CONFIG', 'GET', 'bind'));
    const note = async (port: number, host?: string) =>
      answers.push(`${await isOpen(port, host)} ${await config()}`);
    await set('port', String(second));
    await note(first);
    await note(second);
    await set('port', String(occupied));
    await note(second);
    await set('port', String(occupied), 'timeout', '77');
    answers.push(await kept.ask('CONFIG', 'GET', 'timeout'));
    await set('port', 'x');
    await set('bind', '127.0.0.1 127.0.0.2');
    await note(second, '127.0.0.2');
    await set('bind', '*');
    await note(second, '127.0.0.3');
    await set('bind', '999.999.999.999');
    await note(second, '127.0.0.3');
    await set('bind', '127.0.0.1 192.0.2.1');
    await note(second, '127.0.0.3');
    await set('bind', '-192.0.2.1 127.0.0.1');
    await note(second);
    await set('tls-port', String(first));
    await set('port', '0');
    await note(second);
    await set('port', String(first), 'tcp-keepalive', '10');
    await note(first);
    answers.push(
      await kept.ask('INFO', 'server').then((text) => /tcp_port:\d+/.exec(text)?.[0] ?? ''),
    );
    said.push(answers);
    await kept.close();
    await server.stop();
  }
  taken.close();
  t.deepEqual(said[0], said[1]);
});

test.serial(
  'what is pipelined behind a change sees it, and changes follow each other',
  async (t) => {
    const server = await startSequement();
    t.teardown(() => server.stop());
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const client = await ByteClient.connect(server.port);
    client.send(
      ['CONFIG', 'SET', 'port', String(ports[0])],
      ['CONFIG', 'SET', 'timeout', '500'],
      ['CONFIG', 'GET', 'port'],
    );
    t.is(
      await client.until(`$5\r\n${ports[0]}\r\n`),
      `+OK\r\n+OK\r\n*2\r\n$4\r\nport\r\n$5\r\n${ports[0]}\r\n`,
    );
    const all = await Promise.all(
      Array.from({ length: 6 }, () => ByteClient.connect(ports[0] as number)),
    );
    // A connection that is not accepted yet ends with its port, as with redis-server.
    await Promise.all(all.map((each) => each.ask('PING')));
    await Promise.all(
      all.map((each, i) =>
        each.ask(
          ...['CONFIG', 'SET'],
          ...(i % 2 === 0 ? ['port', String(ports[i / 2])] : ['timeout', String(i * 100)]),
        ),
      ),
    );
    const port = /\r\n(\d+)\r\n$/.exec(await client.ask('CONFIG', 'GET', 'port'))?.[1];
    t.true(await isOpen(Number(port)));
    t.is((await Promise.all(ports.map((each) => isOpen(each)))).filter((each) => each).length, 1);
    t.regex(await client.ask('CONFIG', 'GET', 'timeout'), /\r\n[135]00\r\n$/);
    await client.close();
    await server.stop();
  },
);

test.serial('a port becomes encrypted with one command', async (t) => {
  const authority = new Authority();
  const { certificate, key } = authority.issue('server');
  const server = await startSequement();
  const client = await ByteClient.connect(server.port);
  const port = String(server.port);
  t.is(
    await client.ask(
      ...['CONFIG', 'SET', 'port', '0', 'tls-port', port, 'tls-auth-clients', 'no'],
      ...['tls-cert-file', certificate, 'tls-key-file', key],
    ),
    '+OK\r\n',
  );
  t.false(await isOpen(server.port));
  t.is(await client.ask('CONFIG', 'SET', 'tls-port', '0', 'port', port), '+OK\r\n');
  t.true(await isOpen(server.port));
  await client.close();
  await server.stop();
});

test.serial('the number of workers changes while the server runs', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const workers = async () =>
    /^workers:(\d+)/m.exec(String(await askOnce(server.port, 'INFO')))?.[1];
  t.is(await askOnce(server.port, 'CONFIG', 'SET', 'workers', '3'), 'OK');
  await until('three', async () => (await workers()) === '3');
  t.is(await askOnce(server.port, 'CONFIG', 'SET', 'workers', '1'), 'OK');
  await until('one', async () => (await workers()) === '1');
  t.is(await server.stop(), 0);
});
