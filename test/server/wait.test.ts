import test from 'ava';
import { until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

test.serial('what is sent behind a WAIT waits; another client ends it', async (t) => {
  const server = await startSequement();
  t.teardown(() => server.stop());
  const client = await RawClient.connect(server.port);
  const id = await client.send('CLIENT', 'ID');
  t.is(await client.send('WAIT', '0', '0'), '0');
  t.is(await client.send('WAIT', '1', '1'), '0');
  let isAnswered = false;
  const waiting = client.send('WAIT', '1', '0');
  const behind = client.send('INCR', 'x').then((answer) => {
    isAnswered = true;
    return answer;
  });
  await until('the client waits', async () => {
    t.false(isAnswered);
    return (await askOnce(server.port, 'CLIENT', 'UNBLOCK', String(id), 'ERROR')) === '1';
  });
  t.is(String(await waiting), '-UNBLOCKED client unblocked via CLIENT UNBLOCK');
  t.is(await behind, '1');
  t.is(await askOnce(server.port, 'CLIENT', 'UNBLOCK', String(id)), '0');
  await client.close();
});

test.serial('WAITAOF tells that what was written before is on stable storage', async (t) => {
  for (const fsync of ['always', 'no']) {
    const server = await startSequement({ arguments: ['--fsync', fsync] });
    t.deepEqual(await askOnce(server.port, 'WAITAOF', '1', '0', '0'), ['1', '0'], fsync);
    t.deepEqual(await askOnce(server.port, 'WAITAOF', '1', '1', '5'), ['1', '0'], fsync);
    t.deepEqual(
      await askOnce(server.port, 'WAITAOF', '0', '0', '0'),
      [fsync === 'always' ? '1' : '0', '0'],
      fsync,
    );
    for (const [words, error] of [
      [['2', '0', '0'], '-ERR value is out of range, value must between 0 and 1'],
      [['1', '-1', '0'], '-ERR value is out of range, must be positive'],
      [['1', '0', '-1'], '-ERR timeout is negative'],
    ] as const) {
      t.is(String(await askOnce(server.port, 'WAITAOF', ...words)), error);
    }
    await server.stop();
  }
});

test.serial('a client that waits for ever does not hold up a clean stop', async (t) => {
  const server = await startSequement();
  const client = await RawClient.connect(server.port);
  await client.send('INCR', 'x');
  const waiting = client.send('WAIT', '1', '0');
  const [id] = [await askOnce(server.port, 'CLIENT', 'LIST')];
  t.regex(String(id), /cmd=wait/);
  t.is(await server.stop(), 0);
  t.is(await waiting, '0');
});
