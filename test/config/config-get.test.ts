import test from 'ava';
import { configGet, createConfig } from '#dist/config/config.js';

const config = createConfig(undefined, [
  ['client-output-buffer-limit', ['normal 1kb 2 3']],
  ['unixsocketperm', ['770']],
  ['fsync', ['everysec']],
]);

test('values have the form of Redis', (t) => {
  const shown = [
    ['bind', '127.0.0.1 -::1'],
    ['port', '6379'],
    ['proto-max-bulk-len', '536870912'],
    ['unixsocketperm', '770'],
    [
      'client-output-buffer-limit',
      'normal 1024 2 3 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
    ],
    ['requirepass', ''],
  ] as const;
  t.deepEqual(
    configGet(
      config,
      shown.map(([name]) => name),
    ),
    shown.map(([name, text]) => [name, text]),
  );
});

test('a name is answered as it was typed, and only once', (t) => {
  t.deepEqual(configGet(config, ['TimeOut', 'timeout', 'time*']), [['TimeOut', '0']]);
});

test('what is hidden is answered only to its whole name', (t) => {
  t.deepEqual(configGet(config, ['key-load-delay']), [['key-load-delay', '0']]);
  t.deepEqual(configGet(config, ['key-load-dela?']), []);
});

test('a pattern is answered with the names it matches, in either case', (t) => {
  t.deepEqual(
    configGet(config, ['TCP-?eepalive', '[t]cp-b*']).map(([name]) => name),
    ['tcp-keepalive', 'tcp-backlog'],
  );
});

test('an unknown name is answered with nothing', (t) => {
  t.deepEqual(configGet(config, ['nosuch', '', 'no*such', 'constructor']), []);
});

test('what clients ask of Redis is answered', (t) => {
  t.deepEqual(configGet(config, ['save', 'appendonly', 'appendfsync', 'maxmemory']), [
    ['save', ''],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['maxmemory', '0'],
  ]);
});

test('a star is answered with every directive and every parameter of compatibility', (t) => {
  const names = configGet(config, ['*']).map(([name]) => name);
  t.is(new Set(names).size, names.length);
  for (const name of ['bind', 'fsync', 'loglevel', 'save', 'cluster-enabled']) {
    t.true(names.includes(name), name);
  }
});
