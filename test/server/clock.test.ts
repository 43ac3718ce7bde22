import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { ByteClient } from './byte-client.js';
import { Load, seeded } from './load.js';
import { killTree, until } from './processes.js';
import { askOnce } from './raw-client.js';
import { SetClock } from './set-clock.js';
import { startSequement } from './start.js';

const DAY_MS = 86_400_000;

test('steps of the wall clock by a day, both ways, change no number and hold nobody up', async (t) => {
  t.timeout(60_000);
  const clock = new SetClock();
  const options = {
    arguments: ['--workers', '2', '--reserve-block', '10'],
    environment: clock.environment,
  };
  let server = await startSequement(options);
  const { port, dir } = server;
  const history = new History();
  const load = new Load({
    port,
    keys: ['a', 'b'],
    connections: 6,
    depth: 4,
    history,
    random: seeded(41),
  });
  const blocks: number[] = [];
  for (const days of [1, 0, -1]) {
    const before = load.answered;
    await until('some load', () => load.answered > before + 1000);
    clock.set(days * DAY_MS);
    const [seconds] = (await askOnce(port, 'TIME')) as string[];
    t.true(Math.abs(Number(seconds) * 1000 - (Date.now() + days * DAY_MS)) < 60_000);
    const moment = history.now;
    await until('every sequence', () => load.hasServedSince(moment));
    const uptime = /^uptime_in_seconds:(.*)\r$/m.exec(String(await askOnce(port, 'INFO')))?.[1];
    t.regex(String(uptime), /^\d{1,2}$/);
    t.is(await askOnce(port, 'SAVE'), 'OK');
    const info = (await askOnce(port, 'SEQ.INFO', 'a')) as string[];
    blocks.push(Number(info[info.indexOf('block') + 1]));
  }
  // What lasted a moment must not be taken for a day, after which the block would be small again.
  t.log(`blocks ${blocks.join(' ')}`);
  t.deepEqual(
    blocks,
    blocks.toSorted((a, b) => a - b),
  );
  t.true((blocks.at(-1) as number) > 100);
  for (const days of [1, -1]) {
    await killTree(server);
    clock.set(days * DAY_MS);
    server = await startSequement({ ...options, dir, port });
    const moment = history.now;
    await until('every sequence after a start', () => load.hasServedSince(moment));
  }
  await load.stop();
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await server.stop(), 0);
});

test('a step of the wall clock is not taken for silence of the clients', async (t) => {
  const clock = new SetClock();
  const server = await startSequement({
    arguments: ['--timeout', '60'],
    environment: clock.environment,
  });
  const client = await ByteClient.connect(server.port);
  await client.ask('PING');
  clock.set(DAY_MS);
  const uptime = async () => {
    const text = String(await askOnce(server.port, 'INFO', 'server'));
    return Number(/^uptime_in_seconds:(\d+)/m.exec(text)?.[1]);
  };
  const before = await uptime();
  // Idle clients are looked for every second.
  await until('two looks at the clients', async () => (await uptime()) >= before + 3);
  t.regex(await client.ask('CLIENT', 'INFO'), / age=\d idle=\d /);
  await client.close();
  await server.stop();
});
