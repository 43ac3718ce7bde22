import test from 'ava';
import { startPair } from './differential/pair.js';
import { ask, show } from './differential/wire.js';
import { until } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { isRedisInstalled, startSequement } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

const withRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

const FOR_EVER = 'while true do end';
const WRITES_FOR_EVER = "redis.call('set', 'n', 7) while true do end";

/** Takes some hundred milliseconds, in which the master suspends it. */
const SLOWLY = 'for i = 1, 3e7 do end';

const WHILE_BUSY: readonly (readonly (readonly string[])[])[] = [
  [['PING'], ['GET', 'n'], ['INCR', 'n'], ['SET', 'n', 'x'], ['CONFIG', 'GET', 'dir'], ['INFO']],
  [['NOSUCH'], ['GET'], ['CLIENT', 'ID'], ['SELECT', '1'], ['SUBSCRIBE', 'c'], ['KEYS', '*']],
  [['EVAL', 'return 1', '0'], ['SCRIPT', 'LOAD', 'return 1'], ['SCRIPT', 'FLUSH'], ['EXEC']],
  [['MULTI'], ['INCR', 'n'], ['EXEC'], ['DISCARD'], ['RESET'], ['MULTI'], ['EXEC'], ['EXEC']],
  [['MULTI'], ['PING'], ['DISCARD'], ['WATCH', 'n'], ['MULTI'], ['UNWATCH'], ['EXEC'], ['UNWATCH']],
  [['AUTH', 'x'], ['HELLO', '4'], ['PING'], ['QUIT']],
  [
    ['SHUTDOWN'],
    ['SHUTDOWN', 'SAVE'],
    ['SHUTDOWN', 'NOW'],
    ['SHUTDOWN', 'x'],
    ['SHUTDOWN', 'ABORT'],
  ],
  [['FUNCTION', 'STATS', 'x'], ['FUNCTION', 'LIST'], ['DEBUG', 'SLEEP', '0'], ['ECHO']],
];

async function untilBusy(port: number): Promise<void> {
  await until('a server that refuses', async () =>
    String(await askOnce(port, 'PING')).startsWith('-BUSY'),
  );
}

withRedis('while a script runs for too long, others get the replies of redis-server', async (t) => {
  const pair = await startPair(false, '--busy-reply-threshold', '100');
  t.teardown(() => pair.stop());
  const compare = async (requests: readonly (readonly string[])[]) => {
    const [ours, redis] = await Promise.all([ask(pair.ours, requests), ask(pair.redis, requests)]);
    const both = [ours, redis].map((replies) => replies.map(({ raw }) => show(raw)).join(' '));
    t.is(both[0], both[1], JSON.stringify(requests));
  };
  const scripts = [
    ['EVAL', FOR_EVER, '0'],
    ['EVAL', '\n\nlocal x = 1\nwhile true do pcall(function() while true do end end) end', '0'],
    ['EVAL_RO', "redis.call('get', 'n') while true do redis.call('exists', 'n') end", '1', 'n'],
  ];
  await compare([
    ['SCRIPT', 'KILL'],
    ['FUNCTION', 'KILL'],
  ]);
  for (const script of scripts) {
    const ended = compare([script, ['INCR', 'k']]);
    await Promise.all([untilBusy(pair.ours), untilBusy(pair.redis)]);
    for (const requests of WHILE_BUSY) await compare(requests);
    await compare([['SCRIPT', 'KILL']]);
    await ended;
    await compare([
      ['SCRIPT', 'KILL'],
      ['GET', 'n'],
      ['INCR', 'n'],
    ]);
  }
  const ended = compare([
    ['MULTI'],
    ['INCR', 'm'],
    ['EVAL', FOR_EVER, '0'],
    ['INCR', 'm'],
    ['EXEC'],
  ]);
  await Promise.all([untilBusy(pair.ours), untilBusy(pair.redis)]);
  await compare([
    ['GET', 'm'],
    ['SCRIPT', 'KILL'],
  ]);
  await ended;
});

