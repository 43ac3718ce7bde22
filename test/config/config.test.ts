import { resolve } from 'node:path';
import test from 'ava';
import { ConfigError, createConfig, type Flag } from '#dist/config/config.js';
import { writeFiles } from './files.js';

test('without file and flags every directive has its default', (t) => {
  const config = createConfig(undefined);
  t.like(config, {
    bind: ['127.0.0.1', '-::1'],
    port: 6379,
    databases: 16,
    fsync: 'always',
    requirepass: '',
    'reserve-block': 100,
    'auto-compact-min-size': 67108864,
  });
  t.is(config.dir, resolve('.'));
  t.true(Object.isFrozen(config));
});

test('flags go over the file, the file over the defaults', (t) => {
  const dir = writeFiles(t, { 'a.conf': 'port 1\ntimeout 2\n' });
  const config = createConfig(`${dir}a.conf`, [['port', ['3']]]);
  t.like(config, { port: 3, timeout: 2, maxclients: 10000 });
});

test('a later line goes over an earlier one, in either case of its name', (t) => {
  const dir = writeFiles(t, { 'a.conf': 'port 1\nbind a b\nPort 2\nbind c\n' });
  t.like(createConfig(`${dir}a.conf`), { port: 2, bind: ['c'] });
});

test('output buffer limits of several lines and of the defaults come together', (t) => {
  const text =
    'client-output-buffer-limit normal 1mb 1k 1\nclient-output-buffer-limit NORMAL 2mb 2kb 2\n';
  const dir = writeFiles(t, { 'a.conf': text });
  t.deepEqual(createConfig(`${dir}a.conf`)['client-output-buffer-limit'], {
    normal: { hardBytes: 2097152, softBytes: 2048, softSeconds: 2 },
    slave: { hardBytes: 268435456, softBytes: 67108864, softSeconds: 60 },
    pubsub: { hardBytes: 33554432, softBytes: 8388608, softSeconds: 60 },
  });
});

test('output buffer limits may stand in one line or one word', (t) => {
  const value = 'normal 1 2 3 pubsub 4 5 6';
  const expected = {
    normal: { hardBytes: 1, softBytes: 2, softSeconds: 3 },
    slave: { hardBytes: 268435456, softBytes: 67108864, softSeconds: 60 },
    pubsub: { hardBytes: 4, softBytes: 5, softSeconds: 6 },
  };
  for (const words of [value.split(' '), [value]]) {
    const config = createConfig(undefined, [['client-output-buffer-limit', words]]);
    t.deepEqual(config['client-output-buffer-limit'], expected);
  }
});

const VALUES: readonly (readonly [Flag, unknown])[] = [
  [['proto-max-bulk-len', ['2000k']], 2000000],
  [['proto-max-bulk-len', ['2000KB']], 2048000],
  [['proto-max-bulk-len', ['2m']], 2000000],
  [['proto-max-bulk-len', ['2mb']], 2097152],
  [['proto-max-bulk-len', ['2g']], 2000000000],
  [['proto-max-bulk-len', ['2gb']], 2147483648],
  [['proto-max-bulk-len', ['1048576b']], 1048576],
  [['proto-max-bulk-len', ['1048576']], 1048576],
  [['reserve-threshold', ['30']], 30],
  [['reserve-threshold', ['30%']], 30],
  [['unixsocketperm', ['0770']], 0o770],
  [['fsync', ['EverySec']], 'everysec'],
  [['loglevel', ['debug']], 'debug'],
  [
    ['bind', ['*', '-::*']],
    ['*', '-::*'],
  ],
  [
    ['bind', ['a  b']],
    ['a', 'b'],
  ],
  [['requirepass', ['a b']], 'a b'],
  [['workers', ['512']], 512],
];

for (const [[name, words], value] of VALUES) {
  test(`${name} ${words.join(' ')} is read as ${JSON.stringify(value)}`, (t) => {
    const config: Readonly<Record<string, unknown>> = createConfig(undefined, [[name, words]]);
    t.deepEqual(config[name], value);
  });
}

