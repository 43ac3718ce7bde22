import test from 'ava';
import { ByteClient } from './byte-client.js';
import { askOnce } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const runWithRedis = isRedisInstalled() || process.env.CI !== undefined ? test : test.skip;
const TYPES = [
  ...['string', 'INTEGER', 'double', 'bignum', 'null', 'array', 'set', 'map', 'attrib', 'push'],
  ...['verbatim', 'true', 'false', 'nosuch', ''],
];

runWithRedis('DEBUG answers as in Redis, allowed or not', async (t) => {
  for (const allowed of ['no', 'yes', 'local']) {
    const options = { arguments: ['--enable-debug-command', allowed] };
    const servers = await Promise.all([startSequement(options), startRedis(options)]);
    const [ours, theirs] = await Promise.all(servers.map(({ port }) => ByteClient.connect(port)));
    const ask = async (...words: string[]) => {
      t.is(await ours?.ask(...words), await theirs?.ask(...words), `${allowed}: ${words}`);
    };
    await ask('DEBUG');
    await ask('DEBUG', 'nosuch');
    await ask('debug', 'sleep');
    await ask('DEBUG', 'SLEEP', '0.01');
    await ask('DEBUG', 'SLEEP', 'x');
    await ask('DEBUG', 'ERROR', 'OWN text\r\nin two lines');
    await ask('DEBUG', 'SET-ACTIVE-EXPIRE', '0', '1');
    await ask('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    await ask('DEBUG', 'RELOAD', 'NOSAVES');
    await ask('DEBUG', 'LOG', 'a message');
    for (const protocol of ['2', '3']) {
      if (protocol === '3') await Promise.all([ours?.ask('HELLO', '3'), theirs?.ask('HELLO', '3')]);
      for (const type of TYPES) await ask('DEBUG', 'PROTOCOL', type);
    }
    await ask('AUTH', 'x');
    await Promise.all(servers.map((server) => server.stop()));
  }
});

test('a client that is not authenticated is told first that DEBUG is not allowed', async (t) => {
  const server = await startSequement({ arguments: ['--requirepass', 'secret'] });
  t.regex(String(await askOnce(server.port, 'DEBUG', 'SLEEP', '0')), /^-ERR DEBUG command not/);
  await server.stop();
});

test('with SET-ACTIVE-EXPIRE 0 nothing is removed that nobody asks for', async (t) => {
  const server = await startSequement({ arguments: ['--enable-debug-command', 'yes'] });
  const client = await ByteClient.connect(server.port);
  t.is(await client.ask('DEBUG', 'SET-ACTIVE-EXPIRE', '0'), '+OK\r\n');
  await client.ask('PSETEX', 'a', '1', '5');
  await client.ask('PSETEX', 'b', '1', '5');
  // Longer than what is due is looked at twice.
  await client.ask('DEBUG', 'SLEEP', '0.25');
  t.is(await client.ask('DBSIZE'), ':2\r\n');
  t.is(await client.ask('GET', 'a'), '$-1\r\n');
  t.is(await client.ask('DBSIZE'), ':1\r\n');
  t.is(await client.ask('DEBUG', 'RELOAD'), '+OK\r\n');
  t.is(await client.ask('DEBUG', 'LOADAOF'), '+OK\r\n');
  const sample = ['EVAL', "return redis.call('debug', 'protocol', 'integer')", '0'];
  t.regex(await client.ask(...sample), /^-ERR This Redis command is not allowed from script/);
  t.is(await client.ask('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', '1'), '+OK\r\n');
  t.is(await client.ask(...sample), ':12345\r\n');
  await client.ask('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', '0');
  t.regex(await client.ask(...sample), /^-ERR/);
  await server.stop();
});

test('DEBUG SLEEP holds the master, and is in the slow log', async (t) => {
  const server = await startSequement({ arguments: ['--enable-debug-command', 'local'] });
  const [sleeper, other] = await Promise.all([
    ByteClient.connect(server.port),
    ByteClient.connect(server.port),
  ]);
  const startedMs = performance.now();
  await Promise.all([sleeper.ask('DEBUG', 'SLEEP', '0.3'), other.ask('GET', 'x')]);
  t.true(performance.now() - startedMs >= 300);
  t.regex(await sleeper.ask('SLOWLOG', 'GET'), /debug\r\n\$5\r\nSLEEP\r\n\$3\r\n0\.3/i);
  await server.stop();
});
