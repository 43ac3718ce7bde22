import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { answered } from './answers.js';
import { Load, seeded } from './load.js';
import { preload } from './preload/preload.js';
import { childrenOf, kill, onlyPidOf, pidsOf, until, untilPidsOf } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { Rising } from './rising.js';
import { type StartedServer, startSequement, temporaryDirectory } from './start.js';
import { clientsOfTwoWorkers } from './two-workers.js';

/** Lets processes of a role start only when their gate is open, in which all are at first. */
class Gates {
  readonly #dir = temporaryDirectory();
  readonly environment = preload('gate', { SLOW_START: this.#dir });

  close(role: 'master' | 'worker' | 'writer'): void {
    writeFileSync(join(this.#dir, role), '');
  }

  open(role: 'master' | 'worker' | 'writer'): void {
    rmSync(join(this.#dir, role));
  }
}

test('a worker that starts slowly holds up nobody but its own clients', async (t) => {
  const gates = new Gates();
  const server = await startSequement({
    arguments: ['--workers', '2', '--heartbeat-timeout', '20000'],
    environment: gates.environment,
  });
  const { port } = server;
  const workers = await untilPidsOf(server.pid, 'worker', 2);
  const history = new History();
  const load = new Load({
    port,
    keys: ['a', 'b'],
    connections: 6,
    depth: 4,
    history,
    random: seeded(31),
  });
  await until('some load', () => load.hasServedSince(0));
  gates.close('worker');
  kill(workers[0] as number);
  await untilStarted(server, workers[0] as number);
  for (let round = 0; round < 3; round++) {
    const moment = history.now;
    await until('every sequence, from one worker', () => load.hasServedSince(moment));
  }
  t.is(pidsOf(server.pid, 'worker').length, 1);
  gates.open('worker');
  for (const client of await clientsOfTwoWorkers(port)) await client.close();
  await load.stop();
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await server.stop(), 0);
});

test.serial(
  'clients wait for workers that all start more slowly than the heartbeat allows',
  async (t) => {
    const gates = new Gates();
    const server = await startSequement({
      arguments: ['--workers', '2', '--heartbeat-timeout', '2500'],
      environment: gates.environment,
    });
    const rising = new Rising(t);
    rising.note(await askOnce(server.port, 'INCR', 'a'));
    gates.close('worker');
    for (const pid of await untilPidsOf(server.pid, 'worker', 2)) kill(pid);
    await until('the deaths are noticed', () => server.stdout.split(/worker \d+ ended/).length > 2);
    const client = await RawClient.connect(server.port);
    const waiting = client.send('INCR', 'a');
    const startedMs = performance.now();
    await until('three heartbeats', () => performance.now() - startedMs > 7500);
    t.false(/worker \d+ does not answer/.test(server.stdout), server.stdout);
    gates.open('worker');
    rising.note(await waiting);
    await untilPidsOf(server.pid, 'worker', 2);
    t.is(server.stdout.split(/worker \d+ ended/).length, 3, server.stdout);
    rising.note(await askOnce(server.port, 'INCR', 'a'));
    await client.close();
    t.is(await server.stop(), 0);
  },
);

test('a writer that starts slowly holds up only what needs the disk', async (t) => {
  const gates = new Gates();
  const server = await startSequement({
    // However many clients there are before both workers have some, the block is enough for them.
    arguments: ['--workers', '2', '--heartbeat-timeout', '20000', '--reserve-block', '100000'],
    environment: gates.environment,
  });
  const { port } = server;
  await untilPidsOf(server.pid, 'worker', 2);
  const clients = await clientsOfTwoWorkers(port);
  const rising = new Rising(t);
  for (const client of clients) rising.note(await answered(client, 'INCR', 'old'));
  gates.close('writer');
  const writer = await onlyPidOf(server.pid, 'writer');
  kill(writer);
  await untilStarted(server, writer);
  let isServed = false;
  const waiting = askOnce(port, 'INCR', 'new').then((answer) => {
    isServed = true;
    return answer;
  });
  for (let i = 0; i < 50; i++) {
    for (const client of clients) rising.note(await answered(client, 'INCR', 'old'));
  }
  t.false(isServed, 'a number was served before its reservation was durable');
  t.is(pidsOf(server.pid, 'writer').length, 0);
  gates.open('writer');
  t.is(await waiting, '1');
  for (const client of clients) await client.close();
  t.is(await server.stop(), 0);
});

test('a master that starts slowly finds the directory taken', async (t) => {
  const gates = new Gates();
  const dir = temporaryDirectory();
  gates.close('master');
  const slow = startSequement({ dir, environment: gates.environment });
  const refused = t.throwsAsync(slow, { message: /exited with 1\n.* is locked by process \d+/ });
  const server = await startSequement({ dir });
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  gates.open('master');
  await refused;
  t.is(await askOnce(server.port, 'INCR', 'a'), '2');
  t.is(await server.stop(), 0);
});

/** Waits for the successor of a child of this number, which has not come far enough to have its title. */
async function untilStarted(server: StartedServer, dead: number): Promise<void> {
  const count = 3;
  await until('the successor', () => {
    const children = childrenOf(server.pid);
    return children.length === count && children.every(({ pid }) => pid !== dead);
  });
}
