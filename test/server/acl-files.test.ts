import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ByteClient } from './byte-client.js';
import { kill, until } from './processes.js';
import { askOnce } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement, temporaryDirectory } from './start.js';

const BIN = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url));

/** What a start that is refused writes. */
function refusal(...words: string[]): string {
  const { stderr, stdout, status } = spawnSync(
    process.execPath,
    [BIN, ...words, '--dir', temporaryDirectory(), '--port', '0', '--unixsocket', 'x.sock'],
    { encoding: 'utf8', timeout: 20_000 },
  );
  return status === 0 ? 'it started' : stderr + stdout;
}

test.serial('users are saved to their file, and a start takes them from there', async (t) => {
  const dir = temporaryDirectory();
  const path = join(dir, 'users.acl');
  writeFileSync(path, '');
  const first = await startSequement({ dir, arguments: ['--aclfile', 'users.acl'] });
  await askOnce(
    first.port,
    'ACL',
    'SETUSER',
    'k',
    'on',
    '>pw',
    '~a*',
    '+@read',
    '+lpush',
    '(+set ~b)',
  );
  const lines = await askOnce(first.port, 'ACL', 'LIST');
  t.is(await askOnce(first.port, 'ACL', 'SAVE'), 'OK');
  t.is(readFileSync(path, 'latin1'), `${(lines as string[]).join('\n')}\n`);
  t.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('users')),
    ['users.acl'],
  );
  await first.stop();
  const second = await startSequement({ dir, arguments: ['--aclfile', 'users.acl'] });
  t.teardown(() => second.stop());
  t.deepEqual(await askOnce(second.port, 'ACL', 'LIST'), lines);
});

test.serial('a file that is made anew is for its owner alone', async (t) => {
  const dir = temporaryDirectory();
  const path = join(dir, 'users.acl');
  writeFileSync(path, '', { mode: 0o640 });
  const server = await startSequement({ dir, arguments: ['--aclfile', path] });
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SAVE');
  t.is(statSync(path).mode & 0o777, 0o640);
  rmSync(path);
  await askOnce(server.port, 'ACL', 'SAVE');
  t.is(statSync(path).mode & 0o777, 0o600);
});

test.serial('users that the file could not say are not saved', async (t) => {
  const dir = temporaryDirectory();
  const path = join(dir, 'users.acl');
  writeFileSync(path, GOOD);
  const server = await startSequement({ dir, arguments: ['--aclfile', path] });
  t.teardown(() => server.stop());
  await askOnce(server.port, 'ACL', 'SETUSER', 'odd', '(+get ~b))');
  t.regex(String(await askOnce(server.port, 'ACL', 'SAVE')), /^-ERR There was an error trying to/);
  t.is(readFileSync(path, 'latin1'), GOOD);
  t.regex(server.stdout + server.stderr, /could not be saved: it could not be read again/);
});

const GOOD = 'user default on nopass ~* &* +@all\nuser same on nopass ~* +@all\n';

test.serial('ACL LOAD takes all of a file or nothing, and tells file and line', async (t) => {
  const dir = temporaryDirectory();
  const path = join(dir, 'users.acl');
  writeFileSync(path, GOOD);
  const server = await startSequement({ dir, arguments: ['--aclfile', path] });
  t.teardown(() => server.stop());
  const before = await askOnce(server.port, 'ACL', 'LIST');
  writeFileSync(path, `${GOOD}\nuser new on +nosuch\nuser\n# a\nuser same on\nuser p #1 ~a( +@x\n`);
  const unchanged =
    'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';
  t.is(
    String(await askOnce(server.port, 'ACL', 'LOAD')),
    `-ERR ${path}:4: Error in applying operation '+nosuch': Unknown command or category name in ACL. ` +
      `${path}:5 should start with user keyword followed by the username. ` +
      `${path}:6 should start with user keyword followed by the username. ` +
      "WARNING: Duplicate user 'same' found on line 7. " +
      `${path}:8: The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters. ` +
      `${path}:8: Error in applying operation '+@x': Unknown command or category name in ACL. ${unchanged}`,
  );
  t.deepEqual(await askOnce(server.port, 'ACL', 'LIST'), before);
  // A HUP keeps the connections of users that stay the same; ACL LOAD keeps those of the default user only.
  const same = await ByteClient.connect(server.port);
  await same.ask('AUTH', 'same', 'x');
  kill(server.pid, 'SIGHUP');
  await until('a warning', () => /stays as it is/.test(server.stdout + server.stderr));
  t.deepEqual(await askOnce(server.port, 'ACL', 'LIST'), before);
  writeFileSync(path, `${GOOD}user new on nopass +ping\n`);
  kill(server.pid, 'SIGHUP');
  await until('the new user', async () => {
    return String(await askOnce(server.port, 'ACL', 'USERS')) === 'default,new,same';
  });
  t.is(await same.ask('PING'), '+PONG\r\n');
  t.is(await askOnce(server.port, 'ACL', 'LOAD'), 'OK');
  await same.closed;
});

