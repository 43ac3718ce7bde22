import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { until } from './processes.js';
import { askOnce } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };
const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

test.serial(
  'SLOWLOG shows what took long at any worker, at the master, and from a hold',
  async (t) => {
    const server = await startSequement(TWO_WORKERS);
    t.teardown(() => server.stop());
    const [a, b] = await byteClientOfEach(server.port);
    // On a busy machine a command may take longer than the default.
    await askOnce(server.port, 'CONFIG', 'SET', 'slowlog-log-slower-than', 100_000_000);
    await askOnce(server.port, 'SLOWLOG', 'RESET');
    for (let i = 0; i < 300; i++) await a.ask('INCR', 'x');
    t.is(await askOnce(server.port, 'SLOWLOG', 'LEN'), '0');
    await b.ask('CLIENT', 'SETNAME', 'bob');
    await askOnce(server.port, 'CONFIG', 'SET', 'slowlog-log-slower-than', 0);
    await a.ask('INCR', 'x');
    await b.ask('GET', 'x');
    const entries = async () => (await askOnce(server.port, 'SLOWLOG', 'GET', -1)) as string[][];
    const find = async (name: string) => (await entries()).find((entry) => entry[3]?.[0] === name);
    await until('both are there', async () => {
      return (await find('INCR')) !== undefined && (await find('GET')) !== undefined;
    });
    const [id, seconds, microseconds, words, address, name] = (await find('GET')) ?? [];
    t.true(Number(id) > 0 && Number(seconds) > 1.7e9 && Number(microseconds) >= 0);
    t.deepEqual(words as unknown, ['GET', 'x']);
    t.regex(address ?? '', /^127\.0\.0\.1:\d+$/);
    t.is(name, 'bob');
    await askOnce(server.port, 'CONFIG', 'SET', 'slowlog-max-len', 2);
    t.is((await entries()).length, 2);
    await askOnce(server.port, 'CONFIG', 'SET', 'slowlog-log-slower-than', -1);
    const length = await askOnce(server.port, 'SLOWLOG', 'LEN');
    await a.ask('INCR', 'x');
    t.is(await askOnce(server.port, 'SLOWLOG', 'LEN'), length);
  },
);

test.serial('LATENCY tells of the commands that reached the threshold', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const client = await ByteClient.connect(server.port);
  for (let i = 0; i < 40; i++) {
    const names = Array.from({ length: 5000 }, (_, j) => [`k${i * 5000 + j}`, '1']).flat();
    await client.ask('MSET', ...names);
  }
  await client.ask('CONFIG', 'SET', 'latency-monitor-threshold', 1);
  await until('a spike', async () => {
    await client.ask('KEYS', '*nosuch*');
    return (await client.ask('LATENCY', 'LATEST')) !== '*0\r\n';
  });
  t.regex(await client.ask('LATENCY', 'LATEST'), /^\*1\r\n\*4\r\n\$7\r\ncommand\r\n:\d{10}\r\n/);
  t.regex(
    await client.ask('LATENCY', 'HISTORY', 'command'),
    /^\*\d+\r\n\*2\r\n:\d{10}\r\n:\d+\r\n/,
  );
  t.regex(await client.ask('LATENCY', 'GRAPH', 'command'), /command - high \d+ ms, low \d+ ms/);
  t.regex(await client.ask('LATENCY', 'DOCTOR'), /1\. command: \d+ latency spikes/);
  t.is(await client.ask('LATENCY', 'RESET', 'nosuch'), ':0\r\n');
  await client.ask('CONFIG', 'SET', 'latency-monitor-threshold', 0);
  t.is(await client.ask('LATENCY', 'RESET'), ':1\r\n');
  t.is(await client.ask('LATENCY', 'LATEST'), '*0\r\n');
});

test.serial('INFO commandstats has times of what the workers and the master did', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const client = await ByteClient.connect(server.port);
  const usec = async (name: string) => {
    const text = await client.ask('INFO', 'commandstats');
    return Number(new RegExp(`cmdstat_${name}:calls=\\d+,usec=(\\d+),`).exec(text)?.[1]);
  };
  for (const words of [['INCR', 'x'], ['GET', 'x'], ['PING'], ['KEYS', '*']])
    await client.ask(...words);
  for (const name of ['incr', 'get', 'ping', 'keys']) t.true((await usec(name)) > 0, name);
  await client.ask('CONFIG', 'RESETSTAT');
  t.is(await usec('keys'), Number.NaN);
});

