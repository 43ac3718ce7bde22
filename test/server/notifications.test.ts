import test from 'ava';
import { ByteClient, byteClientOfEach } from './byte-client.js';
import { Random } from './differential/random.js';
import { kill, until, untilPidsOf } from './processes.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

const TWO_WORKERS = { arguments: ['--workers', '2'] };
const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

const ALL = ['CONFIG', 'SET', 'notify-keyspace-events', 'AKEmn'] as const;

/** Every command that tells of something, and those that look like it. */
const COMMANDS = `
INCR a|DECR a|INCRBY a 0|INCRBY a x|SET a 1|SET a 1 EX 100|SET a 2 NX|SET b 2 NX|SET c 1 XX|SET a 3 XX GET|SET a 3 GET KEEPTTL
SET d 5 GET|SETNX a 1|SETNX e 2|SETEX a 100 2|PSETEX a 10000 1|GETSET a 4|GETSET zz 4|GETDEL zz|GETDEL zz|GETEX a|GETEX a EX 50
GETEX a PERSIST|GETEX a PERSIST|GETEX a EXAT 1|GETEX a|MSET a 1 a 2 b 3|MSETNX a 1 q 2|MSETNX q 1 q 2 r 3|DEL q q r|UNLINK r b
SET a 1|EXPIRE a 100|EXPIRE a -1|EXPIRE a 1|SET a 1|EXPIRE a 60 XX|EXPIRE a 60 NX|EXPIRE a 6 GT|EXPIREAT a 1|SET a 1
PEXPIREAT a 9999999999999|PERSIST a|PERSIST a|RENAME a b|RENAME a b|RENAME b b|RENAMENX b b|SET a 1|RENAME a b|RENAMENX b c
SET b 1|RENAMENX b c|MOVE b 1|MOVE b 1|COPY c d|COPY c d REPLACE|COPY c x|COPY nn y|COPY c c DB 3|GET nn|MGET nn c nn
EXISTS nn nn c|TTL nn|PTTL nn|EXPIRETIME nn|PEXPIRETIME nn|TYPE nn|STRLEN nn|GETRANGE nn 0 1|SUBSTR nn 0 1|TOUCH nn c
OBJECT ENCODING nn|OBJECT REFCOUNT nn|OBJECT IDLETIME nn|MEMORY USAGE nn|INCRBYFLOAT nn 2|INCRBYFLOAT nn 2|SWAPDB 0 1|INCR c
SWAPDB 0 1|FLUSHDB|DBSIZE|FLUSHALL|WATCH nn|UNWATCH|SELECT 5|INCR c|SELECT 0|MULTI; INCR a; DEL a; EXEC|MULTI; INCR a; DISCARD
CONFIG SET notify-keyspace-events E$|INCR a|DEL a|CONFIG SET notify-keyspace-events Kgn|INCR a|DEL a
CONFIG SET notify-keyspace-events A|INCR a|CONFIG SET notify-keyspace-events KEA`;

const SCRIPT = [
  'EVAL',
  "redis.call('INCR', KEYS[1]) return redis.call('DEL', KEYS[2])",
  2,
  'a',
  'b',
];

interface Client {
  readonly client: ByteClient;
  readonly subscriber: ByteClient;
}

async function connect(port: number, protocol: 2 | 3): Promise<Client> {
  const client = await ByteClient.connect(port);
  const subscriber = await ByteClient.connect(port);
  await subscriber.ask('HELLO', protocol);
  await client.ask('HELLO', protocol);
  await client.ask(...ALL);
  await subscriber.ask('PSUBSCRIBE', '__key*');
  await subscriber.ask('SUBSCRIBE', 'end');
  return { client, subscriber };
}

/** What the subscriber was told until now. */
async function told({ client, subscriber }: Client, mark: string): Promise<string> {
  await client.ask('PUBLISH', 'end', mark);
  return subscriber.until(`$${mark.length}\r\n${mark}\r\n`);
}

for (const protocol of [2, 3] as const) {
  runWithRedis(`each command is told as redis-server tells it, in RESP${protocol}`, async (t) => {
    const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
    t.teardown(() => Promise.all(servers.map((server) => server.stop())));
    const [ours, its] = await Promise.all(servers.map(({ port }) => connect(port, protocol)));
    const lines = COMMANDS.trim().split(/[|\n]/);
    const turns = lines.map((line) => line.split('; ').map((words) => words.split(' ')));
    for (const [at, requests] of [...turns, [SCRIPT]].entries()) {
      const pair = [ours as Client, its as Client].map(async (each) => {
        each.client.send(...requests.slice(0, -1));
        await each.client.ask(...(requests.at(-1) as (string | number)[]));
        return told(each, `mark${at}`);
      });
      const [our, redis] = await Promise.all(pair);
      t.is(our, redis, requests.join(' '));
    }
  });
}

const NAMES = ['a', 'b', 'c', 'k\x00\xff'];

