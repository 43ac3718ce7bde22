import { readFileSync } from 'node:fs';
import {
  type BaseClientConfiguration,
  Batch,
  ConnectionError,
  GlideClient,
  GlideClientConfiguration,
  Logger,
  Script,
  TimeUnit,
} from '@valkey/valkey-glide';
import * as steps from './steps.js';

Logger.setLoggerConfig('off');

type Options = Partial<GlideClientConfiguration & BaseClientConfiguration>;

function client(options: Options = {}, port = steps.PORT): Promise<GlideClient> {
  const { advancedConfiguration, ...rest } = options;
  return GlideClient.createClient({
    addresses: [{ host: steps.HOST, port }],
    // A quarter of a second by default, which a busy machine may need.
    requestTimeout: 20_000,
    advancedConfiguration: { connectionTimeout: 20_000, ...advancedConfiguration },
    ...rest,
  });
}

function locked(options: Options = {}): Promise<GlideClient> {
  return client(options, steps.LOCKED_PORT);
}

async function scanned(glide: GlideClient, match: string): Promise<number> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, names] = await glide.scan(cursor, { match, count: 100 });
    for (const name of names) found.add(String(name));
    cursor = String(next);
  } while (cursor !== '0');
  return found.size;
}

await steps.play({
  async counters() {
    const r = await client();
    const said = [await r.incr('c'), await r.incrBy('c', 10), await r.decr('c')];
    said.push(await r.decrBy('c', 5));
    const read = [await r.get('c'), await r.get('none')];
    await r.set('c', '41');
    const again = [await r.incr('c'), await r.mget(['c', 'none']), await r.exists(['c'])];
    return [...said, ...read, ...again, await r.del(['c']), await r.exists(['c'])];
  },
  async errors() {
    const r = await client();
    await r.set('max', '9223372036854775807');
    return Promise.all([
      steps.failure(() => r.incr('max')),
      steps.failure(() => r.customCommand(['INCRBY', 'max', 'x'])),
      steps.failure(() => r.customCommand(['GET'])),
      steps.failure(() => r.customCommand(['NOSUCH', 'a'])),
    ]);
  },
  async expiry() {
    const r = await client();
    await r.set('t', '5', { expiry: { type: TimeUnit.Seconds, count: 100 } });
    const said: unknown[] = [await r.incr('t'), steps.isBetween(90, await r.ttl('t'), 100)];
    said.push(await r.expire('t', 50), steps.isBetween(40, await r.ttl('t'), 50));
    said.push(await r.persist('t'), await r.ttl('t'), await r.pexpire('t', 1));
    while ((await r.get('t')) !== null);
    return [...said, await r.ttl('t')];
  },
  async pipeline() {
    const batch = new Batch(false);
    for (let i = 0; i < 1000; i++) batch.incr('p');
    const taken = (await (await client()).exec(batch, true)) ?? [];
    return [taken[0], taken.at(-1), steps.isCounted(taken)];
  },
  async scan() {
    const r = await client();
    await r.mset({ ...steps.numbered('user', 300), ...steps.numbered('other', 50) });
    const some = (await r.customCommand(['KEYS', 'other:1[0-2]'])) as string[];
    return [await scanned(r, 'user:*'), some.sort(), await scanned(r, '*er:*')];
  },
  async messages() {
    const r = await client();
    const { PubSubChannelModes: Modes } = GlideClientConfiguration;
    const listener = await client({
      pubsubSubscriptions: {
        channelsAndPatterns: {
          [Modes.Exact]: new Set(['news']),
          [Modes.Pattern]: new Set(['n*s']),
        },
      },
    });
    const receivers = await r.publish('hello', 'news');
    const heard: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { channel, message, pattern } = await listener.getPubSubMessage();
      heard.push(`${pattern ? 'pmessage' : 'message'}:${channel}:${message}`);
    }
    listener.close();
    while ((await r.pubsubNumSub(['news']))[0]?.numSub !== 0);
    return [receivers, ...heard, await r.publish('nobody', 'news')];
  },
  async database() {
    const other = await client({ databaseId: 3 });
    const r = await client();
    return [await other.incr('only-in-3'), await other.dbsize(), await r.exists(['only-in-3'])];
  },
  async name() {
    const r = await client({ clientName: 'matrix' });
    const list = String(await r.customCommand(['CLIENT', 'LIST']));
    return [await r.clientGetName(), / name=matrix /.test(list)];
  },
  async info() {
    const r = await client({ databaseId: 7 });
    await r.mset({ a: '1', b: '2' });
    const facts = await r.info();
    return [/^role:(\w+)/m.exec(facts)?.[1], /^db7:keys=(\d+)/m.exec(facts)?.[1]];
  },
  async reconnect() {
    const r = await client();
    const first = await r.incr('again');
    await (await client()).customCommand(['CLIENT', 'KILL', 'ID', String(await r.clientId())]);
    const second = await r.incr('again').catch((error: unknown) => {
      // It sends no command twice by itself.
      if (error instanceof ConnectionError) return r.incr('again');
      throw error;
    });
    return [first, second];
  },
  async transaction() {
    const r = await client();
    const taken = await r.exec(new Batch(true).incr('tx').incrBy('tx', 4).get('tx'), true);
    await r.watch(['tx']);
    await (await client()).incr('tx');
    const conflict = await r.exec(new Batch(true).incr('tx'), true);
    return [taken, conflict, await r.get('tx')];
  },
  async script() {
    const r = await client();
    const text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    return [
      await r.customCommand(['EVAL', text, '1', 's', '5']),
      await r.invokeScript(new Script(text), { keys: ['s'], args: ['2'] }),
      await steps.failure(() => r.customCommand(['EVALSHA', '0'.repeat(40), '0'])),
    ];
  },
  async password() {
    return [
      await (await locked({ credentials: { password: 'sesame' } })).incr('c'),
      await steps.failure(async () => (await locked()).incr('c')),
      await steps.failure(async () =>
        (await locked({ credentials: { password: 'wrong' } })).incr('c'),
      ),
    ];
  },
  async user() {
    const r = await locked({ credentials: { username: 'counter', password: 'apple' } });
    return [
      await r.incr('app:c'),
      await r.customCommand(['ACL', 'WHOAMI']),
      await steps.failure(() => r.incr('c')),
      await steps.failure(() => r.get('app:c')),
    ];
  },
  async tls() {
    const rootCertificates = readFileSync(steps.CA_FILE);
    const trusting = { tlsAdvancedConfiguration: { rootCertificates } };
    const r = await client({ useTLS: true, advancedConfiguration: trusting }, steps.TLS_PORT);
    const taken = [await r.incr('secure'), await r.incr('secure')];
    const once = { numberOfRetries: 0, factor: 1, exponentBase: 2 };
    const strange = { useTLS: true, connectionBackoff: once };
    const stranger = String(await steps.failure(() => client(strange, steps.TLS_PORT)));
    return [...taken, /UnknownIssuer/.test(stranger) ? 'refused' : stranger];
  },
});
