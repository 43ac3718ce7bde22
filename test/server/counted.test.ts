import test from 'ava';
import { ask } from './differential/wire.js';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from './start.js';

const run = isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

/** On names that are there (`a`, `b`) and that are not. */
const COMMANDS: readonly (readonly string[])[] = [
  ['SET', 'a', '1'],
  ['INCR', 'b'],
  ...['a', 'nosuch'].flatMap((name) => [
    ['GET', name],
    ['EXISTS', name, name],
    ['TYPE', name],
    ['TTL', name],
    ['PTTL', name],
    ['EXPIRETIME', name],
    ['EXPIRE', name, '100'],
    ['PERSIST', name],
    ['STRLEN', name],
    ['GETRANGE', name, '0', '1'],
    ['TOUCH', name],
    ['MGET', name, 'b'],
    ['COPY', name, 'c', 'REPLACE'],
    ['DEL', 'c'],
    ['GETEX', name],
    ['GETEX', name, 'EX', '100'],
    ['OBJECT', 'ENCODING', name],
    ['RENAME', name, 'renamed'],
    ['RENAME', 'renamed', name],
    ['MOVE', name, '1'],
    ['SETNX', name, '1'],
    ['SET', name, '1', 'XX'],
    ['SET', name, '2', 'NX', 'GET'],
    ['SET', name, '2', 'EX', '100', 'KEEPTTL'],
    ['GETSET', name, '1'],
    ['INCRBY', name, '2'],
    ['INCRBYFLOAT', name, '2'],
    ['DECR', name],
    ['GETDEL', name],
    ['MSETNX', name, '1'],
    ['UNLINK', name],
  ]),
  ['RANDOMKEY'],
  ['DBSIZE'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['SET', 'gone', '1', 'PX', '100000'],
  ['PEXPIRE', 'gone', '0'],
  ['INCR'],
  ['NOSUCH'],
  ['CONFIG', 'NOSUCH'],
  ['SET', 'a', '9223372036854775807'],
  ['INCR', 'a'],
  ['INCRBY', 'a', 'x'],
  ['SELECT', '99'],
  ['AUTH', 'x'],
  ['HELLO', '9'],
];

/** What is counted, as lines; times and sizes are not. */
async function counted(server: StartedServer): Promise<string[]> {
  const sections = ['stats', 'commandstats', 'errorstats', 'keyspace'];
  await ask(server.port, [['CONFIG', 'RESETSTAT'], ...COMMANDS]);
  const [info] = await ask(server.port, [['INFO', ...sections]]);
  const lines = (info?.text ?? '').split('\r\n');
  return (
    lines
      .filter((line) => /^(cmdstat_|errorstat_|keyspace_|expired_keys|total_error|db0)/.test(line))
      // What asks is counted before it is executed here, and afterwards there.
      .filter((line) => !line.startsWith('cmdstat_info'))
      .map((line) => line.replace(/usec[^,]*,usec_per_call=[^,]*,/, '').replace(/avg_ttl=.*/, ''))
      .sort()
  );
}

run('INFO counts what redis-server counts', async (t) => {
  const servers = await Promise.all([startSequement(), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const [ours, redis] = await Promise.all(servers.map(counted));
  t.deepEqual(ours, redis);
});
