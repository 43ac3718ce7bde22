import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { childrenOf, isGone, kill, killTree, pidsOf, until, untilPidsOf } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { refuses } from './refuses.js';
import { startSequement, temporaryDirectory } from './start.js';

test('a graceful stop answers the pipelined commands that were received, and exits 0', async (t) => {
  const server = await startSequement();
  const client = await RawClient.connect(server.port);
  await client.send('PING');
  const answers: Promise<unknown>[] = [];
  client.together(() => {
    for (let i = 0; i < 2000; i++) answers.push(client.send('INCR', 'a'));
  });
  // The first answer proves that the packet has reached the server.
  await answers[0];
  t.is(await server.stop(), 0);
  const settled = await Promise.allSettled(answers);
  const numbers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  t.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, i) => String(i + 1)),
  );
  t.log(`${numbers.length} of 2000 answered`);
  // What had arrived with the first of them: at least one read of the socket, 64 KiB.
  t.true(numbers.length > 1500);
  await client.closed;
});

test('a graceful stop answers what waits for the disk', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const [waiting, other] = [
    await RawClient.connect(server.port),
    await RawClient.connect(server.port),
  ];
  await other.send('INCR', 'old');
  const [writer = 0] = await untilPidsOf(server.pid, 'writer');
  kill(writer, 'SIGSTOP');
  const answer = waiting.send('INCR', 'new');
  // It came later, and is answered: the first one has reached the server.
  t.is(await other.send('INCR', 'old'), '2');
  kill(server.pid, 'SIGTERM');
  await until('the stop', () => server.stdout.includes('stopping'));
  kill(writer, 'SIGCONT');
  t.is(await answer, '1');
  await once(server.process, 'exit');
  t.is(server.process.exitCode, 0);
});

test('a graceful stop does not end while a worker lives', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const [worker = 0] = await untilPidsOf(server.pid, 'worker');
  kill(worker, 'SIGSTOP');
  const exit = once(server.process, 'exit');
  kill(server.pid, 'SIGTERM');
  await until('the stop', () => server.stdout.includes('stopping'));
  // Nothing tells that something does not happen: a server that does not wait has ended by then.
  t.is(await Promise.race([exit, delay(500, 'waits')]), 'waits');
  kill(worker, 'SIGCONT');
  t.deepEqual(await exit, [0, null]);
});

test('a clean stop leaves no gap in any of many sequences', async (t) => {
  let server = await startSequement({ arguments: ['--workers', '2'] });
  const { dir } = server;
  const random = seeded(5);
  const client = await RawClient.connect(server.port);
  const keys = Array.from({ length: 3000 }, (_, i) => `key:${i}`);
  const values = await Promise.all(
    keys.map((key, i) =>
      i % 5 === 4
        ? client.send('DECR', key)
        : client.send('INCRBY', key, 1 + Math.floor(random() * 1000)),
    ),
  );
  t.is(await client.send('SET', 'large', '9223372036854775000'), 'OK');
  await client.close();
  t.is(await server.stop(), 0);
  server = await startSequement({ dir });
  const again = await RawClient.connect(server.port);
  t.deepEqual(await Promise.all(keys.map((key) => again.send('GET', key))), values);
  const next = await Promise.all(keys.map((key) => again.send('INCR', key)));
  t.deepEqual(
    next,
    values.map((value) => String(BigInt(value as string) + 1n)),
  );
  t.is(await again.send('INCR', 'large'), '9223372036854775001');
  t.is(await again.send('DBSIZE'), String(keys.length + 1));
  await again.close();
  await server.stop();
});

test('a second TERM ends it at once, with nothing left behind', async (t) => {
  const server = await startSequement({ arguments: ['--heartbeat-timeout', '60000'] });
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  const children = childrenOf(server.pid);
  const [worker] = pidsOf(server.pid, 'worker');
  // A worker that does not answer keeps the graceful stop waiting.
  kill(worker as number, 'SIGSTOP');
  kill(server.pid, 'SIGTERM');
  await until('the stop has begun', () => server.stdout.includes('stopping'));
  const exit = once(server.process, 'exit');
  const startedMs = performance.now();
  // One that comes within 100 ms of the first is the same signal, passed on by whoever started the server.
  const again = setInterval(() => kill(server.pid, 'SIGTERM'), 150);
  const [code] = await exit;
  clearInterval(again);
  t.is(code, 1);
  // Far less than the worker's silence would be borne.
  t.true(performance.now() - startedMs < 30_000);
  await until('the end of the children', () => children.every(isGone));
});

test('HUP reads a changed configuration file, and a broken one changes nothing', async (t) => {
  const dir = temporaryDirectory();
  const file = join(dir, 'sequement.conf');
  writeFileSync(file, 'requirepass ""\n');
  const server = await startSequement({ dir, arguments: [file] });
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  writeFileSync(file, 'requirepass secret\n');
  kill(server.pid, 'SIGHUP');
  await until('a password is asked for', async () =>
    String(await askOnce(server.port, 'INCR', 'b')).startsWith('-NOAUTH'),
  );
  writeFileSync(file, 'no-such-directive 1\n');
  kill(server.pid, 'SIGHUP');
  await until('the complaint', () => /stays as it is/.test(server.stdout + server.stderr));
  t.regex(server.stdout, /no-such-directive/);
  const client = await RawClient.connect(server.port);
  t.is(await client.send('AUTH', 'secret'), 'OK');
  t.is(await client.send('INCR', 'a'), '2');
  await client.close();
  t.is(await server.stop(), 0);
});

