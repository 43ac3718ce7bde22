import test from 'ava';
import { answered } from './answers.js';
import { until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

test('a sequence expires for who asks, and is removed when nobody asks', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const client = await RawClient.connect(server.port);
  await client.send('SET', 'asked', '5', 'PX', '150');
  await client.send('SET', 'unasked', '5', 'PX', '150');
  await client.send('SET', 'kept', '5', 'EX', '1000');
  await until('the end of the sequence', async () => (await client.send('GET', 'asked')) === null);
  t.is(await client.send('INCR', 'asked'), '1');
  t.is(await client.send('TTL', 'asked'), '-1');
  await until('the removal', async () => (await client.send('DBSIZE')) === '2');
  t.regex(String(await client.send('INFO', 'stats')), /^expired_keys:2\r$/m);
  t.regex(String(await client.send('INFO', 'keyspace')), /^db0:keys=2,expires=1,/m);
  await client.close();
  await server.stop();
});

test('a sequence that is set when its time has come already is answered, and not there', async (t) => {
  const server = await startSequement();
  const client = await RawClient.connect(server.port);
  t.is(await answered(client, 'SET', 'x', '5', 'PXAT', '1'), 'OK');
  t.is(await answered(client, 'EXISTS', 'x'), '0');
  t.is(await answered(client, 'SET', 'x', '5'), 'OK');
  t.is(await answered(client, 'SET', 'x', '6', 'PXAT', '1'), 'OK');
  t.is(await answered(client, 'EXISTS', 'x'), '0');
  await client.close();
  await server.stop();
});

test('deadlines and exact values survive a kill of the whole server', async (t) => {
  let server = await startSequement({});
  const { dir, port } = server;
  for (let i = 0; i < 7; i++) await askOnce(port, 'INCR', 'x');
  await askOnce(port, 'EXPIREAT', 'x', '4000000000');
  for (let i = 0; i < 3; i++) await askOnce(port, 'INCR', 'x');
  await askOnce(port, 'SET', 'past', '1', 'PX', '50');
  await server.kill();
  server = await startSequement({ dir, port });
  t.is(await askOnce(port, 'GET', 'x'), '10');
  t.is(await askOnce(port, 'EXPIRETIME', 'x'), '4000000000');
  await until('the end', async () => (await askOnce(port, 'GET', 'past')) === null);
  t.is(await askOnce(port, 'PERSIST', 'x'), '1');
  t.is(await server.stop(), 0);
  server = await startSequement({ dir, port });
  t.is(await askOnce(port, 'TTL', 'x'), '-1');
  t.is(await askOnce(port, 'INCR', 'x'), '11');
  t.is(await askOnce(port, 'EXISTS', 'past'), '0');
  await server.stop();
});

test('databases that were exchanged stay so after a kill and after a stop', async (t) => {
  let server = await startSequement({});
  const { dir, port } = server;
  const inDatabase = async (database: string, ...words: string[]) => {
    const client = await RawClient.connect(port);
    await client.send('SELECT', database);
    const answer = await client.send(...words);
    await client.close();
    return answer;
  };
  await inDatabase('0', 'SET', 'x', '100');
  await inDatabase('3', 'SET', 'x', '300');
  t.is(await askOnce(port, 'SWAPDB', '0', '3'), 'OK');
  t.is(await inDatabase('0', 'INCR', 'x'), '301');
  await server.kill();
  server = await startSequement({ dir, port });
  t.true(Number(await inDatabase('0', 'INCR', 'x')) > 301);
  const other = await inDatabase('3', 'INCR', 'x');
  t.is(await server.stop(), 0);
  server = await startSequement({ dir, port });
  t.is(await inDatabase('3', 'INCR', 'x'), String(Number(other) + 1));
  await askOnce(port, 'SWAPDB', '0', '3');
  await inDatabase('3', 'FLUSHDB');
  t.is(await inDatabase('0', 'INCR', 'x'), String(Number(other) + 2));
  t.is(await inDatabase('3', 'DBSIZE'), '0');
  await server.stop();
});
