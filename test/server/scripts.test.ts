import { createHash } from 'node:crypto';
import test from 'ava';
import { answered, isMisconfiguration, untilServed } from './answers.js';
import { ByteClient } from './byte-client.js';
import { startPair } from './differential/pair.js';
import { ask, show } from './differential/wire.js';
import { LIBRARY_SCRIPTS } from './library-samples.js';
import { LUA_SAMPLES } from './lua-samples.js';
import { onlyPidOf, until } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { SCRIPTS } from './script-samples.js';
import { isRedisInstalled, startSequement } from './start.js';
import { mayTrace, Tracer } from './strace.js';

const withRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;
const withStrace = mayTrace() ? test.serial : test.serial.skip;

/** Requests of one connection. */
const AT_A_TIME = 20;

withRedis('scripts get the replies of redis-server', async (t) => {
  const pair = await startPair(false);
  t.teardown(() => pair.stop());
  const samples = [...LIBRARY_SCRIPTS, ...LUA_SAMPLES].map((text) => [
    'eval',
    text,
    '1',
    'k',
    '7',
    'x',
  ]);
  const all = [...SCRIPTS, ...samples];
  for (const protocol of ['2', '3']) {
    for (let first = 0; first < all.length; first += AT_A_TIME) {
      const some = all.slice(first, first + AT_A_TIME);
      const requests = [['HELLO', protocol], ...some];
      const [ours, redis] = await Promise.all([
        ask(pair.ours, requests),
        ask(pair.redis, requests),
      ]);
      for (const [i, words] of some.entries()) {
        const [our, its] = [ours[i + 1]?.raw, redis[i + 1]?.raw];
        t.is(show(our ?? Buffer.alloc(0)), show(its ?? Buffer.alloc(0)), words.join(' '));
      }
    }
  }
});

const SEVEN = createHash('sha1').update('return 7').digest('hex');
/** Requests, with a ~ for a space within a word, and their replies. */
const FIRST_SCRIPTS = [
  ["INCR a|EVAL return~redis.call('incr','a') 0|INCR a|PING", ':1 :2 :3 +PONG'],
  [
    `SCRIPT LOAD return~7|SCRIPT EXISTS ${SEVEN}|EVALSHA ${SEVEN} 0|GET a`,
    `$40 ${SEVEN} *1 :1 :7 $-1`,
  ],
  [
    `MULTI|SCRIPT LOAD return~7|SCRIPT EXISTS ${SEVEN}|EXEC|GET a`,
    `+OK +QUEUED +QUEUED *2 $40 ${SEVEN} *1 :1 $-1`,
  ],
  ['SET a 5|MULTI|INCR a|EVAL return~7 0|EXEC|INCR a', '+OK +OK +QUEUED +QUEUED *2 :6 :7 :7'],
  [
    `EVALSHA ${SEVEN} x|EVAL return 0|INCR a`,
    '-ERR~value~is~not~an~integer~or~out~of~range $-1 :1',
  ],
] as const;

test.serial('the first scripts of a server are answered in the order of requests', async (t) => {
  for (const [requests, replies] of FIRST_SCRIPTS) {
    const server = await startSequement({ arguments: ['--workers', '1'] });
    const gone = await ByteClient.connect(server.port);
    gone.send(['EVAL', 'return 1', '0']);
    await gone.close();
    const client = await ByteClient.connect(server.port);
    client.send(
      ...requests
        .split('|')
        .map((each) => each.split(' ').map((word) => word.replaceAll('~', ' '))),
      ['ECHO', 'the end'],
    );
    const text = await client.until('the end\r\n');
    t.is(text, `${replies.replaceAll(' ', '\r\n').replaceAll('~', ' ')}\r\n$7\r\nthe end\r\n`);
    await server.stop();
  }
});

/** As it is in rate-limiter-flexible 11. */
const LIMITER = `redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local consumed = redis.call('incrby', KEYS[1], ARGV[1])
local ttl = redis.call('pttl', KEYS[1])
if ttl == -1 then
  redis.call('expire', KEYS[1], ARGV[2])
  ttl = 1000 * ARGV[2]
end
return {consumed, ttl}`;