test.serial('users of the configuration are there, and a HUP takes what has changed', async (t) => {
  const dir = temporaryDirectory();
  const conf = join(dir, 'a.conf');
  writeFileSync(conf, 'user ann on >pw "~a*" +get\nuser ben on nopass +@all\nacllog-max-len 7\n');
  const server = await startSequement({
    dir,
    arguments: [conf, '--user', 'dan', 'on', '>dd', '+ping'],
  });
  t.teardown(() => server.stop());
  t.deepEqual(await askOnce(server.port, 'ACL', 'USERS'), ['ann', 'ben', 'dan', 'default']);
  const dan = await ByteClient.connect(server.port);
  t.is(await dan.ask('AUTH', 'dan', 'dd'), '+OK\r\n');
  await dan.close();
  await askOnce(server.port, 'ACL', 'SETUSER', 'eve', 'on');
  const ben = await ByteClient.connect(server.port);
  await ben.ask('AUTH', 'ben', 'x');
  writeFileSync(conf, 'user ann on >pw ~b* +get\nuser cid on +nosuch\n');
  kill(server.pid, 'SIGHUP');
  await until('a warning', () => server.stdout.includes(`${conf}:2: user cid: '+nosuch': Unknown`));
  writeFileSync(conf, 'user ann on >pw ~b* +get\n');
  kill(server.pid, 'SIGHUP');
  await ben.closed;
  t.deepEqual(await askOnce(server.port, 'ACL', 'USERS'), ['ann', 'dan', 'default', 'eve']);
  t.regex(String(await askOnce(server.port, 'ACL', 'GETUSER', 'ann')), /~b\*/);
});

test('a start is refused by users that are wrong, with file and line', (t) => {
  const dir = temporaryDirectory();
  const write = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  const good = write('good.acl', GOOD);
  const conf = write('a.conf', 'port 0\nuser a on\nuser a on\n');
  t.true(refusal(conf).includes(`${conf}:3: user a: Duplicate user found.`));
  const open = write('b.conf', 'user a on (+get\n');
  t.true(refusal(open).includes(`${open}:1: user a: a parenthesis is not closed`));
  const secret = write('c.conf', 'user a on <password\n');
  t.true(refusal(secret).includes(`${secret}:1: user a: a password: The password you are`));
  t.regex(
    refusal('--user', 'a', 'on', '--user', 'a'),
    /command line: user a: Duplicate user found\./,
  );
  const both = write('d.conf', 'user a on\n');
  t.regex(refusal(both, '--aclfile', good), /d\.conf:1: users are defined here and by aclfile/);
  const bad = write('bad.acl', 'nonsense\n');
  t.true(refusal('--aclfile', bad).includes(`${bad}:1 should start with user keyword`));
  t.regex(refusal('--aclfile', join(dir, 'none')), /opening file '.*none': No such file/);
});

const runWithRedis =
  isRedisInstalled() || process.env.CI !== undefined ? test.serial : test.serial.skip;

runWithRedis('a client of elsewhere is refused without a password, in Redis’s words', async (t) => {
  const both = await Promise.all([
    startSequement({ arguments: ['--bind', '127.0.0.1', '127.0.0.2'] }),
    startRedis({ arguments: ['--bind', '127.0.0.1', '127.0.0.2'] }),
  ]);
  t.teardown(() => Promise.all(both.map((server) => server.stop())));
  const [ours, redis] = await Promise.all(both.map(({ port }) => fromElsewhere(port)));
  t.regex(ours ?? '', /^-DENIED /);
  t.is(ours, redis);
  for (const { port } of both) {
    t.is(await askOnce(port, 'CONFIG', 'SET', 'requirepass', 'pw'), 'OK');
    t.regex(await fromElsewhere(port), /^-NOAUTH /);
  }
});

/** What a PING brings that comes from an address that is not 127.0.0.1. */
async function fromElsewhere(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.2', localAddress: '127.0.0.2' });
  socket.on('error', () => {});
  socket.write('PING\r\nQUIT\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
