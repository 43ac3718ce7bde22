import test from 'ava';
import { ByteClient } from './byte-client.js';
import { encode, RawClient } from './raw-client.js';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from './start.js';

/** Enough to go in several pieces, in many steps, and to be answered in several pieces. */
const COUNT = 12_000;
const NAMES = Array.from({ length: COUNT }, (_, i) => `name:${i}`);
const pairs = (value: (i: number) => number | string) =>
  NAMES.flatMap((name, i) => [name, value(i)]);

let server: StartedServer;

test.before(async () => {
  server = await startSequement({ arguments: ['--workers', '2'] });
});

test.after.always(async (t) => {
  t.is(await server.stop(), 0, server.stdout);
});

test.serial('commands on very many names get the bytes of redis-server', async (t) => {
  if (!isRedisInstalled()) {
    t.pass('redis-server is not installed');
    return;
  }
  const redis = await startRedis();
  const clients = [await ByteClient.connect(redis.port), await ByteClient.connect(server.port)];
  const both = async (...words: (string | number)[]): Promise<string> => {
    const [theirs, ours] = await Promise.all(clients.map((client) => client.ask(...words)));
    t.true(ours === theirs, `${words.slice(0, 3).join(' ')} …: ${ours?.slice(0, 80)}`);
    return theirs as string;
  };
  for (const protocol of [2, 3]) {
    for (const client of clients) await client.ask('HELLO', protocol);
    await both('FLUSHALL');
    await both('MGET', ...NAMES);
    await both(
      'MSET',
      ...pairs((i) => (i % 3 === 0 ? -i : i)),
      'large',
      '9223372036854775807',
      'name:0',
      '7',
    );
    await both('MGET', ...NAMES, 'none', 'large', 'name:0', 'name:1');
    await both('EXISTS', ...NAMES, 'none', 'name:0');
    await both('TOUCH', 'none', ...NAMES);
    await both('MSETNX', ...pairs(() => 1));
    await both('MSETNX', ...NAMES.flatMap((name) => [`new:${name}`, 1]), 'name:9', 1);
    await both('MSETNX', ...NAMES.flatMap((name) => [`new:${name}`, 1]));
    await both('MSET', ...NAMES, 'odd');
    await both('DBSIZE');
    const listed = await both('KEYS', 'large');
    t.is(listed, '*1\r\n$5\r\nlarge\r\n');
    await both('DEL', ...NAMES, 'name:0', 'none');
    await both('UNLINK', ...NAMES.map((name) => `new:${name}`));
    await both('KEYS', '*');
  }
  // A value that is none is redis-server's own business: here it changes nothing.
  t.regex(await (clients[1] as ByteClient).ask('MSET', ...pairs(() => 'x')), /^-ERR value is not/);
  t.is(await (clients[1] as ByteClient).ask('DBSIZE'), ':1\r\n');
  for (const client of clients) await client.close();
  await redis.stop();
});

test.serial(
  'what a connection sends before and behind such a command takes effect in its order',
  async (t) => {
    const client = await ByteClient.connect(server.port);
    client.send(
      ['FLUSHALL'],
      ['INCR', 'name:5'],
      ['MGET', ...NAMES],
      ['INCR', 'name:5'],
      ['MSET', ...pairs(() => 10)],
      ['INCR', 'name:5'],
      ['CLIENT', 'REPLY', 'SKIP'],
      ['MGET', ...NAMES],
      ['EXISTS', ...NAMES],
      ['DEL', ...NAMES],
      ['INCR', 'name:5'],
      ['KEYS', '*'],
      ['ECHO', 'end'],
    );
    const text = await client.until('$3\r\nend\r\n');
    const nils = (count: number) => '$-1\r\n'.repeat(count);
    const expected = [
      '+OK\r\n:1\r\n',
      `*${COUNT}\r\n${nils(5)}$1\r\n1\r\n${nils(COUNT - 6)}`,
      ':2\r\n+OK\r\n:11\r\n',
      `:${COUNT}\r\n:${COUNT}\r\n:1\r\n`,
      '*1\r\n$6\r\nname:5\r\n',
    ].join('');
    t.true(text === `${expected}$3\r\nend\r\n`, text.slice(-200));
    await client.close();
  },
);

