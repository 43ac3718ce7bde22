import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { kill, onlyPidOf, pidsOf, until, untilPidsOf } from './processes.js';
import { askOnce, RawClient, ServerError } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };

/** A client of each worker, as that user. */
async function bothAs(server: StartedServer, user: string): Promise<[ByteClient, ByteClient]> {
  const clients = await byteClientOfEach(server.port);
  for (const each of clients) await each.ask('AUTH', user, 'x');
  return clients;
}

test.serial('nothing runs by rights whose end an OK has told', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [admin, ...clients] = await clientsOfTwoWorkers(server.port);
  if (admin === undefined) return;
  await admin.send('ACL', 'SETUSER', 'taker', 'on', 'nopass', '~*', '+incr', '+mget');
  for (const each of clients) await each.send('AUTH', 'taker', 'x');
  let isOver = false;
  const flood = (client: RawClient, words: readonly string[]) => {
    if (!isOver)
      client.pass(
        words,
        () => flood(client, words),
        () => isOver || t.fail('a connection is lost'),
      );
  };
  for (const client of clients) {
    for (let i = 0; i < 8; i++) flood(client, ['INCR', i % 2 === 0 ? 'a' : 'b']);
  }
  for (let round = 0; round < 30; round++) {
    t.is(await admin.send('ACL', 'SETUSER', 'taker', '-incr'), 'OK');
    const then = await admin.send('MGET', 'a', 'b');
    await admin.send('ECHO', 'meanwhile');
    t.deepEqual(await admin.send('MGET', 'a', 'b'), then);
    await admin.send('ACL', 'SETUSER', 'taker', '+incr');
    await admin.send('ECHO', 'meanwhile');
  }
  isOver = true;
  for (const client of [admin, ...clients]) await client.close();
});

test.serial('a change of rights is answered when every worker has it', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [stopped] = await untilPidsOf(server.pid, 'worker', 2);
  const clients = await byteClientOfEach(server.port);
  kill(stopped as number, 'SIGSTOP');
  const asked = clients.map((client) => client.ask('PING').then(() => client));
  const admin = await Promise.race(asked);
  let isAnswered = false;
  const changed = admin.ask('ACL', 'SETUSER', 'taker', 'on', 'nopass').then((reply) => {
    isAnswered = true;
    return reply;
  });
  // Longer than any way there and back.
  await delay(300);
  t.false(isAnswered);
  kill(stopped as number, 'SIGCONT');
  t.is(await changed, '+OK\r\n');
  for (const client of await Promise.all(asked)) await client.close();
});

test.serial('a user that is deleted loses its connections at all workers', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'gone', 'on', 'nopass', '+@all');
  const users = await bothAs(server, 'gone');
  const others = await byteClientOfEach(server.port);
  const [self] = await bothAs(server, 'gone');
  // Who deletes itself hears of it; what it sent behind that is not executed.
  self.send(['ACL', 'DELUSER', 'gone', 'nobody'], ['SET', 'after', '1']);
  t.is(await self.until('\r\n'), ':1\r\n');
  await Promise.all([self, ...users].map((each) => each.untilClosed()));
  t.is(self.unread, '');
  t.is(await askOnce(server.port, 'EXISTS', 'after'), '0');
  for (const each of others) {
    t.is(await each.ask('PING'), '+PONG\r\n');
    t.regex(await each.ask('AUTH', 'gone', 'x'), /^-WRONGPASS /);
    await each.close();
  }
});