test.serial('a script is executed in one piece, with what is lent to others', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const clients = await Promise.all([1, 2, 3, 4].map(() => RawClient.connect(server.port)));
  const counted: number[] = [];
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < 100; i++) {
        await client.send('INCR', 'plain');
        const answer = (await client.send('EVAL', LIMITER, 1, 'limit', 1, 60)) as Answer[];
        counted.push(Number(answer[0]));
        t.true(Number(answer[1]) > 0 && Number(answer[1]) <= 60_000);
        // The name stands nowhere but in the script.
        await client.send('EVAL', "return redis.call('incr', 'plain')", 0);
      }
    }),
  );
  t.deepEqual(
    [...counted].sort((a, b) => a - b),
    Array.from({ length: 400 }, (_, i) => i + 1),
  );
  t.is(await askOnce(server.port, 'GET', 'plain'), '800');
  await server.stop();
});

test.serial(
  'what a script changed is there as a whole after a kill -9, or not at all',
  async (t) => {
    let server = await startSequement({ arguments: ['--workers', '1'] });
    const client = await RawClient.connect(server.port);
    const script = "for i = 1, 200 do redis.call('set', 'k' .. i, ARGV[1]) end return 1";
    let done = 0;
    const sending = (async () => {
      for (let i = 1; ; i++) {
        await client.send('EVAL', script, 0, i);
        done = i;
      }
    })().catch(() => {});
    await until('some scripts', () => done >= 20);
    await server.kill();
    await sending;
    server = await startSequement({ dir: server.dir, arguments: ['--workers', '1'] });
    const [first, last] = (await askOnce(server.port, 'MGET', 'k1', 'k200')) as string[];
    t.is(first, last);
    t.true(Number(first) >= done);
    await server.stop();
  },
);

withStrace('a script whose entries do not reach the disk is answered with an error', async (t) => {
  t.timeout(60_000);
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const client = await RawClient.connect(server.port);
  await client.send('SET', 'a', 1);
  const writer = await onlyPidOf(server.pid, 'writer');
  const tracer = await Tracer.inject([writer], 'fdatasync,fsync', 'error=EIO');
  const script = "redis.call('set', 'a', 2) redis.call('del', 'b') return redis.call('incr', 'c')";
  isMisconfiguration(t, await answered(client, 'EVAL', script, 0));
  t.regex(String(await answered(client, 'EVAL', script, 0)), /^-MISCONF /);
  t.is(await answered(client, 'EVAL', "return redis.call('get', 'a')", 0), '1');
  await tracer.detach();
  await untilServed(client, 'new');
  t.deepEqual(await answered(client, 'MGET', 'a', 'c'), ['1', null]);
  await server.stop();
});

/** How many answers have had to wait for the disk. */
async function waits(client: ByteClient): Promise<number> {
  return Number(/\r\nwaits:(\d+)/.exec(await client.ask('INFO', 'sequement'))?.[1]);
}

withStrace(
  'a script that is under way when the log fails leaves nothing half done, alone or in a transaction',
  async (t) => {
    t.timeout(60_000);
    const server = await startSequement({ arguments: ['--workers', '2'] });
    const [client, other] = [
      await ByteClient.connect(server.port),
      await RawClient.connect(server.port),
    ];
    const writer = await onlyPidOf(server.pid, 'writer');
    const endless =
      "redis.call('set', 'a', 2) redis.call('del', 'b') redis.call('incr', 'c') while true do end";
    await client.ask('EVAL', 'return 1', 0);
    for (const isWithin of [false, true]) {
      await other.send('MSET', 'a', 1, 'b', 1);
      // The sync of another's change fails when the script has been running for long.
      const effect = 'error=EIO:delay_enter=1000000';
      const tracer = await Tracer.inject([writer], 'fdatasync,fsync', effect);
      const waited = await waits(client);
      const failing = other.send('SET', 'other', 1);
      await until('the change waits', async () => (await waits(client)) > waited);
      client.send(
        ...(isWithin ? [['MULTI'], ['SET', 'd', '1']] : []),
        ['EVAL', endless, 0],
        ...(isWithin ? [['EXEC']] : []),
      );
      const reply = isWithin ? /-EXECABORT .*MISCONF .*\r\n/ : /-MISCONF .*\r\n/;
      t.regex(await client.until(reply), reply);
      t.true((await failing) instanceof ServerError);
      await tracer.detach();
      await untilServed(other, 'new');
      t.deepEqual(await other.send('MGET', 'a', 'b', 'c', 'd', 'other'), [
        '1',
        '1',
        null,
        null,
        null,
      ]);
    }
    await server.stop();
  },
);

