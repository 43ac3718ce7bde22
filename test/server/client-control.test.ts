import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { isRedisInstalled, type StartedServer, startRedis, startSequement } from './start.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };
const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

let server: StartedServer;
test.before(async () => {
  server = await startSequement(TWO_WORKERS);
});
test.after.always(async () => {
  await server.stop();
});

async function info(field: string): Promise<string | undefined> {
  const text = String(await askOnce(server.port, 'INFO', 'everything'));
  return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1];
}

test.serial('CLIENT LIST shows the clients of all workers, and what they do', async (t) => {
  const [a, b] = await byteClientOfEach(server.port);
  await a.ask('CLIENT', 'SETNAME', 'alice');
  await b.ask('SUBSCRIBE', 'x', 'y');
  await b.ask('PSUBSCRIBE', 'z*');
  const list = String(await askOnce(server.port, 'CLIENT', 'LIST'));
  t.regex(list, /name=alice .* flags=N .* sub=0 psub=0 .* cmd=ping /);
  t.regex(list, /^id=1\d{9} .* flags=P .* sub=2 psub=1 ssub=0 .* resp=2 /m);
  const ofType = String(await askOnce(server.port, 'CLIENT', 'LIST', 'TYPE', 'pubsub'));
  t.is(ofType.split('\n').length, 2);
  await Promise.all([a.close(), b.close()]);
});

test.serial(
  'CLIENT KILL closes clients of every worker, and its own when it is answered',
  async (t) => {
    const [a, b] = await byteClientOfEach(server.port);
    const idOfB = (await b.ask('CLIENT', 'ID')).trim().slice(1);
    t.is(await a.ask('CLIENT', 'KILL', 'ID', idOfB), ':1\r\n');
    await b.untilClosed();
    const others = await Promise.all([1, 2, 3, 4].map(() => ByteClient.connect(server.port)));
    for (const other of others) await other.ask('SUBSCRIBE', 'x');
    t.is(await a.ask('CLIENT', 'KILL', 'TYPE', 'pubsub'), ':4\r\n');
    await Promise.all(others.map((other) => other.untilClosed()));
    a.send(['INCR', 'n'], ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'], ['INCR', 'n']);
    t.regex(await a.until(/:1\r\n:\d+\r\n/), /^:1\r\n:1\r\n$/);
    await a.untilClosed();
    t.is(a.unread, '');
    t.is(await askOnce(server.port, 'GET', 'n'), '1');
  },
);

test.serial(
  'a pause keeps back what writes, at all workers, and what stands behind it',
  async (t) => {
    const [a, b] = await byteClientOfEach(server.port);
    // From a hold as well.
    for (let i = 0; i < 300; i++) await a.ask('INCR', 'paused');
    const operator = await RawClient.connect(server.port);
    t.is(await operator.send('CLIENT', 'PAUSE', 60_000, 'WRITE'), 'OK');
    a.send(['INCR', 'paused'], ['ECHO', 'behind']);
    b.send(['GET', 'paused'], ['PUBLISH', 'x', 'y'], ['ECHO', 'behind']);
    t.is(await b.until('300\r\n'), '$3\r\n300\r\n');
    await until('two are blocked', async () => (await info('blocked_clients')) === '2');
    t.regex(String(await operator.send('CLIENT', 'LIST')), / flags=b .* cmd=ping /);
    t.is(await operator.send('GET', 'paused'), '300');
    t.is(a.unread + b.unread, '');
    t.is(await operator.send('CLIENT', 'UNPAUSE'), 'OK');
    t.is(await a.until('behind\r\n'), ':301\r\n$6\r\nbehind\r\n');
    t.is(await b.until('behind\r\n'), ':0\r\n$6\r\nbehind\r\n');
    t.is(await info('blocked_clients'), '0');
    await operator.close();
  },
);

test.serial('what is pipelined behind a CLIENT PAUSE waits for its end', async (t) => {
  const client = await ByteClient.connect(server.port);
  client.send(['CLIENT', 'PAUSE', 1, 'ALL'], ['INCR', 'behind'], ['CLIENT', 'UNPAUSE'], ['PING']);
  t.is(await client.until('PONG\r\n'), '+OK\r\n:1\r\n+OK\r\n+PONG\r\n');
  client.send(['CLIENT', 'PAUSE', 60_000, 'WRITE'], ['INCR', 'behind']);
  t.is(await client.until('\r\n'), '+OK\r\n');
  t.is(await askOnce(server.port, 'GET', 'behind'), '1');
  t.is(client.unread, '');
  await askOnce(server.port, 'CLIENT', 'UNPAUSE');
  t.is(await client.until('\r\n'), ':2\r\n');
  // A client that has ended its side is answered as well.
  client.send(['CLIENT', 'PAUSE', 1, 'ALL'], ['INCR', 'behind']);
  client.socket.end();
  t.is(await client.until(':3\r\n'), '+OK\r\n:3\r\n');
  await client.untilClosed();
});

test.serial('without replies commands take effect all the same', async (t) => {
  const client = await ByteClient.connect(server.port);
  const expected: string[] = [];
  // So many that the sequence is lent, and the first ones without replies are served from the hold.
  for (let i = 0; i < 300; i++) await client.ask('INCR', 'quiet');
  client.send(['CLIENT', 'REPLY', 'OFF'], ['INCR', 'quiet'], ['INCR', 'quiet']);
  client.send(['GET', 'quiet'], ['INCR', 'quiet'], ['NOSUCH'], ['PING']);
  client.send(['CLIENT', 'PAUSE', '0'], ['INCRBY', 'quiet', 'x'], ['CLIENT', 'REPLY', 'ON']);
  expected.push('+OK\r\n');
  client.send(['INCR', 'quiet'], ['CLIENT', 'REPLY', 'SKIP'], ['INCR', 'quiet'], ['GET', 'quiet']);
  expected.push(':304\r\n', '$3\r\n305\r\n');
  client.send(['ECHO', 'end']);
  t.is(await client.until('end\r\n'), `${expected.join('')}$3\r\nend\r\n`);
});

test.serial(
  'maxclients counts over all workers, and a place is free when a client is gone',
  async (t) => {
    const operator = await RawClient.connect(server.port);
    await operator.send('CLIENT', 'KILL', 'TYPE', 'normal');
    await operator.send('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('nobody else', async () => {
      return /connected_clients:1\r/.test(String(await operator.send('INFO', 'clients')));
    });
    // All but the operator at one worker.
    const clients: ByteClient[] = [];
    while (clients.length < 3) {
      const [other, client] = await byteClientOfEach(server.port);
      clients.push(client);
      await other.close();
    }
    await until('four are left', async () => {
      return /connected_clients:4\r/.test(String(await operator.send('INFO', 'clients')));
    });
    t.is(await operator.send('CONFIG', 'SET', 'maxclients', 4), 'OK');
    for (let i = 0; i < 3; i++) {
      const surplus = await ByteClient.connect(server.port);
      t.is(await surplus.until('\r\n'), '-ERR max number of clients reached\r\n');
      await surplus.untilClosed();
    }
    await clients[0]?.close();
    await until('one is let in', async () => {
      const client = await ByteClient.connect(server.port);
      const isIn = await client.ask('ECHO', '1').then(
        () => true,
        () => false,
      );
      await client.close();
      return isIn;
    });
    const text = String(await operator.send('INFO', 'stats'));
    t.true(Number(/rejected_connections:(\d+)/.exec(text)?.[1]) >= 3);
    await operator.send('CONFIG', 'SET', 'maxclients', 10_000);
  },
);

