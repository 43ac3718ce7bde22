import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Redis, RedisOptions } from 'ioredis';
import * as steps from './steps.js';

/** The steps with ioredis, or with iovalkey, which has the same interface. */
const Client: new (options: RedisOptions) => Redis = createRequire(import.meta.url)(steps.MODULE);

function client(options: RedisOptions = {}): Redis {
  return new Client({ host: steps.HOST, port: steps.PORT, ...options });
}

function locked(options: RedisOptions = {}): Redis {
  const made = client({ port: steps.LOCKED_PORT, retryStrategy: () => null, ...options });
  // A refused password is told here and, where a command waits for it, there.
  made.on('error', () => {});
  return made;
}

async function scanned(redis: Redis, match: string): Promise<number> {
  const found = new Set<string>();
  for await (const names of redis.scanStream({ match, count: 100 })) {
    for (const name of names as string[]) found.add(name);
  }
  return found.size;
}

await steps.play({
  async counters() {
    const r = client();
    const said = [await r.incr('c'), await r.incrby('c', 10), await r.decr('c')];
    said.push(await r.decrby('c', 5));
    const read = [await r.get('c'), await r.get('none')];
    await r.set('c', 41);
    const again = [await r.incr('c'), await r.mget('c', 'none'), await r.exists('c')];
    return [...said, ...read, ...again, await r.del('c'), await r.exists('c')];
  },
  async numbers() {
    const r = client({ stringNumbers: true });
    await r.set('big', '9007199254740992');
    const big = await r.incr('big');
    await r.set('low', '-9223372036854775807');
    return [big, await r.get('big'), await r.decr('low')];
  },
  async errors() {
    const r = client();
    await r.set('max', '9223372036854775807');
    return Promise.all([
      steps.failure(() => r.incr('max')),
      steps.failure(() => r.incrby('max', 'x')),
      steps.failure(() => r.call('GET')),
      steps.failure(() => r.call('NOSUCH', 'a')),
    ]);
  },
  async expiry() {
    const r = client();
    await r.set('t', 5, 'EX', 100);
    const said: unknown[] = [await r.incr('t'), steps.isBetween(90, await r.ttl('t'), 100)];
    said.push(await r.expire('t', 50), steps.isBetween(40, await r.ttl('t'), 50));
    said.push(await r.persist('t'), await r.ttl('t'), await r.pexpire('t', 1));
    while ((await r.get('t')) !== null);
    return [...said, await r.ttl('t')];
  },
  async pipeline() {
    const pipeline = client().pipeline();
    for (let i = 0; i < 1000; i++) pipeline.incr('p');
    const taken = ((await pipeline.exec()) ?? []).map(([, value]) => value);
    return [taken[0], taken.at(-1), steps.isCounted(taken)];
  },
  async scan() {
    const r = client();
    await r.mset({ ...steps.numbered('user', 300), ...steps.numbered('other', 50) });
    const some = (await r.keys('other:1[0-2]')).sort();
    return [await scanned(r, 'user:*'), some, await scanned(r, '*er:*')];
  },
  async messages() {
    const r = client();
    const listener = client();
    await listener.subscribe('news');
    await listener.psubscribe('n*s');
    const message = once(listener, 'message');
    const pmessage = once(listener, 'pmessage');
    const receivers = await r.publish('news', 'hello');
    const [channel, text] = await message;
    const [, channelOfPattern, textOfPattern] = await pmessage;
    await listener.unsubscribe('news');
    await listener.punsubscribe('n*s');
    return [
      receivers,
      `message:${channel}:${text}`,
      `pmessage:${channelOfPattern}:${textOfPattern}`,
      await r.publish('news', 'nobody'),
    ];
  },
  async database() {
    const other = client({ db: 3 });
    return [
      await other.incr('only-in-3'),
      await other.dbsize(),
      await client().exists('only-in-3'),
    ];
  },
  async name() {
    const r = client({ connectionName: 'matrix' });
    const list = String(await r.client('LIST'));
    return [await r.client('GETNAME'), / name=matrix /.test(list)];
  },
  async info() {
    const r = client({ db: 7 });
    await r.mset({ a: 1, b: 2 });
    const facts = await r.info();
    return [/^role:(\w+)/m.exec(facts)?.[1], /^db7:keys=(\d+)/m.exec(facts)?.[1]];
  },
  async unix() {
    const r = new Client({ path: steps.SOCKET });
    return [await r.incr('c'), await r.incr('c')];
  },
  async reconnect() {
    const r = client();
    const first = await r.incr('again');
    await client().client('KILL', 'ID', await r.client('ID'));
    return [first, await r.incr('again')];
  },
  async transaction() {
    const r = client();
    const taken = await r.multi().incr('tx').incrby('tx', 4).get('tx').exec();
    await r.watch('tx');
    await client().incr('tx');
    const conflict = await r.multi().incr('tx').exec();
    return [taken?.map(([, value]) => value), conflict, await r.get('tx')];
  },
  async script() {
    const r = client();
    const text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    const sha = String(await r.script('LOAD', text));
    return [
      await r.eval(text, 1, 's', 5),
      await r.evalsha(sha, 1, 's', 2),
      await steps.failure(() => r.evalsha('0'.repeat(40), 0)),
    ];
  },
  async password() {
    return [
      await locked({ password: 'sesame' }).incr('c'),
      await steps.failure(() => locked().incr('c')),
      await steps.failure(() => locked({ password: 'wrong' }).incr('c')),
    ];
  },
  async user() {
    const r = locked({ username: 'counter', password: 'apple' });
    return [
      await r.incr('app:c'),
      await r.call('ACL', 'WHOAMI'),
      await steps.failure(() => r.incr('c')),
      await steps.failure(() => r.get('app:c')),
    ];
  },
  async tls() {
    const secure = client({ port: steps.TLS_PORT, tls: { ca: readFileSync(steps.CA_FILE) } });
    const taken = [await secure.incr('secure'), await secure.incr('secure')];
    const stranger = client({ port: steps.TLS_PORT, tls: {}, retryStrategy: () => null });
    const [error] = await once(stranger, 'error');
    return [...taken, error.code === 'SELF_SIGNED_CERT_IN_CHAIN' ? 'refused' : error.code];
  },
});
