import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { answered } from './answers.js';
import { Load, seeded } from './load.js';
import {
  childrenOf,
  isAlive,
  isGone,
  isStopped,
  kill,
  killTree,
  onlyPidOf,
  processOf,
  until,
  untilPidsOf,
} from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { refuses } from './refuses.js';
import { Rising } from './rising.js';
import { startSequement, temporaryDirectory } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

/** Options for a server of which little happens by itself. */
const QUIET = ['--workers', '1'];

test('a worker that was stopped is killed and replaced, and the others go on', async (t) => {
  t.timeout(45_000, 'it is not killed');
  const server = await startSequement({
    arguments: ['--workers', '2', '--heartbeat-timeout', '3000'],
  });
  const workers = await untilPidsOf(server.pid, 'worker', 2);
  const clients = await clientsOfTwoWorkers(server.port);
  for (const client of clients) await client.send('INCR', 'a');
  kill(workers[0] as number, 'SIGSTOP');
  let ofOthers = 0;
  const lost = clients.map((client) =>
    client.send('INCR', 'a').then(
      () => {
        ofOthers++;
        return false;
      },
      () => true,
    ),
  );
  await until('the answers of the other worker', () => ofOthers > 0);
  t.true(isAlive(workers[0] as number), 'the others waited for the death of the stopped one');
  const outcomes = await Promise.all(lost);
  t.true(outcomes.includes(true) && outcomes.includes(false));
  await until('another worker', async () => {
    const now = await untilPidsOf(server.pid, 'worker', 2);
    return !now.includes(workers[0] as number);
  });
  t.false(isAlive(workers[0] as number));
  t.regex(String(await askOnce(server.port, 'INCR', 'a')), /^\d+$/);
  for (const client of clients) await client.close();
  t.is(await server.stop(), 0);
});

test('a writer that was stopped is killed and replaced, and loses nothing', async (t) => {
  const options = [...QUIET, '--heartbeat-timeout', '3000'];
  let server = await startSequement({ arguments: options });
  const { port, dir } = server;
  const writer = await onlyPidOf(server.pid, 'writer');
  const [first, second] = [await RawClient.connect(port), await RawClient.connect(port)];
  const seen = new Rising(t);
  seen.note(await second.send('INCR', 'old'));
  kill(writer, 'SIGSTOP');
  const held = first.send('INCR', 'new');
  seen.note(await answered(second, 'INCR', 'old'));
  t.true(isAlive(writer), 'a sequence with a block waited for the writer');
  t.is(await held, '1');
  t.not(await onlyPidOf(server.pid, 'writer'), writer);
  t.false(isAlive(writer));
  for (let i = 0; i < 500; i++) seen.note(await answered(second, 'INCR', 'old'));
  await killTree(server);
  server = await startSequement({ dir, port, arguments: options });
  for (let i = 0; i < 100; i++) seen.note(await askOnce(port, 'INCR', 'old'));
  t.true(BigInt((await askOnce(port, 'INCR', 'new')) as string) > 1n);
  await first.close();
  await second.close();
  t.is(await server.stop(), 0);
});

test.serial(
  'a stopped worker that wakes up, in time or too late, serves nothing wrong',
  async (t) => {
    const options = ['--workers', '2', '--heartbeat-timeout', '1000'];
    const server = await startSequement({ arguments: options });
    const { port } = server;
    const history = new History();
    const random = seeded(17);
    const load = new Load({ port, keys: ['a', 'b'], connections: 8, depth: 4, history, random });
    for (const isInTime of [true, false, true, false]) {
      const workers = await untilPidsOf(server.pid, 'worker', 2);
      // One that is still starting has longer than the heartbeat allows.
      for (const client of await clientsOfTwoWorkers(port)) await client.close();
      const victim = workers[Math.floor(random() * 2)] as number;
      const before = load.answered;
      await until('some load', () => load.answered > before + 200);
      kill(victim, 'SIGSTOP');
      const stoppedAt = load.answered;
      const isGivenUp = () => server.stdout.includes(`worker ${victim} does not answer`);
      await until('the moment to wake up', () =>
        isInTime ? load.answered > stoppedAt + 200 || isGivenUp() : isGivenUp(),
      );
      kill(victim, 'SIGCONT');
      if (!isInTime) await until('its end', () => !isAlive(victim));
      const moment = history.now;
      await until('every sequence again', () => load.hasServedSince(moment));
    }
    await load.stop();
    t.deepEqual(load.errors, []);
    t.deepEqual(problemsOf(history), []);
    t.is(await server.stop(), 0);
  },
);