/** Words with `_` for a space stand for one argument. */
const SCRIPT = `
HELP|KILL|KILL x|KILL ID|KILL ID x|KILL ID 0|KILL ID 99999999|KILL ID -5|KILL TYPE foo|KILL TYPE normal x
KILL USER nosuch|KILL USER default SKIPME foo|KILL FOO bar|KILL ADDR 1.1.1.1:1|KILL LADDR 1.1.1.1:1
KILL MAXAGE 10|KILL SKIPME no FOO|KILL TYPE master|KILL TYPE slave|KILL TYPE replica ID 5|KILL TYPE pubsub
LIST ID|LIST ID x|LIST ID 0|LIST ID -1|LIST TYPE foo|LIST TYPE|LIST FOO|LIST TYPE master
PAUSE|PAUSE x|PAUSE -1|PAUSE 10 foo|PAUSE x foo|PAUSE 10 WRITE x|PAUSE 9223372036854775807|PAUSE 1.5|PAUSE 1 ALL
PAUSE 1|pause 1 write|UNPAUSE|UNPAUSE x|REPLY|REPLY foo|REPLY ON|REPLY x y|UNBLOCK|UNBLOCK x|UNBLOCK 999999999
UNBLOCK 999999999 foo|UNBLOCK x foo|UNBLOCK 999999999 ERROR|unblock 999999999 TIMEOUT x|GETREDIR|GETREDIR x
TRACKINGINFO|CACHING|CACHING yes|CACHING foo|TRACKING|TRACKING foo|TRACKING OFF|TRACKING ON FOO
TRACKING ON BCAST OPTIN|TRACKING ON OPTIN OPTOUT|TRACKING OFF PREFIX|TRACKING OFF PREFIX a BCAST
TRACKING ON REDIRECT x|TRACKING ON REDIRECT 99999999|TRACKING OFF REDIRECT 99999999|TRACKING ON PREFIX a
NO-EVICT foo|NO-EVICT on|NO-EVICT off|NO-EVICT`;

test.serial('a pause of writes lets through a script that says it writes nothing', async (t) => {
  const [a, b] = await byteClientOfEach(server.port);
  const reading = ['EVAL', '#!lua flags=no-writes\nreturn 12', 0];
  // Lua is started first.
  t.is(await b.ask(...reading), ':12\r\n');
  await a.ask('CLIENT', 'PAUSE', 100_000, 'WRITE');
  t.is(await b.ask(...reading), ':12\r\n');
  b.send(['MULTI'], reading, ['GET', 'nosuch'], ['EXEC']);
  t.regex(await b.until('*2\r\n:12\r\n$-1\r\n'), /QUEUED/);
  b.send(['EVAL', 'return 13', 0]);
  await until('it waits', async () => (await info('blocked_clients')) === '1');
  await a.ask('CLIENT', 'UNPAUSE');
  await b.until(':13\r\n');
  await Promise.all([a.close(), b.close()]);
});

runWithRedis('the replies to CLIENT are those of redis-server, byte for byte', async (t) => {
  const redis = await startRedis();
  t.teardown(() => redis.stop());
  for (const version of ['2', '3']) {
    const [our, its] = await Promise.all([
      ByteClient.connect(server.port),
      ByteClient.connect(redis.port),
    ]);
    await Promise.all([our.ask('HELLO', version), its.ask('HELLO', version)]);
    for (const line of SCRIPT.trim().split(/[|\n]/)) {
      const words = ['CLIENT', ...line.split(' ')];
      const replies = await Promise.all([our.ask(...words), its.ask(...words)]);
      t.is(replies[0], replies[1], line);
    }
    await Promise.all([our.close(), its.close()]);
  }
});