test.serial(
  'a script that can not be suspended, or wants too much memory, ends with an error',
  async (t) => {
    t.timeout(60_000);
    const server = await startSequement({ arguments: ['--workers', '1'] });
    const client = await RawClient.connect(server.port);
    const scripts = [
      'for x in function() while true do pcall(function() while true do end end) end end do end',
      'return setmetatable({}, {__index = function() while true do end end}).x',
      'local t = {} for i = 1, 1e7 do t[i] = string.rep(tostring(i), 200) end',
      'return #string.rep("x", 2 ^ 29)',
    ];
    for (const script of scripts) {
      t.true((await client.send('EVAL', script, 0)) instanceof ServerError, script);
      t.is(await client.send('EVAL', 'return 7', 0), '7');
    }
    await server.stop();
  },
);

test.serial('a script has the rights of its user, and its effects touch who watches', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const client = await RawClient.connect(server.port);
  await client.send('ACL', 'SETUSER', 'few', 'on', '>pw', '~mine*', '+eval', '+incr', '+ping');
  const few = await RawClient.connect(server.port);
  await few.send('AUTH', 'few', 'pw');
  t.is(await few.send('EVAL', "return redis.call('incr', KEYS[1])", 1, 'mine'), '1');
  const told = async (script: string) => String(await few.send('EVAL', script, 0));
  t.regex(
    await told("return redis.call('incr', 'other')"),
    /can't access at least one of the keys/,
  );
  t.regex(await told("return redis.call('get', 'mine')"), /can't run this command/);
  await client.send('WATCH', 'mine');
  await few.send('EVAL', "return redis.call('incr', KEYS[1])", 1, 'mine');
  await client.send('MULTI');
  await client.send('PING');
  t.is(await client.send('EXEC'), null);
  await server.stop();
});

const COUNTED = [
  "return redis.pcall('incrby', 'a', 'x')",
  "return redis.call('incrby', 'a', 'x')",
  "redis.pcall('incr') return 1",
  "redis.call('incr')",
  "return redis.pcall('nosuch')",
  "return redis.pcall('subscribe', 'x')",
  "redis.call('get', 'a') return redis.call('get', 'a')",
  "return redis.error_reply('XX y')",
  "redis.pcall('incr') return redis.error_reply('XX y')",
  "error('boom')",
  "return redis.call('eval', 'x', 0)",
];

withRedis('INFO counts what scripts run, and their errors, as redis-server does', async (t) => {
  const pair = await startPair(false);
  t.teardown(() => pair.stop());
  const clients = await Promise.all(
    [pair.ours, pair.redis].map((port) => ByteClient.connect(port)),
  );
  for (const script of COUNTED) {
    const [our, its] = await Promise.all(
      clients.map(async (client) => {
        await client.ask('CONFIG', 'RESETSTAT');
        await client.ask('EVAL', script, 0);
        const text = await client.ask('INFO', 'commandstats', 'errorstats');
        return text
          .split('\r\n')
          .filter((line) => /^(errorstat|cmdstat_(incr|get|eval|subscribe))/.test(line))
          .map((line) => line.replace(/usec.*call=[\d.]+,/, ''))
          .sort();
      }),
    );
    t.deepEqual(our, its, script);
  }
});