for (const withTree of [false, true]) {
  const who = withTree ? 'a master that was stopped with all its children' : 'a stopped master';
  test.serial(`${who} keeps others out, and goes on where it was`, async (t) => {
    const options = ['--workers', '2', '--heartbeat-timeout', '500'];
    const server = await startSequement({ arguments: options });
    const { port, dir } = server;
    const history = new History();
    const keys = ['a', 'b', 'c'];
    const load = new Load({ port, keys, connections: 6, depth: 4, history, random: seeded(18) });
    for (let round = 0; round < 2; round++) {
      const before = load.answered;
      await until('some load', () => load.answered > before + 500);
      const stopped = [
        server.pid,
        ...(withTree ? childrenOf(server.pid).map(({ pid }) => pid) : []),
      ];
      for (const pid of stopped) kill(pid, 'SIGSTOP');
      await until('the stop', () => stopped.every(isStopped));
      const words = ['--port', '0', '--unixsocket', join(temporaryDirectory(), 's'), '--dir', dir];
      await refuses(t, words, /is locked by process \d+/);
      // By now, what they had written before has been read.
      const silent = load.answered;
      await refuses(t, words, /is locked by process \d+/);
      if (withTree) t.is(load.answered, silent);
      const moment = history.now;
      for (const pid of stopped) kill(pid, 'SIGCONT');
      await until('every sequence again', () => load.hasServedSince(moment));
    }
    await load.stop();
    t.deepEqual(load.errors, []);
    t.deepEqual(problemsOf(history), []);
    const children = childrenOf(server.pid);
    t.is(await server.stop(), 0);
    await until('the end of the children', () => children.every(isGone));
  });
}

for (const role of ['worker', 'writer'] as const) {
  test(`a stopped ${role} that outlives its master keeps a new server waiting`, async (t) => {
    const options = ['--workers', '2', '--heartbeat-timeout', '60000'];
    let server = await startSequement({ arguments: options });
    const { port, dir } = server;
    const history = new History();
    const take = async (client: RawClient, connection: number) => {
      const operation = history.take(connection, 'a');
      await client.send('INCR', 'a').then(
        (answer) => history.returned(operation, BigInt(answer as string)),
        () => history.lost(operation),
      );
    };
    const [victim = 0] = await untilPidsOf(server.pid, role, role === 'worker' ? 2 : 1);
    const clients = await clientsOfTwoWorkers(port);
    for (const [at, client] of clients.entries()) await take(client, at);
    kill(victim, 'SIGSTOP');
    await until('the stop', () => isStopped(victim));
    // What it finds when it wakes up.
    const pending = clients.map((client, at) => take(client, at));
    const stopped = processOf(victim);
    const others = childrenOf(server.pid).filter(({ pid }) => pid !== victim);
    const exit = once(server.process, 'exit');
    kill(server.pid);
    await exit;
    await until('the end of the others', () => others.every(isGone));
    t.true(isStopped(victim));
    if (role === 'writer') {
      const words = ['--port', '0', '--unixsocket', join(temporaryDirectory(), 's'), '--dir', dir];
      await refuses(
        t,
        words,
        /is locked by process \d+ or a child it left: stop that server first/,
      );
    }
    const starting = startSequement({ dir, port, arguments: options });
    await until('a start that waits for the lock', () =>
      childrenOf(process.pid).some(({ pid }) => hasOpen(pid, join(dir, 'sequement.lock'))),
    );
    t.true(isStopped(victim), 'the lock was free while a process of the old server lived');
    kill(victim, 'SIGCONT');
    server = await starting;
    t.true(stopped !== undefined && isGone(stopped));
    await Promise.all(pending);
    for (let i = 0; i < 5; i++) await take(await RawClient.connect(port), 100 + i);
    t.deepEqual(problemsOf(history), []);
    for (const client of clients) await client.close();
    t.is(await server.stop(), 0);
  });
}

function hasOpen(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`) === path;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}