const SCRIPT = `
SLOWLOG|SLOWLOG HELP|SLOWLOG GET x|SLOWLOG GET -2|SLOWLOG GET -1|SLOWLOG GET 0|slowlog get 1 2|SLOWLOG LEN x
SLOWLOG LEN|SLOWLOG RESET|SLOWLOG FOO|LATENCY|LATENCY LATEST|LATENCY HISTORY|LATENCY HISTORY foo|LATENCY RESET
LATENCY RESET foo|LATENCY GRAPH foo|LATENCY DOCTOR|LATENCY FOO|CONFIG SET latency-monitor-threshold 100
LATENCY DOCTOR|CONFIG SET slowlog-log-slower-than 0|SLOWLOG RESET|GET ${'x'.repeat(200)}|AUTH foo|PING
MGET ${Array.from({ length: 40 }, (_, i) => `k${i}`).join(' ')}|CLIENT SETNAME bob|EVAL _ 0|WAIT 0 1|NOSUCH|GET|SLOWLOG LEN
EVAL return~redis.call('incr',KEYS[1]) 1 n 7|EVAL return~{}x 0|EVAL error('x') 0|EVAL return~redis.pcall('get') 0|EVALSHA abc 0
EVAL redis.call('incrby','n',7)~redis.pcall('incr','n','x')~redis.pcall('nosuch')~redis.call('ping')~return~redis.call('get','n') 0
EVAL_RO return~redis.call('set','n',1) 0|EVAL_RO return~redis.call('get','n') 0|SCRIPT LOAD return~1|SCRIPT KILL
EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0|MULTI|EVAL return~redis.call('decr','n') 0|INCR n|DISCARD
EVAL return~redis.call('strlen','${'y'.repeat(200)}') 0
CONFIG SET requirepass secret|AUTH secret|CONFIG SET requirepass _|PSUBSCRIBE x|RESET|HELLO 2 AUTH default x
CONFIG SET slowlog-log-slower-than 100000000|SLOWLOG GET 100`;

runWithRedis('the replies to SLOWLOG and LATENCY are those of redis-server', async (t) => {
  const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const [ours, redis] = await Promise.all([
    ByteClient.connect(servers[0].port),
    ByteClient.connect(servers[1].port),
  ]);
  for (const line of SCRIPT.trim().split(/[|\n]/)) {
    const words = line.split(' ').map((word) => (word === '_' ? '' : word.replaceAll('~', ' ')));
    const [our, its] = await Promise.all([exchange(ours, words), exchange(redis, words)]);
    t.is(withoutTimes(our), withoutTimes(its), line);
  }
});

/** A reply of one piece, or of a known end: nothing else is sent, for the slow log would show it. */
async function exchange(client: ByteClient, words: readonly string[]): Promise<string> {
  client.send(words);
  const head = await client.until('\r\n');
  const body = /^[$]\d/.test(head) ? await client.until('\r\n') : '';
  if (words[0] === 'PSUBSCRIBE') return head + (await client.until(':1\r\n'));
  if (words[0] === 'HELLO') return head + (await client.until('modules\r\n*0\r\n'));
  if (words[0] === 'MGET') return head + (await client.until('$-1\r\n'.repeat(40)));
  if (words[1] === 'HELP') return head + (await client.until('Prints this help.\r\n'));
  if (words.join(' ') === 'SLOWLOG GET 100')
    return head + (await client.until(/RESET\r\n\$\d+\r\n[^\r]+\r\n\$0\r\n\r\n$/));
  return head + body;
}

function withoutTimes(text: string): string {
  return text
    .replace(/:\d{10}\r\n:\d+\r\n/g, ':T\r\n')
    .replace(/(id\r\n):\d+/, '$1:N')
    .replace(/\$\d+\r\n127\.0\.0\.1:\d+/g, 'A');
}