test.serial(
  'a client that reads slowly gets every byte, and one that goes harms nobody',
  async (t) => {
    const client = await RawClient.connect(server.port);
    // Some megabytes of names, so that the reply waits at the master.
    const long = 'n'.repeat(400);
    await client.send('MSET', ...NAMES.flatMap((name) => [`${long}${name}`, 1]));
    await client.send('SET', 'other', 0);
    await client.send('SET', 'x', 0);
    const size = Number(await client.send('DBSIZE'));
    const gone = await RawClient.connect(server.port);
    gone.socket.pause();
    gone.socket.write(encode(['KEYS', '*']).repeat(5));
    const slow = await RawClient.connect(server.port);
    slow.socket.pause();
    const asked = [slow.send('KEYS', '*'), slow.send('MGET', ...NAMES), slow.send('INCR', 'x')];
    for (let i = 0; i < 200; i++) await client.send('INCR', 'other');
    await gone.close();
    slow.socket.resume();
    const [names, values, number] = await Promise.all(asked);
    t.is((names as string[]).length, size);
    t.is(new Set(names as string[]).size, size);
    t.is((values as string[]).length, COUNT);
    t.is(number, '1');
    await slow.close();
    t.is(await client.send('INCR', 'other'), '201');
    await client.send('FLUSHALL');
    await client.close();
  },
);

test.serial('others see all of such a command or nothing, from whichever worker', async (t) => {
  const writer = await RawClient.connect(server.port);
  const readers = await Promise.all([1, 2, 3, 4].map(() => RawClient.connect(server.port)));
  await writer.send('MSET', ...pairs(() => 0));
  let round = 0;
  let isDone = false;
  const ends = [NAMES[0], NAMES[COUNT / 2], NAMES.at(-1)] as string[];
  const reading = readers.map(async (reader) => {
    let reads = 0;
    let last = 0;
    while (!isDone) {
      const values = (await reader.send('MGET', ...ends)) as (string | null)[];
      const [first] = values;
      if (values.some((value) => value !== first)) throw new Error(`torn: ${values}`);
      const value = Number(first ?? -1);
      if (first !== null && value < last) throw new Error(`${value} after ${last}`);
      if (first !== null) last = value;
      if (first !== null && value > round) throw new Error(`${value} before ${round}`);
      reads++;
    }
    return reads;
  });
  for (let i = 1; i <= 12; i++) {
    round = i;
    await writer.send('MSET', ...pairs(() => i));
    if (i % 3 === 0) await writer.send('DEL', ...NAMES);
  }
  isDone = true;
  const reads = await Promise.all(reading);
  t.log(`${reads.reduce((a, b) => a + b)} reads`);
  t.true(reads.every((count) => count > 0));
  for (const client of [writer, ...readers]) await client.close();
});

test.serial('SLOWLOG and commandstats have such a command once', async (t) => {
  const client = await RawClient.connect(server.port);
  await client.send('CONFIG', 'RESETSTAT');
  await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', '100');
  await client.send('SLOWLOG', 'RESET');
  await client.send('MGET', ...NAMES);
  await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', '-1');
  const entries = (await client.send('SLOWLOG', 'GET', '-1')) as unknown[][];
  const own = entries.filter((entry) => (entry[3] as string[])[0] === 'MGET');
  t.is(own.length, 1);
  const words = own[0]?.[3] as string[];
  t.is(words.length, 32);
  t.is(words[31], `... (${COUNT + 1 - 31} more arguments)`);
  const info = String(await client.send('INFO', 'commandstats'));
  t.regex(info, /cmdstat_mget:calls=1,usec=\d+/);
  await client.close();
});
