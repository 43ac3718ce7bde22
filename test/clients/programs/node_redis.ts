import { readFileSync } from 'node:fs';
import { createClient, RESP_TYPES, type RedisClientOptions, WatchError } from 'redis';
import * as steps from './steps.js';

/** Without `RESP` it speaks RESP3. A connection that fails is not tried again, so that its failure is told. */
async function client(options: RedisClientOptions = {}) {
  const { socket, ...rest } = options;
  const made = createClient({
    socket: {
      ...{ host: steps.HOST, port: steps.PORT, connectTimeout: 20_000, reconnectStrategy: false },
      ...socket,
    },
    ...rest,
  } as RedisClientOptions);
  made.on('error', () => {});
  return made.connect();
}

function locked(options: RedisClientOptions = {}) {
  return client({ socket: { port: steps.LOCKED_PORT }, ...options });
}

type Client = Awaited<ReturnType<typeof client>>;

async function scanned(redis: Client, MATCH: string): Promise<number> {
  const found = new Set<string>();
  for await (const names of redis.scanIterator({ MATCH, COUNT: 100 })) {
    for (const name of names) found.add(String(name));
  }
  return found.size;
}

await steps.play({
  async counters() {
    const r = await client();
    const said = [await r.incr('c'), await r.incrBy('c', 10), await r.decr('c')];
    said.push(await r.decrBy('c', 5));
    const read = [await r.get('c'), await r.get('none')];
    await r.set('c', 41);
    const again = [await r.incr('c'), await r.mGet(['c', 'none']), await r.exists('c')];
    return [...said, ...read, ...again, await r.del('c'), await r.exists('c')];
  },
  async numbers() {
    const r = (await client()).withTypeMapping({ [RESP_TYPES.NUMBER]: String });
    await r.set('big', '9007199254740992');
    const big = await r.incr('big');
    await r.set('low', '-9223372036854775807');
    return [big, await r.get('big'), await r.decr('low')];
  },
  async errors() {
    const r = await client();
    await r.set('max', '9223372036854775807');
    return Promise.all([
      steps.failure(() => r.incr('max')),
      steps.failure(() => r.sendCommand(['INCRBY', 'max', 'x'])),
      steps.failure(() => r.sendCommand(['GET'])),
      steps.failure(() => r.sendCommand(['NOSUCH', 'a'])),
    ]);
  },
  async expiry() {
    const r = await client();
    await r.set('t', 5, { EX: 100 });
    const said: unknown[] = [await r.incr('t'), steps.isBetween(90, await r.ttl('t'), 100)];
    said.push(await r.expire('t', 50), steps.isBetween(40, await r.ttl('t'), 50));
    said.push(await r.persist('t'), await r.ttl('t'), await r.pExpire('t', 1));
    while ((await r.get('t')) !== null);
    return [...said, await r.ttl('t')];
  },
  async pipeline() {
    const pipeline = (await client()).multi();
    for (let i = 0; i < 1000; i++) pipeline.incr('p');
    const taken = await pipeline.execAsPipeline();
    return [taken[0], taken.at(-1), steps.isCounted(taken)];
  },
  async scan() {
    const r = await client();
    await r.mSet({ ...steps.numbered('user', 300), ...steps.numbered('other', 50) });
    const some = (await r.keys('other:1[0-2]')).sort();
    return [await scanned(r, 'user:*'), some, await scanned(r, '*er:*')];
  },
  async messages() {
    const r = await client();
    const listener = await client();
    const heard: string[] = [];
    const both = new Promise<void>((resolve) => {
      const take = (kind: string) => (text: string, channel: string) => {
        heard.push(`${kind}:${channel}:${text}`);
        if (heard.length === 2) resolve();
      };
      void listener.subscribe('news', take('message'));
      void listener.pSubscribe('n*s', take('pmessage'));
    });
    // It sends what was asked for in order, so this is behind both.
    await listener.subscribe('ready', () => {});
    const receivers = await r.publish('news', 'hello');
    await both;
    await listener.unsubscribe();
    await listener.pUnsubscribe();
    return [receivers, ...heard, await r.publish('news', 'nobody')];
  },
  async database() {
    const other = await client({ database: 3 });
    const r = await client();
    return [await other.incr('only-in-3'), await other.dbSize(), await r.exists('only-in-3')];
  },
  async name() {
    const r = await client({ name: 'matrix' });
    const list = await r.clientList();
    return [await r.clientGetName(), list.some(({ name }) => name === 'matrix')];
  },
  async info() {
    const r = await client({ database: 7 });
    await r.mSet({ a: '1', b: '2' });
    const facts = await r.info();
    return [/^role:(\w+)/m.exec(facts)?.[1], /^db7:keys=(\d+)/m.exec(facts)?.[1]];
  },
  async unix() {
    const r = await client({ socket: { path: steps.SOCKET, tls: false } });
    return [await r.incr('c'), await r.incr('c')];
  },
  async reconnect() {
    const r = await client({ socket: { reconnectStrategy: 1 } });
    const first = await r.incr('again');
    const lost = new Promise((resolve) => r.once('reconnecting', () => resolve(undefined)));
    await (await client()).sendCommand(['CLIENT', 'KILL', 'ID', String(await r.clientId())]);
    await lost;
    return [first, await r.incr('again')];
  },
  async transaction() {
    const r = await client();
    const taken = await r.multi().incr('tx').incrBy('tx', 4).get('tx').exec();
    await r.watch('tx');
    await (await client()).incr('tx');
    let conflict: unknown = 'none';
    try {
      await r.multi().incr('tx').exec();
    } catch (error) {
      if (error instanceof WatchError) conflict = null;
    }
    return [taken, conflict, await r.get('tx')];
  },
  async script() {
    const r = await client();
    const text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    const sha = await r.scriptLoad(text);
    return [
      await r.eval(text, { keys: ['s'], arguments: ['5'] }),
      await r.evalSha(sha, { keys: ['s'], arguments: ['2'] }),
      await steps.failure(() => r.evalSha('0'.repeat(40))),
    ];
  },
  async password() {
    return [
      await (await locked({ password: 'sesame' })).incr('c'),
      await steps.failure(async () => (await locked()).incr('c')),
      await steps.failure(async () => (await locked({ password: 'wrong' })).incr('c')),
    ];
  },
  async user() {
    const r = await locked({ username: 'counter', password: 'apple' });
    return [
      await r.incr('app:c'),
      await r.sendCommand(['ACL', 'WHOAMI']),
      await steps.failure(() => r.incr('c')),
      await steps.failure(() => r.get('app:c')),
    ];
  },
  async tls() {
    const at = { port: steps.TLS_PORT, tls: true as const };
    const r = await client({ socket: { ...at, ca: readFileSync(steps.CA_FILE) } });
    const taken = [await r.incr('secure'), await r.incr('secure')];
    const stranger = String(await steps.failure(() => client({ socket: at })));
    return [...taken, /self-signed certificate/.test(stranger) ? 'refused' : stranger];
  },
});