test.serial('a subscriber whose channel is taken away is closed at all workers', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const set = (...rules: string[]) => askOnce(server.port, 'ACL', 'SETUSER', 'ear', ...rules);
  await set('on', 'nopass', '+@all', '&a*', '&b*', '&p?');
  const channels = await bothAs(server, 'ear');
  const patterns = await bothAs(server, 'ear');
  const stays = await bothAs(server, 'ear');
  const idle = await bothAs(server, 'ear');
  for (const each of channels) await each.ask('SUBSCRIBE', 'a1', 'b1');
  for (const each of patterns) await each.ask('PSUBSCRIBE', 'p?');
  for (const each of stays) await each.ask('SSUBSCRIBE', 'a2');
  t.is(await set('&c*'), 'OK');
  t.is(await askOnce(server.port, 'PUBSUB', 'NUMPAT'), '1');
  t.is(await set('resetchannels', '&a*'), 'OK');
  await Promise.all([...channels, ...patterns].map((each) => each.untilClosed()));
  t.is(await askOnce(server.port, 'SPUBLISH', 'a2', 'x'), '2');
  for (const each of [...stays, ...idle]) {
    t.regex(await each.ask('PING'), /PONG|pong/);
    await each.close();
  }
});

test.serial(
  'what any worker denies is in ACL LOG, counted, before the client sees it',
  async (t) => {
    const server = await startSequement(TWO_WORKERS);
    t.teardown(() => server.stop());
    await askOnce(
      server.port,
      'ACL',
      'SETUSER',
      'weak',
      'on',
      'nopass',
      '+get',
      '+publish',
      '+ping',
      '~k*',
    );
    const [a, b] = await bothAs(server, 'weak');
    for (let round = 1; round <= 20; round++) {
      for (const each of [a, b]) {
        t.regex(await each.ask('INCR', 'k'), /^-NOPERM .* 'incr' command/);
        t.regex(await each.ask('GET', 'x'), /^-NOPERM .* one of the keys/);
        t.regex(await each.ask('PUBLISH', 'c', 'x'), /^-NOPERM .* one of the channels/);
        t.regex(await each.ask('AUTH', 'weak2', 'x'), /^-WRONGPASS/);
      }
      const log = (await askOnce(server.port, 'ACL', 'LOG')) as string[][];
      const told = log.map((entry) => [entry[1], entry[3], entry[5], entry[7], entry[9]]);
      const count = String(round * 2);
      t.deepEqual(told, [
        [count, 'auth', 'toplevel', 'AUTH', 'weak2'],
        [count, 'channel', 'toplevel', 'c', 'weak'],
        [count, 'key', 'toplevel', 'x', 'weak'],
        [count, 'command', 'toplevel', 'incr', 'weak'],
      ]);
    }
    t.is(await askOnce(server.port, 'ACL', 'LOG', 'RESET'), 'OK');
    t.deepEqual(await askOnce(server.port, 'ACL', 'LOG'), []);
    await a.close();
    await b.close();
  },
);

test.serial('a worker that is started anew knows the users', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'late', 'on', '>pw', '+get', '~*');
  await askOnce(server.port, 'ACL', 'SETUSER', 'default', '-flushall');
  const worker = await onlyPidOf(server.pid, 'worker');
  kill(worker);
  await until('another worker', () => {
    const [other = worker] = pidsOf(server.pid, 'worker');
    return other !== worker;
  });
  const client = await RawClient.connect(server.port);
  t.regex(String(await client.send('FLUSHALL')), /^-NOPERM /);
  t.is(await client.send('AUTH', 'late', 'pw'), 'OK');
  t.regex(String(await client.send('SET', 'a', '1')), /^-NOPERM /);
  t.is(await client.send('GET', 'a'), null);
  await client.close();
});

