import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Failure } from '#dist/cli/failure.js';
import { describeTarget, findTarget } from '#dist/cli/target.js';
import { temporaryDirectory } from '../server/start.js';

const LOCAL = { host: '127.0.0.1', port: 6379, database: 0 };

test('without options the server is the local one', (t) => {
  t.deepEqual(findTarget({}, {}), LOCAL);
  t.deepEqual(findTarget({}, { SEQUEMENT_URL: '', SEQUEMENT_PASSWORD: '' }), LOCAL);
});

test('a URL names every part', (t) => {
  t.deepEqual(findTarget({ url: 'rediss://u%40v:p%3aw@example.com:7000/5' }, {}), {
    host: 'example.com',
    port: 7000,
    user: 'u@v',
    password: 'p:w',
    database: 5,
    tls: { rejectUnauthorized: true },
  });
  t.like(findTarget({ url: 'redis://[::1]' }, {}), { host: '::1', port: 6379, database: 0 });
  t.like(findTarget({ url: 'unix:///tmp/a%20b' }, {}), { socket: '/tmp/a b' });
});

test('options go over the URL, and the URL over the environment', (t) => {
  const environment = { SEQUEMENT_URL: 'redis://:a@one:1/1', SEQUEMENT_PASSWORD: 'b' };
  t.like(findTarget({}, environment), { host: 'one', port: 1, password: 'a' });
  t.like(findTarget({ port: 2, password: 'c' }, environment), {
    host: 'one',
    port: 2,
    password: 'c',
  });
  t.like(findTarget({ url: 'redis://two' }, environment), { host: 'two', password: 'b' });
});

test('a host that is given goes over a socket of the environment', (t) => {
  const target = findTarget({ host: 'one' }, { SEQUEMENT_URL: 'unix:///tmp/a' });
  t.is(target.socket, undefined);
  t.is(target.host, 'one');
});

test('a URL that is none is refused without showing it', (t) => {
  for (const url of [
    'secret',
    'http://:secret@host',
    'redis://host:secret/',
    'redis://host/secret',
  ]) {
    const error = t.throws(() => findTarget({ url }, {}), { instanceOf: Failure });
    t.false(error?.message.includes('secret'));
  }
});

test('messages name a server by its address, never by its password', (t) => {
  t.is(describeTarget({ ...LOCAL, password: 'x' }), '127.0.0.1:6379');
  t.is(describeTarget({ ...LOCAL, host: '::1' }), '[::1]:6379');
  t.is(describeTarget({ ...LOCAL, socket: '/tmp/a' }), '/tmp/a');
});

test('an encrypted connection has its files, which need one', (t) => {
  const dir = temporaryDirectory();
  const file = (name: string) => {
    writeFileSync(join(dir, name), name);
    return join(dir, name);
  };
  const files = { cacert: file('ca'), cert: file('cert'), key: file('key') };
  const tls = { ca: 'ca', cert: 'cert', key: 'key', rejectUnauthorized: true };
  t.deepEqual(findTarget({ tls: true, ...files }, {}), { ...LOCAL, tls });
  t.deepEqual(findTarget({ url: 'rediss://one', ...files }, {}).tls, tls);
  t.deepEqual(findTarget({ tls: true, insecure: true }, {}).tls, { rejectUnauthorized: false });
  t.throws(() => findTarget(files, {}), { instanceOf: Failure, message: /^--cacert needs --tls/ });
  t.throws(() => findTarget({ tls: true, cert: 'c' }, {}), { message: /belong together/ });
  t.throws(() => findTarget({ tls: true, cacert: `${dir}/none` }, {}), {
    instanceOf: Failure,
    message: /^the file of --cacert can't be read: ENOENT/,
  });
});