test('TTIN and TTOU change the number of workers, and nobody else notices', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '1'] });
  const history = new History();
  const load = new Load({
    port: server.port,
    keys: ['a'],
    connections: 4,
    depth: 4,
    history,
    random: seeded(3),
  });
  kill(server.pid, 'SIGTTIN');
  await untilPidsOf(server.pid, 'worker', 2);
  const [first] = pidsOf(server.pid, 'worker');
  kill(server.pid, 'SIGTTOU');
  await untilPidsOf(server.pid, 'worker', 1);
  // At least one worker stays.
  kill(server.pid, 'SIGTTOU');
  const moment = history.now;
  await until('answers', () => load.hasServedSince(moment));
  t.deepEqual(pidsOf(server.pid, 'worker'), [first]);
  await load.stop();
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await server.stop(), 0);
});

test('USR1 opens the log file of messages anew', async (t) => {
  const dir = temporaryDirectory();
  const logfile = join(dir, 'messages.log');
  const server = await startSequement({ dir, arguments: ['--logfile', logfile] });
  await until('the first messages', () => readFileSync(logfile, 'utf8').includes('serves'));
  renameSync(logfile, `${logfile}.1`);
  kill(server.pid, 'SIGUSR1');
  await until('a new file', () => readdirSync(dir).includes('messages.log'));
  t.is(await server.stop(), 0);
  t.regex(readFileSync(logfile, 'utf8'), /stopped; every value is written/);
  t.notRegex(readFileSync(`${logfile}.1`, 'utf8'), /stopped/);
});

test('a port in use ends the start with one sentence', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  t.teardown(() => other.close());
  const dir = temporaryDirectory();
  await refuses(t, ['--port', String(port), '--dir', dir], /127\.0\.0\.1:\d+ is in use/);
  // The refused start has given the directory back.
  const server = await startSequement({ dir });
  t.is(await server.stop(), 0);
});

test('a damaged log ends the start with one sentence that names the file and the place', async (t) => {
  const server = await startSequement({ arguments: ['--auto-compact-percentage', '0'] });
  const { dir } = server;
  for (let i = 0; i < 20; i++) t.is(await askOnce(server.port, 'SET', `key:${i}`, i), 'OK');
  await killTree(server);
  const [log] = logFiles(dir).sort((a, b) => statSync(b).size - statSync(a).size);
  const bytes = readFileSync(log as string);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 0xff;
  writeFileSync(log as string, bytes);
  await refuses(t, ['--port', '0', '--unixsocket', join(dir, 's'), '--dir', dir], /offset|byte/);
});

test('a directory that cannot be written ends the start with one sentence', async (t) => {
  const parent = temporaryDirectory();
  // A file where a directory is wanted stops root as well.
  writeFileSync(join(parent, 'file'), '');
  await refuses(t, ['--dir', join(parent, 'file', 'data')], /data directory .* can't be written/);
  if (process.getuid?.() === 0) return;
  const dir = join(parent, 'data');
  mkdirSync(dir);
  chmodSync(dir, 0o500);
  await refuses(t, ['--dir', dir], /can't be written/);
});

test('an unknown directive ends the start with one sentence', async (t) => {
  const dir = temporaryDirectory();
  const file = join(dir, 'sequement.conf');
  writeFileSync(file, '# a comment\nreserve-blok 100\n');
  await refuses(t, [file, '--dir', dir], /reserve-blok/);
});

test('compaction under load and a kill -9 in the middle of it repeat nothing', async (t) => {
  t.timeout(60_000);
  const history = new History();
  const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);
  const random = seeded(11);
  let server = await startSequement();
  const { dir, port } = server;
  const load = new Load({ port, keys, connections: 6, depth: 16, history, random });
  for (let round = 0; round < 4; round++) {
    const before = load.answered;
    await until('some load', () => load.answered > before + 2000);
    const client = await RawClient.connect(port);
    for (let i = 0; i < 5; i++) {
      t.regex(String(await client.send('BGREWRITEAOF')), /Background|already/);
    }
    // Between nothing and some answers later: somewhere in the compaction or right behind it.
    const more = load.answered + Math.floor(random() * 300);
    await until('a little more load', () => load.answered > more);
    const exit = once(server.process, 'exit');
    const children = childrenOf(server.pid);
    kill(server.pid);
    for (const { pid } of children) kill(pid);
    await exit;
    await client.close();
    server = await startSequement({ dir, port });
  }
  const moment = history.now;
  await until('every sequence again', () => load.hasServedSince(moment));
  await load.stop();
  t.log(`${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await server.stop(), 0);
});

test('the log is small after SAVE', async (t) => {
  const server = await startSequement({ arguments: ['--auto-compact-percentage', '0'] });
  const client = await RawClient.connect(server.port);
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => client.send('SET', `key:${i % 10}`, round * 1000 + i)),
    );
  }
  const before = sizeOf(server.dir);
  t.is(await client.send('SAVE'), 'OK');
  const after = sizeOf(server.dir);
  t.log(`${before} bytes before, ${after} after`);
  t.true(after < 5000 && after < before / 10);
  t.is(await client.send('INCR', 'key:9'), '19500');
  await client.close();
  t.is(await server.stop(), 0);
});

function logFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => join(dir, name));
}

function sizeOf(dir: string): number {
  return logFiles(dir).reduce((sum, file) => sum + statSync(file).size, 0);
}
