import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { Load, seeded } from './load.js';
import { isAlive, kill, killTree, onlyPidOf, until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

/** How many times the log is compacted; the suite is content with few hundreds. */
const GENERATIONS = Number(process.env.GENERATIONS ?? 200);
/** Compactions of one life of the server. */
const LIFE = 40;

test('a log of hundreds of generations, with crashes between them, repeats nothing', async (t) => {
  t.timeout(GENERATIONS * 600);
  const options = { arguments: ['--workers', '2', '--reserve-block-max', '1000'] };
  const keys = Array.from({ length: 20 }, (_, i) => `key:${i}`);
  const random = seeded(51);
  const history = new History();
  let server = await startSequement(options);
  const { port, dir } = server;
  const load = new Load({ port, keys, connections: 3, depth: 2, history, random });
  let exact = 0;
  for (let generation = 0; generation < GENERATIONS; ) {
    const client = await RawClient.connect(port);
    t.is(await client.send('GET', 'exact'), exact === 0 ? null : String(exact));
    for (let i = 0; i < LIFE; i++, generation++) {
      t.is(await client.send('INCR', `new:${generation}`), '1');
      t.is(await client.send('SET', 'exact', ++exact), 'OK');
      t.is(await client.send('SAVE'), 'OK');
    }
    const writer = await onlyPidOf(server.pid, 'writer');
    kill(writer);
    await until('its end', () => !isAlive(writer));
    t.is(await client.send('SET', 'exact', ++exact), 'OK');
    await client.close();
    if (random() < 0.5) await killTree(server);
    else t.is(await server.stop(), 0);
    server = await startSequement({ ...options, dir, port });
    const moment = history.now;
    await until('every sequence', () => load.hasServedSince(moment));
  }
  await load.stop();
  t.log(`${GENERATIONS} compactions, ${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history), []);
  t.is(await askOnce(port, 'DBSIZE'), String(keys.length + 1 + GENERATIONS));
  t.is(await server.stop(), 0);
});