function randomRequest(random: Random): (string | number)[] {
  const name = () => random.pick(NAMES);
  const number = () => random.between(-3, 99);
  const makers: (() => (string | number)[])[] = [
    () => ['INCR', name()],
    () => ['INCRBY', name(), random.pick([number(), '9223372036854775807'])],
    () => ['DECR', name()],
    () => ['SET', name(), number(), ...random.pick([[], ['NX'], ['XX', 'GET'], ['EX', 100]])],
    () => ['MSET', name(), number(), name(), number()],
    () => ['DEL', name(), name()],
    () => [random.pick(['EXPIRE', 'PEXPIRE']), name(), random.pick([-1, 0, 100000])],
    () => ['PERSIST', name()],
    () => [random.pick(['RENAME', 'RENAMENX']), name(), name()],
    () => ['COPY', name(), name(), 'DB', random.pick([0, 1]), ...random.pick([[], ['REPLACE']])],
    () => ['MOVE', name(), random.pick([0, 1])],
    () => [random.pick(['GET', 'GETDEL', 'TYPE', 'STRLEN']), name()],
    () => ['MGET', name(), name()],
    () => ['SELECT', random.pick([0, 1])],
    () => ['SWAPDB', 0, 1],
  ];
  return random.pick(makers)();
}

runWithRedis(
  'pipelines are told in the order of their commands, as redis-server does',
  async (t) => {
    const servers = await Promise.all([startSequement(TWO_WORKERS), startRedis()]);
    t.teardown(() => Promise.all(servers.map((server) => server.stop())));
    const random = new Random(20261125);
    const [ours, its] = await Promise.all(servers.map(({ port }) => connect(port, 3)));
    for (let round = 0; round < 60; round++) {
      const classes = random.pick(['AKEmn', 'KE$', 'E$', 'Kg', 'KEn', 'KEmg', 'A', 'KExg']);
      const requests = Array.from({ length: 40 }, () => randomRequest(random));
      const pair = [ours as Client, its as Client].map(async (each) => {
        const { client } = each;
        await client.ask('SELECT', 0);
        await client.ask('FLUSHALL');
        await client.ask('CONFIG', 'SET', 'notify-keyspace-events', classes);
        client.send(...requests);
        await client.ask('PING');
        return told(each, `round${round}`);
      });
      const [our, redis] = await Promise.all(pair);
      t.is(our, redis, `${classes}: ${requests.map((words) => words.join(' ')).join(' | ')}`);
    }
  },
);

test.serial('once the OK is seen, each take is told, also of what was lent', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const [first, second] = await byteClientOfEach(server.port);
  const holds = async () =>
    Number(/^holds:(\d+)/m.exec(await second.ask('INFO', 'sequement'))?.[1]);
  await until('a sequence is lent', async () => {
    for (let i = 0; i < 50; i++) await first.ask('INCR', 'x');
    return (await holds()) > 0;
  });
  const watcher = await ByteClient.connect(server.port);
  await watcher.ask('PSUBSCRIBE', '__keyevent*');
  await second.ask('CONFIG', 'SET', 'notify-keyspace-events', 'E$');
  t.is(await holds(), 0);
  for (let i = 0; i < 200; i++) await first.ask('INCR', 'x');
  t.is(await holds(), 0);
  await first.ask('DEL', 'x');
  await second.ask('CONFIG', 'SET', 'notify-keyspace-events', '');
  await second.ask('PUBLISH', '__keyevent', 'end');
  const events = await watcher.until('$3\r\nend\r\n');
  t.is(events.split(':incrby\r\n').length - 1, 200);
  await until('a sequence is lent again', async () => {
    for (let i = 0; i < 50; i++) await first.ask('INCR', 'x');
    return (await holds()) > 0;
  });
});

test.serial(
  'a hold whose worker does not answer keeps the OK waiting, and no longer',
  async (t) => {
    const server = await startSequement(TWO_WORKERS);
    t.teardown(() => server.stop());
    const [first, second] = await byteClientOfEach(server.port);
    const info = () => second.ask('INFO', 'sequement');
    await until('a sequence is lent', async () => {
      for (let i = 0; i < 50; i++) await first.ask('INCR', 'x');
      return /^holds:[1-9]/m.test(await info());
    });
    const [holder] = await untilPidsOf(server.pid, 'worker', 2);
    kill(holder as number, 'SIGSTOP');
    const ok = second.ask('CONFIG', 'SET', 'notify-keyspace-events', 'KE$');
    kill(holder as number, 'SIGKILL');
    t.is(await ok, '+OK\r\n');
    t.regex(await info(), /^holds:0/m);
  },
);

test.serial('a sequence that expires by itself is told', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const { client, subscriber } = await connect(server.port, 2);
  await client.ask('SET', 'a', 1, 'PX', 20);
  await subscriber.until('__keyevent@0__:expired\r\n$1\r\na\r\n');
  t.pass();
});

test.serial('many names at once are told one by one', async (t) => {
  const server = await startSequement(TWO_WORKERS);
  t.teardown(() => server.stop());
  const each = await connect(server.port, 2);
  const names = Array.from({ length: 2000 }, (_, i) => `n${i}`);
  await each.client.ask('CONFIG', 'SET', 'notify-keyspace-events', 'EAmn');
  await each.client.ask('MSET', ...names.flatMap((name) => [name, 1]));
  await each.client.ask('DEL', ...names);
  await each.client.ask('MGET', ...names);
  const events = [...(await told(each, 'end of it')).matchAll(/__:(\w+)\r\n\$\d+\r\n(\w+)/g)];
  const expected = [
    ...names.flatMap((name) => [`new ${name}`, `set ${name}`]),
    ...names.map((name) => `del ${name}`),
    ...names.map((name) => `keymiss ${name}`),
  ];
  t.deepEqual(
    events.map(([, event, name]) => `${event} ${name}`),
    expected,
  );
});
