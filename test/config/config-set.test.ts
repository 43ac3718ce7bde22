import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { type Config, configGet, configSet, createConfig } from '#dist/config/config.js';
import { reloaded } from '#dist/config/reload.js';
import { startRedis } from './redis.js';

const config = createConfig(undefined);

function set(...words: readonly string[]) {
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push([words[i] ?? '', words[i + 1] ?? '']);
  return configSet(config, pairs);
}

test('changed directives come as a new frozen configuration', (t) => {
  const changed = set('TIMEOUT', '7', 'loglevel', 'DEBUG', 'client-output-buffer-limit', '');
  t.deepEqual(changed, { ...config, timeout: 7, loglevel: 'debug' });
  t.true(Object.isFrozen(changed));
  t.is(config.timeout, 0);
});

test('directives that belong together may be changed together', (t) => {
  const changed = set('reserve-block', '5', 'reserve-block-max', '5');
  t.deepEqual(changed, { ...config, 'reserve-block': 5, 'reserve-block-max': 5 });
});

test('a change that breaks a rule between directives is refused by the name that was given', (t) => {
  t.is(
    set('timeout', '1', 'Reserve-Block-Max', '5'),
    "ERR CONFIG SET failed (possibly related to argument 'Reserve-Block-Max') - " +
      'reserve-block 100 is larger than reserve-block-max 5; raise the latter as well',
  );
});

test('what only a new start can change is refused', (t) => {
  for (const name of ['unixsocket', 'dir', 'databases', 'cluster-enabled', 'appendonly']) {
    t.is(
      set(name, '1'),
      `ERR CONFIG SET failed (possibly related to argument '${name}') - can't set immutable config`,
    );
  }
});

test('what has no effect here is taken, answered and forgotten', (t) => {
  const changed = set(
    'hz',
    '20',
    'SAVE',
    '3600  1 60 1000',
    'lazyfree-lazy-expire',
    'YES',
  ) as Config;
  const { tolerated } = changed;
  t.deepEqual(tolerated, { hz: '20', save: '3600 1 60 1000', 'lazyfree-lazy-expire': 'yes' });
  t.deepEqual(configGet(changed, ['save', 'hz', 'dynamic-hz']), [
    ['save', '3600 1 60 1000'],
    ['hz', '20'],
    ['dynamic-hz', 'yes'],
  ]);
  t.deepEqual(reloaded(changed, config).config, config);
});

test('the class of replicas is taken and told, though none has it', (t) => {
  t.like(set('client-output-buffer-limit', 'replica 1 2 3 normal 0 0 0'), {
    'client-output-buffer-limit': {
      ...config['client-output-buffer-limit'],
      normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
      slave: { hardBytes: 1, softBytes: 2, softSeconds: 3 },
    },
  });
});

test('the older name of what has no effect is the same parameter', (t) => {
  const changed = set('hash-max-ziplist-entries', '21') as Config;
  t.deepEqual(configGet(changed, ['hash-max-listpack-entries', 'hash-max-ziplist-entries']), [
    ['hash-max-listpack-entries', '21'],
    ['hash-max-ziplist-entries', '21'],
  ]);
});

test('clients are not evicted, so no limit of all of them is taken', (t) => {
  const failure = "ERR CONFIG SET failed (possibly related to argument 'maxmemory-clients') - ";
  t.is(
    set('maxmemory-clients', '110%'),
    `${failure}percentage argument must be less or equal to 100`,
  );
  t.regex(String(set('maxmemory-clients', '1mb')), /it has to be 0$/);
  t.deepEqual((set('maxmemory-clients', '0%') as Config).tolerated, { 'maxmemory-clients': '0' });
});

test('the name of Redis for a directive changes it, and a fact can be set to what it is', (t) => {
  t.deepEqual(set('appendfsync', 'no', 'appendonly', 'yes'), { ...config, fsync: 'no' });
  t.is(
    set('appendfsync', 'no', 'fsync', 'no'),
    "ERR CONFIG SET failed (possibly related to argument 'fsync') - duplicate parameter",
  );
});

/** Errors that Redis words for a directive that both have, with the same bounds. */
const SAME_AS_REDIS = [
  'nosuch 1',
  '* 1',
  'time* 1',
  'timeout 1 nosuch 2',
  'databases 3',
  'DATABASES 3',
  'tcp-backlog 4',
  'unixsocketperm 700',
  'databases 1 databases 2',
  'databases 1 nosuch 2',
  'nosuch 1 databases 2',
  'timeout 1 timeout 2',
  'timeout 1 TIMEOUT 2',
  'timeout 1 timeout 1 databases 1',
  'timeout 1 databases 1 timeout 1',
  'maxclients abc timeout abc',
  'timeout 1 maxclients abc',
  'maxclients 0',
  'maxclients -5',
  'maxclients 99999999999',
  'maxclients ""',
  'maxclients 99999999999999999999',
  'timeout -1',
  'timeout 3000000000',
  'timeout 05',
  'timeout " 5"',
  'timeout 5k',
  'timeout 1e1',
  'loglevel foo',
  'proto-max-bulk-len abc',
  'proto-max-bulk-len -1',
  'proto-max-bulk-len 1xb',
  'client-output-buffer-limit "normal 1 2"',
  'client-output-buffer-limit "foo 1 2 3"',
  'client-output-buffer-limit "foo x 2 3"',
  'client-output-buffer-limit "replica x 2 3"',
  'client-output-buffer-limit "normal x 2 3"',
  'client-output-buffer-limit "normal 1 2 x"',
  'client-output-buffer-limit "normal 1 2 -3"',
  'client-output-buffer-limit "normal 1 2 3 pubsub"',
  'TIMEOUT abc',
  'save 1',
  'save "1 -1"',
  'save "0 1"',
  'save "1 x"',
  'hz -1',
  'HZ abc',
  'active-expire-effort 11',
  'lazyfree-lazy-expire perhaps',
  'hash-max-ziplist-value 1xb',
  'list-max-ziplist-size 3000000000',
  'enable-debug-command yes',
  'cluster-enabled no',
] as const;

test('errors are those of redis-server, byte for byte', async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) {
    t.pass('redis-server is not installed');
    return;
  }
  for (const line of SAME_AS_REDIS) {
    const words = Array.from(line.matchAll(/"([^"]*)"|\S+/g), (match) => match[1] ?? match[0]);
    const { stdout } = await promisify(execFile)('redis-cli', [
      '-s',
      redis.socket,
      'config',
      'set',
      ...words,
    ]);
    t.is(set(...words), stdout.trim(), line);
  }
});
