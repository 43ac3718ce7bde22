import { once } from 'node:events';
import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { childrenOf, isGone, kill, processOf, until, untilPidsOf } from './processes.js';
import { askOnce } from './raw-client.js';
import { type StartedServer, startSequement } from './start.js';

const KILLS = 30;
const KEYS = ['orders', 'invoices', 'users'];
/** The promise is two seconds; a machine with other work gets more. */
const SERVING_WITHIN_MS = 10_000;
const ANSWERS_BETWEEN_KILLS = 500;

const VICTIMS = ['tree', 'master', 'worker', 'writer'] as const;

test('thirty kills -9 of any process yield no number twice and none out of order', async (t) => {
  t.timeout(110_000);
  const seed = Number(process.env.SEED ?? 20090405);
  t.log(`seed ${seed}`);
  const random = seeded(seed);
  const history = new History();
  let server = await startSequement({ arguments: ['--workers', '2'] });
  const { port, dir } = server;
  const load = new Load({ port, keys: KEYS, connections: 8, depth: 16, history, random });
  const killed = new Map<number, NonNullable<ReturnType<typeof processOf>>>();
  const worst = new Map<string, number>();

  for (let kills = 0; kills < KILLS; kills++) {
    const before = load.answered;
    await until('some answers', () => load.answered > before + ANSWERS_BETWEEN_KILLS);
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] as (typeof VICTIMS)[number];
    let moment = 0;
    let startedMs = 0;
    if (victim === 'tree' || victim === 'master') {
      for (const each of tree(server)) killed.set(each.pid, each);
      const children = childrenOf(server.pid);
      moment = history.now;
      startedMs = performance.now();
      // Not until the children are gone, too: the next master may find them still there.
      const exit = once(server.process, 'exit');
      kill(server.pid);
      if (victim === 'tree') for (const { pid } of children) kill(pid);
      await exit;
      server = await startSequement({ dir, port, arguments: ['--workers', '2'] });
    } else {
      const pids = await untilPidsOf(server.pid, victim, victim === 'worker' ? 2 : 1);
      const pid = pids[Math.floor(random() * pids.length)] as number;
      moment = history.now;
      startedMs = performance.now();
      kill(pid);
      await until(`the end of the ${victim}`, () => processOf(pid)?.isZombie !== false);
    }
    await until(
      `answers from every sequence after a kill of the ${victim}`,
      () => load.hasServedSince(moment),
      SERVING_WITHIN_MS,
    );
    worst.set(victim, Math.max(worst.get(victim) ?? 0, performance.now() - startedMs));
  }

  await load.stop();
  for (const [victim, ms] of worst) t.log(`${victim}: served again within ${Math.round(ms)} ms`);
  t.log(`${history.operations.length} takes, ${load.answered} answered, ${load.losses} losses`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);

  await until('the end of every killed tree', () => [...killed.values()].every(isGone));

  const last = await Promise.all(KEYS.map((key) => askOnce(port, 'INCR', key)));
  KEYS.forEach((key, at) => {
    t.true(BigInt(last[at] as string) > history.highest(key), key);
  });
  t.is(await server.stop(), 0, server.stdout);
  server = await startSequement({ dir, port });
  for (const [at, key] of KEYS.entries()) {
    t.is(await askOnce(port, 'INCR', key), String(BigInt(last[at] as string) + 1n), key);
  }
  await server.stop();
});

test('the death of the master ends every child by itself', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const children = childrenOf(server.pid);
  t.is(children.length, 3);
  const startedMs = performance.now();
  await server.kill();
  await until('the end of the children', () => children.every(isGone));
  const ms = performance.now() - startedMs;
  t.log(`gone after ${Math.round(ms)} ms`);
  t.true(ms < 5000);
});

function tree(server: StartedServer) {
  const master = processOf(server.pid);
  return master === undefined ? [] : [master, ...childrenOf(server.pid)];
}
