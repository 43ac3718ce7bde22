import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { kill, until, untilPidsOf } from './processes.js';
import { askOnce, encode, RawClient } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };
const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

function message(channel: string, text: string): string {
  return encode(['message', channel, text]);
}

test.serial(
  'a message reaches the subscribers at all workers and is counted over all',
  async (t) => {
    const server = await startSequement(TWO_WORKERS);
    t.teardown(() => server.stop());
    const [a, b] = await byteClientOfEach(server.port);
    await a.ask('SUBSCRIBE', 'news');
    await b.ask('SUBSCRIBE', 'news', 'other');
    await b.ask('PSUBSCRIBE', 'n?ws');
    t.is(await askOnce(server.port, 'PUBLISH', 'news', 'one'), '3');
    t.is(await askOnce(server.port, 'PUBLISH', 'other', 'two'), '1');
    t.is(await askOnce(server.port, 'PUBLISH', 'nobody', 'three'), '0');
    t.is(await a.until(message('news', 'one')), message('news', 'one'));
    const pattern = encode(['pmessage', 'n?ws', 'news', 'one']);
    const expected = message('news', 'one') + pattern + message('other', 'two');
    t.is(await b.until(message('other', 'two')), expected);
    t.deepEqual(await askOnce(server.port, 'PUBSUB', 'NUMSUB', 'news', 'other', 'x'), [
      ...['news', '2', 'other', '1', 'x', '0'],
    ]);
    const info = String(await askOnce(server.port, 'INFO', 'stats'));
    t.regex(info, /^pubsub_channels:2\r$/m);
    t.regex(info, /^pubsub_patterns:1\r$/m);
    await a.close();
    await until('one subscriber less', async () => {
      return (await askOnce(server.port, 'PUBLISH', 'news', 'four')) === '2';
    });
    await b.close();
  },
);

test.serial(
  'who has left is told nothing more, and clients of one worker count each',
  async (t) => {
    const server = await startSequement({ arguments: ['--workers', '1'] });
    t.teardown(() => server.stop());
    const clients = await Promise.all([1, 2, 3].map(() => ByteClient.connect(server.port)));
    const [a, b, publisher] = clients as [ByteClient, ByteClient, ByteClient];
    for (const client of [a, b]) {
      await client.ask('HELLO', '3');
      await client.ask('SUBSCRIBE', 'c', 'd');
      await client.ask('PSUBSCRIBE', 'c*');
    }
    t.is(await publisher.ask('PUBLISH', 'c', 'one'), ':4\r\n');
    for (const client of [a, b]) await client.until(/pmessage.*one\r\n/s);
    t.regex(await a.ask('UNSUBSCRIBE', 'c'), /unsubscribe/);
    t.is(await publisher.ask('PUBLISH', 'c', 'two'), ':3\r\n');
    const two = await a.until(/two\r\n/);
    t.regex(two, /^>4\r\n\$8\r\npmessage\r\n/);
    t.regex(await a.ask('PUNSUBSCRIBE'), /punsubscribe/);
    t.is(await publisher.ask('PUBLISH', 'c', 'three'), ':2\r\n');
    t.is(await publisher.ask('PUBLISH', 'd', 'four'), ':2\r\n');
    t.regex(await a.until(/four\r\n/), /^>3\r\n\$7\r\nmessage\r\n\$1\r\nd\r\n\$4\r\nfour\r\n$/);
    await Promise.all(clients.map((client) => client.close()));
  },
);

test.serial('messages of one publisher arrive in order, from whichever worker', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [a, b] = await byteClientOfEach(server.port);
  await a.ask('SUBSCRIBE', 'c');
  await b.ask('SUBSCRIBE', 'c');
  const publisher = await RawClient.connect(server.port);
  const count = 2000;
  let expected = '';
  publisher.together(() => {
    for (let i = 1; i <= count; i++) {
      publisher.pass(['PUBLISH', 'c', i], () => {}, t.fail);
      expected += message('c', String(i));
    }
  });
  const last = message('c', String(count));
  t.is(await a.until(last), expected);
  t.is(await b.until(last), expected);
});

test.serial(
  'what was pipelined before a PUBLISH has taken effect when its message is there',
  async (t) => {
    const server = await startSequement(TWO_WORKERS);
    t.teardown(() => server.stop());
    const [subscriber, publisher] = await byteClientOfEach(server.port);
    await subscriber.ask('SUBSCRIBE', 'done');
    const reader = await RawClient.connect(server.port);
    for (let i = 1; i <= 300; i++) {
      publisher.send(['INCR', 'x'], ['PUBLISH', 'done', i]);
      await subscriber.until(message('done', String(i)));
      t.true(Number(await reader.send('GET', 'x')) >= i);
    }
  },
);

