import test from 'ava';
import { askOnce, RawClient } from './raw-client.js';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from './start.js';

const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

let server: StartedServer;
test.before(async () => {
  server = await startSequement({ arguments: ['--workers', '2'] });
});
test.after.always(async () => {
  await server.stop();
});

async function fields(port: number): Promise<Map<string, string>> {
  const text = String(await askOnce(port, 'INFO', 'everything'));
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.replace(/:.*/, ''), line.replace(/[^:]*:/, '')]));
}

async function changes(port: number): Promise<number> {
  return Number((await fields(port)).get('rdb_changes_since_last_save'));
}

runWithRedis('INFO has every field of redis-server, with a value of its kind', async (t) => {
  const redis = await startRedis({});
  t.teardown(() => redis.stop());
  for (const { port } of [server, redis]) await askOnce(port, 'GET', 'a');
  const [ours, theirs] = await Promise.all([fields(server.port), fields(redis.port)]);
  const kind = (value = '') => {
    if (/^-?\d+$/.test(value)) return 'integer';
    if (/^-?[\d.]+%?$/.test(value)) return 'number';
    return /^[\d.]+[BKMGT]$/.test(value) ? 'size' : 'text';
  };
  // A version has points.
  const texts = new Set(['redis_build_id', 'gcc_version']);
  for (const [name, value] of theirs) {
    t.true(ours.has(name), name);
    if (!texts.has(name)) t.is(kind(ours.get(name)), kind(value), name);
  }
});

test.serial('what has changed since the last save is counted, whoever served it', async (t) => {
  const { port } = server;
  const client = await RawClient.connect(port);
  t.teardown(() => client.close());
  await client.send('SAVE');
  t.is(await changes(port), 0);
  await client.send('SET', 'a', '5');
  await client.send('DEL', 'a');
  t.is(await changes(port), 2);
  // Enough for the sequence to be lent.
  for (let i = 0; i < 2000; i++) await client.send('INCR', 'n');
  t.is(await changes(port), 2002);
  await client.send('CONFIG', 'RESETSTAT');
  t.is(await changes(port), 2002);
  await client.send('SAVE');
  t.is(await changes(port), 0);
  await client.send('FLUSHALL');
  t.is(await changes(port), 1);
});

test.serial('what Lua has allocated is what it says itself', async (t) => {
  t.is((await fields(server.port)).get('used_memory_lua'), '0');
  const count = "return math.floor(collectgarbage('count') * 1024)";
  await askOnce(server.port, 'EVAL', count, 0);
  const said = Number(await askOnce(server.port, 'EVAL', count, 0));
  const told = Number((await fields(server.port)).get('used_memory_lua'));
  t.true(said > 10_000 && Math.abs(said - told) < said / 4, `${said}, ${told}`);
});

test.serial('sockets are counted as often as they were read and written', async (t) => {
  const client = await RawClient.connect(server.port);
  t.teardown(() => client.close());
  await client.send('CONFIG', 'RESETSTAT');
  for (let i = 0; i < 10; i++) await client.send('PING');
  const found = await fields(server.port);
  t.true(Number(found.get('total_reads_processed')) >= 10);
  t.true(Number(found.get('total_writes_processed')) >= 10);
});