const REFUSED: readonly (readonly [line: string, message: string])[] = [
  ['prot 1', "unknown directive 'prot'; did you mean 'port'?"],
  ['reserve-blok 1', "unknown directive 'reserve-blok'; did you mean 'reserve-block'?"],
  ['nosuch-max-entries 1', "unknown directive 'nosuch-max-entries'"],
  ['hz 10', "'hz' is a setting of Redis that has no use here; remove it"],
  ['constructor 1', "unknown directive 'constructor'"],
  ['appendonly yes', "'appendonly' is a setting of Redis that has no use here; remove it"],
  ['appendfsync no', "'appendfsync' is a setting of Redis; use 'fsync'"],
  ['port', 'port needs a value'],
  ['bind', 'bind needs a value'],
  ['port 1 2', 'port takes one value, not 2; put a value with blanks in quotes'],
  ['port 1 # main', 'port takes one value, not 3; a comment needs a line of its own'],
  ['port 70000', 'port 70000 is out of range (0 to 65535)'],
  ['port -1', 'port -1 is out of range (0 to 65535)'],
  ['port 99999999999999999999', 'port 99999999999999999999 is not a whole number (0 to 65535)'],
  ['port 9223372036854775807', 'port 9223372036854775807 is out of range (0 to 65535)'],
  ['PORT 1.5', 'PORT 1.5 is not a whole number (0 to 65535)'],
  ['port ""', "port '' is not a whole number (0 to 65535)"],
  ['port "1\\n"', "port '1?' is not a whole number (0 to 65535)"],
  ['databases 65535', 'databases 65535 is out of range (1 to 65534)'],
  ['fsync sometimes', 'fsync sometimes is not one of everysec, always, no'],
  ['reserve-threshold 100%', 'reserve-threshold 100 is out of range (1 to 99)'],
  ['unixsocketperm 888', 'unixsocketperm 888 is not an octal number'],
  ['unixsocketperm 1000', 'unixsocketperm 1000 is out of range (0 to 777)'],
  [
    'proto-max-bulk-len 5xb',
    'proto-max-bulk-len 5xb is not a number of bytes (such as 100kb, 64mb or 1gb)',
  ],
  ['proto-max-bulk-len 5kb', 'proto-max-bulk-len 5kb is out of range (1mb to 4294967295)'],
  ['dir ""', 'dir must not be empty'],
  [
    'client-output-buffer-limit normal 1 2',
    'client-output-buffer-limit takes four values for each class (class hard soft seconds), not 3',
  ],
  [
    'client-output-buffer-limit master 1 2 3',
    'client-output-buffer-limit class master is neither normal nor pubsub',
  ],
  [
    'client-output-buffer-limit normal 1 2 x',
    "client-output-buffer-limit '1 2 x' is not a hard limit in bytes, a soft one and its seconds",
  ],
];

for (const [line, message] of REFUSED) {
  test(`the line ${line} is refused with its place`, (t) => {
    const dir = writeFiles(t, { 'a.conf': `\n${line}\n` });
    t.throws(() => createConfig(`${dir}a.conf`), {
      instanceOf: ConfigError,
      message: `${dir}a.conf:2: ${message}`,
    });
  });
}

test('a flag is refused by its name', (t) => {
  t.throws(() => createConfig(undefined, [['port', ['x']]]), {
    instanceOf: ConfigError,
    message: '--port x is not a whole number (0 to 65535)',
  });
  t.throws(() => createConfig(undefined, [['prot', ['1']]]), {
    message: "unknown directive '--prot'; did you mean '--port'?",
  });
  t.throws(() => createConfig(undefined, [['appendfsync', ['no']]]), {
    message: "'--appendfsync' is a setting of Redis; use '--fsync'",
  });
});

test('a block larger than the largest is refused where the last of the two is set', (t) => {
  const dir = writeFiles(t, {
    'a.conf': 'reserve-block 10\nport 1\nreserve-block-max 5\ntimeout 1\n',
  });
  t.throws(() => createConfig(`${dir}a.conf`), {
    instanceOf: ConfigError,
    message: `${dir}a.conf:3: reserve-block 10 is larger than reserve-block-max 5; raise the latter as well`,
  });
});

test('a server that would listen nowhere is refused', (t) => {
  const message = 'nothing to listen on; set port or tls-port, and bind, or unixsocket';
  t.throws(() => createConfig(undefined, [['port', ['0']]]), { message });
  t.throws(() => createConfig(undefined, [['bind', ['']]]), { message });
  const flags: Flag[] = [
    ['port', ['0']],
    ['unixsocket', ['s']],
  ];
  t.like(createConfig(undefined, flags), { port: 0, unixsocket: 's' });
});