test.serial('a worker that dies takes its subscriptions with it', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [a, b] = await byteClientOfEach(server.port);
  for (const client of [a, b]) {
    await client.ask('HELLO', '3');
    await client.ask('SUBSCRIBE', 'c');
    await client.ask('PSUBSCRIBE', 'c*');
  }
  const [first] = await untilPidsOf(server.pid, 'worker', 2);
  kill(first as number);
  const survivor = await Promise.race([a.closed.then(() => b), b.closed.then(() => a)]);
  await until('one subscriber less', async () => {
    return (await survivor.ask('PUBSUB', 'NUMSUB', 'c')).endsWith(':1\r\n');
  });
  t.is((await survivor.ask('PUBLISH', 'c', 'x')).slice(-4), ':2\r\n');
});

test.serial('a subscriber that reads nothing is closed at the limit for subscribers', async (t) => {
  const server = await startSequement({
    arguments: ['--workers', '2', '--client-output-buffer-limit', 'pubsub 1mb 0 0'],
  });
  t.teardown(() => server.stop());
  const [deaf, publisher] = await byteClientOfEach(server.port);
  await deaf.ask('SUBSCRIBE', 'c');
  deaf.socket.pause();
  const text = 'x'.repeat(100_000);
  await until('nobody is subscribed', async () => {
    return (await publisher.ask('PUBLISH', 'c', text)) === ':0\r\n';
  });
  t.regex(await publisher.ask('INFO', 'clients'), /connected_clients:1\r/);
  deaf.socket.destroy();
});

/** Where the order of the replies is Redis's hash table's, a request names what it leaves. */
const SCRIPT = `
UNSUBSCRIBE|PUNSUBSCRIBE|SUNSUBSCRIBE|UNSUBSCRIBE a b|SUBSCRIBE|SUBSCRIBE a b a|PSUBSCRIBE x* a?|SSUBSCRIBE s
PING|PING hi|PING a b|GET x|NOSUCH|GET|CLIENT LIST|HELLO 3|ECHO x|AUTH x|PUBLISH a b|PUBSUB NUMSUB a
UNSUBSCRIBE a zz|PUNSUBSCRIBE x* a? a?|SUNSUBSCRIBE s|GET x|UNSUBSCRIBE b|GET x|PING|SUBSCRIBE a|RESET|GET x
HELLO 3|UNSUBSCRIBE|SUBSCRIBE a b|PSUBSCRIBE a*|SSUBSCRIBE a|PUBLISH a one|SPUBLISH a two|GET x|PING|PUBLISH
PUBSUB CHANNELS a*|PUBSUB CHANNELS [|PUBSUB NUMSUB a b c|PUBSUB NUMSUB|PUBSUB NUMPAT|PUBSUB NUMPAT x
PUBSUB SHARDCHANNELS|PUBSUB SHARDNUMSUB a q|PUBSUB HELP|PUBSUB|PUBSUB FOO|pubsub channels a b
PUBSUB SHARDCHANNELS a b|UNSUBSCRIBE a|PUBLISH a three|PUNSUBSCRIBE|PUBLISH a four|UNSUBSCRIBE b|SUNSUBSCRIBE
HELLO 2|COMMAND GETKEYS SPUBLISH a b|COMMAND GETKEYS SSUBSCRIBE a b|RESET`;

runWithRedis('replies and messages are those of redis-server, byte for byte', async (t) => {
  const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  const [ours, redis] = await Promise.all([
    ByteClient.connect(servers[0].port),
    ByteClient.connect(servers[1].port),
  ]);
  for (const line of SCRIPT.trim().split(/[|\n]/)) {
    const words = line.split(' ');
    // Without replies there is no mark to wait for: what comes next shows what these brought.
    if (line === 'CLIENT REPLY OFF' || line === 'SUBSCRIBE q') {
      ours.send(words);
      redis.send(words);
      continue;
    }
    const [our, its] = await Promise.all([ours.ask(...words), redis.ask(...words)]);
    t.is(withoutId(our), withoutId(its), line);
  }
});

function withoutId(text: string): string {
  return text.replace(/(\$2\r\nid\r\n:)\d+/, '$1N');
}