withRedis('a script that has written ends with the server, as in redis-server', async (t) => {
  const pair = await startPair(false, '--busy-reply-threshold', '100');
  t.teardown(() => pair.stop());
  const ended = [pair.ours, pair.redis].map((port) =>
    ask(port, [['EVAL', WRITES_FOR_EVER, '0']]).catch(() => []),
  );
  await Promise.all([untilBusy(pair.ours), untilBusy(pair.redis)]);
  for (const requests of [[['SCRIPT', 'KILL']], [['SHUTDOWN', 'NOSAVE']]]) {
    const [ours, redis] = await Promise.all([ask(pair.ours, requests), ask(pair.redis, requests)]);
    t.deepEqual(
      ours.map(({ raw }) => show(raw)),
      redis.map(({ raw }) => show(raw)),
    );
  }
  t.deepEqual(await Promise.all(ended), [[], []]);
});

test.serial('a long script is atomic: what arrives meanwhile waits, on every worker', async (t) => {
  const server = await startSequement({
    arguments: ['--workers', '2', '--heartbeat-timeout', '300'],
  });
  const clients = await clientsOfTwoWorkers(server.port);
  const [one, ...others] = clients as [RawClient, ...RawClient[]];
  const script = `local a = redis.call('incr', 'n') ${SLOWLY} return {a, redis.call('incr', 'n')}`;
  await one.send('SET', 'n', 0);
  for (const isTransaction of [false, true]) {
    let isDone = false;
    if (isTransaction) for (const each of [['MULTI'], ['INCR', 'n']]) await one.send(...each);
    let running = one.send('EVAL', script, 0);
    if (isTransaction) {
      await running;
      running = one.send('EXEC');
    }
    void running.then(() => {
      isDone = true;
    });
    const seen: number[] = [];
    while (!isDone) {
      const answers = await Promise.all(others.map((each) => each.send('INCR', 'n')));
      seen.push(...answers.map(Number));
    }
    const inner = ((await running) as Answer[]).flat().map(Number);
    t.is((inner.at(-1) as number) - (inner[0] as number), inner.length - 1);
    t.true(seen.every((value) => !inner.includes(value)));
    const all = [...seen, ...inner].sort((a, b) => a - b);
    t.is(new Set(all).size, all.length);
  }
  const info = String(await one.send('INFO', 'all'));
  t.regex(info, /\r\nrestarts:0\r\n/);
  await server.stop();
});

test.serial('nothing of a script that was under way is there after a kill -9', async (t) => {
  let server = await startSequement({
    arguments: ['--workers', '1', '--busy-reply-threshold', '50'],
  });
  await askOnce(server.port, 'SET', 'n', 1);
  const running = askOnce(server.port, 'EVAL', WRITES_FOR_EVER, 0).catch(() => 'lost');
  await untilBusy(server.port);
  await server.kill();
  t.is(await running, 'lost');
  server = await startSequement({ dir: server.dir, arguments: ['--busy-reply-threshold', '50'] });
  t.is(await askOnce(server.port, 'GET', 'n'), '1');
  // Nor when the server is told to stop and has waited long enough.
  await askOnce(server.port, 'CONFIG', 'SET', 'shutdown-timeout', 1);
  const stuck = askOnce(server.port, 'EVAL', WRITES_FOR_EVER, 0).catch(() => 'lost');
  await untilBusy(server.port);
  await server.stop().catch(() => {});
  t.is(await stuck, 'lost');
  server = await startSequement({ dir: server.dir });
  t.is(await askOnce(server.port, 'GET', 'n'), '1');
  await server.stop();
});

test.serial('takes before a script in the same packet are answered while it runs', async (t) => {
  const server = await startSequement({
    arguments: ['--workers', '1', '--busy-reply-threshold', '50'],
  });
  const client = await RawClient.connect(server.port);
  const answers: Answer[] = [];
  client.together(() => {
    for (const words of [
      ['INCR', 'a'],
      ['EVAL', FOR_EVER, 0],
      ['INCR', 'a'],
    ]) {
      client.pass(
        words,
        (answer) => answers.push(answer),
        () => {},
      );
    }
  });
  await until('the first answer', () => answers.length === 1);
  t.is(answers[0], '1');
  await untilBusy(server.port);
  t.is(await askOnce(server.port, 'SCRIPT', 'KILL'), 'OK');
  await until('all answers', () => answers.length === 3);
  t.true(answers[1] instanceof ServerError);
  t.is(answers[2], '2');
  await server.stop();
});