test.serial('requirepass and the rules of the default user are one password', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const early = await RawClient.connect(server.port);
  await early.send('PING');
  t.is(await early.send('CONFIG', 'SET', 'requirepass', 'one'), 'OK');
  const [a, b] = await byteClientOfEach(server.port, 'one');
  t.is(await a.ask('ACL', 'SETUSER', 'default', '>two'), '+OK\r\n');
  t.is(await b.ask('AUTH', 'two'), '+OK\r\n');
  t.is(await b.ask('AUTH', 'one'), '+OK\r\n');
  t.is(await early.send('GET', 'a'), null);
  const late = await RawClient.connect(server.port);
  t.regex(String(await late.send('GET', 'a')), /^-NOAUTH /);
  t.regex(
    String(await late.send('MSET', 'a', ...Array(20).fill('1'))),
    /unauthenticated multibulk/,
  );
  await late.closed;
  const waiting = await RawClient.connect(server.port);
  t.true((await waiting.send('GET', 'a')) instanceof ServerError);
  t.is(await early.send('CONFIG', 'SET', 'requirepass', ''), 'OK');
  t.is(await waiting.send('GET', 'a'), null);
  // RESET takes a connection back to the default user, and to what a new one needs.
  await early.send('ACL', 'SETUSER', 'other', 'on', 'nopass', '+@all');
  await early.send('AUTH', 'other', 'x');
  t.is(await early.send('RESET'), 'RESET');
  t.is(await early.send('ACL', 'WHOAMI'), 'default');
  await early.send('CONFIG', 'SET', 'requirepass', 'three');
  t.is(await early.send('RESET'), 'RESET');
  t.regex(String(await early.send('GET', 'a')), /^-NOAUTH /);
  for (const each of [early, waiting, a, b]) await each.close();
});

test.serial('what is sent behind a transaction runs by the rights that it leaves', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'self', 'on', 'nopass', '+@all', '~*');
  const [self, other] = await bothAs(server, 'self');
  self.send(['MULTI'], ['ACL', 'SETUSER', 'self', '-incr'], ['EXEC'], ['INCR', 'a'], ['PING']);
  t.regex(await self.until('+PONG\r\n'), /QUEUED\r\n\*1\r\n\+OK\r\n-NOPERM /);
  t.regex(await other.ask('INCR', 'a'), /^-NOPERM /);
  await self.close();
  await other.close();
});

test.serial('a transaction runs by the rights that there are when EXEC comes', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'less', 'on', 'nopass', '+@all', '~*');
  const [own, other] = await bothAs(server, 'less');
  own.send(['MULTI'], ['INCR', 'a'], ['GET', 'a']);
  t.is(await own.until(/(\+\w+\r\n){3}/), '+OK\r\n+QUEUED\r\n+QUEUED\r\n');
  t.is(await askOnce(server.port, 'ACL', 'SETUSER', 'less', '-incr'), 'OK');
  own.send(['EXEC'], ['PING']);
  t.regex(
    await own.until('+PONG\r\n'),
    /^\*2\r\n-NOPERM ACLs rules changed between .*\r\n\$-1\r\n\+PONG/,
  );
  const [entry] = (await askOnce(server.port, 'ACL', 'LOG')) as string[][];
  const facts = entry?.map(String) ?? [];
  for (const [name, value] of [
    ['reason', 'command'],
    ['context', 'multi'],
    ['object', 'incr'],
    ['username', 'less'],
  ] as const) {
    t.is(facts[facts.indexOf(name) + 1], value);
  }
  // Also of a client that may do everything until then.
  const all = await ByteClient.connect(server.port);
  all.send(['MULTI'], ['INCR', 'a'], ['AUTH', 'less', 'x'], ['INCR', 'a'], ['EXEC'], ['PING']);
  t.regex(await all.until('+PONG\r\n'), /\*3\r\n:1\r\n\+OK\r\n-NOPERM ACLs rules changed/);
  for (const each of [own, other, all]) await each.close();
});

test.serial('CLIENT tells and kills by user', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'named', 'on', 'nopass', '+@all');
  const users = await bothAs(server, 'named');
  const list = String(await askOnce(server.port, 'CLIENT', 'LIST'));
  t.is(list.split(' user=named ').length, 3);
  t.is(await askOnce(server.port, 'CLIENT', 'KILL', 'USER', 'named'), '2');
  await Promise.all(users.map((each) => each.untilClosed()));
});
