import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { kill, until, untilPidsOf } from './processes.js';
import { askOnce } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };
const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

test.serial('MONITOR shows the commands of all workers, from its OK on', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [a, b] = await byteClientOfEach(server.port);
  // Lent to a worker, whose takes then need no message to the master.
  for (let i = 0; i < 300; i++) await a.ask('INCR', 'x');
  const monitors = await byteClientOfEach(server.port);
  for (const monitor of monitors) {
    monitor.send(['MONITOR'], ['PING', 'seen']);
    await monitor.until('+OK\r\n');
    await monitor.until('$4\r\nseen\r\n');
  }
  await a.ask('INCR', 'x');
  await b.ask('GET', 'x');
  await b.ask('PUBLISH', 'c', 'end');
  for (const monitor of monitors) {
    const text = await monitor.until('"end"\r\n');
    t.regex(text, /^\+\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] "INCR" "x"\r$/m);
    t.regex(text, /\] "GET" "x"\r\n(.|\n|\r)*\] "PUBLISH" "c" "end"\r\n$/);
  }
  const [first, second] = monitors;
  // What was executed before its OK is not for a monitor, whoever else watches at its worker.
  const third = (await byteClientOfEach(server.port))[1];
  third.send(['PING', 'early'], ['MONITOR']);
  t.is(await third.until('+OK\r\n'), '$5\r\nearly\r\n+OK\r\n');
  await third.close();
  await first.close();
  await until('one monitor', async () => {
    const list = String(await askOnce(server.port, 'CLIENT', 'LIST'));
    return list.split('flags=O').length === 2;
  });
  await a.ask('INCR', 'left');
  await second.until('"left"\r\n');
  // A RESET ends it: what comes then is only what it asks for.
  second.send(['RESET']);
  await second.until('+RESET\r\n');
  await a.ask('INCR', 'after');
  t.is(await second.ask('ECHO', '1'), '$1\r\n1\r\n');
});

const ODD = 'a"b\\c\n\r\t\u0007\b\u0000\u007f z';
const SHOWN: readonly (readonly string[])[] = [
  ['PING'],
  ['get', ODD],
  ['CONFIG', 'GET', 'port'],
  ['AUTH', 'foo'],
  ['AUTH', 'u', 'p'],
  ['HELLO', '3', 'AUTH', 'default', 'x'],
  ['HELLO', '2', 'AUTH', 'default', 'x', 'SETNAME', 'n'],
  ['SELECT', '3'],
  ['INCR', 'k'],
  ['NOSUCH', 'x'],
  ['GET'],
  ['CLIENT', 'SETNAME', 'x'],
  ['client', 'list'],
  ['SUBSCRIBE', 'q'],
  ['UNSUBSCRIBE'],
  ['PUBLISH', 'a', 'b'],
  ['INFO', 'clients'],
  ['COMMAND', 'COUNT'],
  ['SPUBLISH', 'a', 'b'],
  ['RESET'],
];
const BY_MONITOR = [
  'MONITOR',
  'GET x',
  'INCR x',
  'CLIENT GETNAME',
  'SUBSCRIBE a',
  'RESET',
  'GET x',
];

runWithRedis('what MONITOR shows, and hides, is what redis-server does', async (t) => {
  const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const [our, its] = await Promise.all(servers.map(({ port }) => observe(port)));
  t.deepEqual(our, its);
  t.true((our?.length ?? 0) > 20);
});

const SCRIPTS = [
  "redis.call('SET', 'n', ARGV[1]) return redis.pcall('incrby', 'n', 'x')",
  "redis.pcall('nosuch') redis.pcall('get') redis.call('select', 2) redis.call('incr', 'm') return redis.call('echo', 'y')",
  "redis.call('publish', 'c', 'm') return redis.call('time')",
  "return setmetatable({}, {__index = function() return redis.call('incr', 'n') end}).x",
  "redis.acl_check_cmd('get', 'n') redis.pcall('config', 'get', 'port') redis.pcall('ping', 'a', 'b') error('x')",
  '#!lua flags=no-writes\nreturn redis.pcall("set", "n", 1)',
  'return (',
];

runWithRedis('MONITOR shows what scripts call, as redis-server does', async (t) => {
  const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const shown = servers.map(async ({ port }) => {
    const monitor = await ByteClient.connect(port);
    monitor.send(['MONITOR']);
    await monitor.until('+OK\r\n');
    for (const script of SCRIPTS) await askOnce(port, 'EVAL', script, 0, 7);
    await askOnce(port, 'ECHO', 'last');
    const lines = (await monitor.until('"last"\r\n')).split('\r\n');
    await monitor.close();
    return lines.map((line) =>
      line.replace(/^\+\d+\.\d{6} \[(\d+) [^\]]+:\d+\]/, '[$1]').replace(/^\+\d+\.\d+ /, ''),
    );
  });
  const [our, its] = await Promise.all(shown);
  t.deepEqual(our, its);
  t.true(our?.includes('[0 lua] "SET" "n" "7"'));
});

test.serial(
  'a worker that starts while somebody watches serves, and its commands are shown',
  async (t) => {
    const server = await startSequement({ arguments: ['--workers', '1'] });
    t.teardown(() => server.stop());
    const monitor = await ByteClient.connect(server.port);
    monitor.send(['MONITOR']);
    await monitor.until('+OK\r\n');
    kill(server.pid, 'SIGTTIN');
    await untilPidsOf(server.pid, 'worker', 2);
    const [, client] = await byteClientOfEach(server.port);
    await client.ask('INCR', 'new');
    t.regex(await monitor.until('"new"\r\n'), /"INCR" "new"/);
    t.regex(String(await askOnce(server.port, 'INFO', 'sequement')), /^restarts:0\r$/m);
    await client.close();
    await monitor.close();
  },
);

/** The lines with the times and ports taken out, and the replies to the monitor's own commands. */
async function observe(port: number): Promise<string[]> {
  const monitor = await ByteClient.connect(port);
  monitor.send(['MONITOR']);
  await monitor.until('+OK\r\n');
  const client = await ByteClient.connect(port);
  for (const words of SHOWN) await client.ask(...words);
  client.send(['ECHO', 'last']);
  const lines = (await monitor.until('"last"\r\n')).split('\r\n').filter((line) => line !== '');
  for (const line of BY_MONITOR) {
    monitor.send(line.split(' '), ['PING', line]);
    const reply = await monitor.until(`$${line.length}\r\n${line}\r\n`);
    const isLine = (text: string) => /^\+\d+\.\d+ \[/.test(text);
    lines.push(
      reply
        .split('\r\n')
        .filter((text) => !isLine(text))
        .join('|'),
    );
  }
  return lines
    .map((line) => line.replace(/^\+\d+\.\d{6} \[(\d+) [^\]]+:\d+\]/, '[$1]'))
    .map((line) => line.replace(/mark:\d+/, 'mark'));
}
