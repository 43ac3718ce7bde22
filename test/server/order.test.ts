import test from 'ava';
import { gapsOf, problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { childrenOf, kill, until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

test('two workers number one sequence without repeat, gap or step back', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const history = new History();
  const load = new Load({
    port: server.port,
    keys: ['hot'],
    connections: 32,
    depth: 8,
    history,
    random: seeded(7),
  });
  await until('many answers', () => load.answered > 60_000, 30_000);
  await load.stop();
  t.log(`${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(gapsOf(history, 'hot'), 0n);
  await server.stop();
});

test('a read never goes back and never shows a number that nobody can have taken', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const history = new History();
  const load = new Load({
    port: server.port,
    keys: ['hot'],
    connections: 8,
    depth: 8,
    history,
    random: seeded(8),
  });
  await until('the first answers', () => load.answered > 0);
  const readers = await Promise.all([1, 2, 3, 4].map(() => RawClient.connect(server.port)));
  await Promise.all(
    readers.map(async (reader, number) => {
      for (let i = 0; i < 500; i++) {
        const read = history.read(-1 - number, 'hot');
        history.returned(read, BigInt((await reader.send('GET', 'hot')) as string));
      }
    }),
  );
  await load.stop();
  t.log(`2000 reads among ${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history, { gaps: 'never' }), []);
  for (const reader of readers) await reader.close();
  await server.stop();
});

test('a gauge is exact after a kill -9: what was acknowledged last, or what was sent behind it', async (t) => {
  t.timeout(60_000);
  let server = await startSequement({ arguments: ['--workers', '2'] });
  const { port, dir } = server;
  t.is(await askOnce(port, 'DECR', 'stock'), '-1');
  let expected = -1n;
  const random = seeded(9);
  for (let round = 0; round < 5; round++) {
    const client = await RawClient.connect(port);
    // The values that each command must lead to, in the order of sending, and how many were acknowledged.
    const path = [expected];
    let acknowledged = 0;
    const wrong: string[] = [];
    const sendSome = () => {
      for (let i = 0; i < 4; i++) {
        const isDown = random() < 0.5;
        const at = path.push((path.at(-1) as bigint) + (isDown ? -1n : 1n)) - 1;
        client.pass(
          [isDown ? 'DECR' : 'INCR', 'stock'],
          (answer) => {
            if (String(answer) !== String(path[at])) wrong.push(`${answer}, not ${path[at]}`);
            acknowledged = at;
            if (path.length - acknowledged < 16) sendSome();
          },
          () => {},
        );
      }
    };
    sendSome();
    await until('some acknowledgements', () => acknowledged > 50 + 40 * random());
    const children = childrenOf(server.pid);
    const gone = server.kill();
    for (const { pid } of children) kill(pid);
    await gone;
    await client.closed;
    t.deepEqual(wrong, []);
    server = await startSequement({ dir, port, arguments: ['--workers', '2'] });
    const value = BigInt((await askOnce(port, 'GET', 'stock')) as string);
    const possible = path.slice(acknowledged);
    t.true(possible.includes(value), `${value} is none of ${possible.join()}`);
    expected = value;
  }
  t.is(await askOnce(port, 'DECRBY', 'stock', 10), String(expected - 10n));
  await server.stop();
});
