import test from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { seeded } from './load.js';
import { MixedLoad } from './mixed-load.js';
import { killTree, until } from './processes.js';
import { StableStorage } from './stable-storage.js';
import { startSequement } from './start.js';

const CUTS = 6;
const ANSWERS_BETWEEN = 120;
/** A process may be kept from running between its looks at two clocks. */
const LAG_MS = 2000;

test.serial(
  'when the power fails, nothing acknowledged is lost and no number comes twice, whatever is left of what was not synced',
  async (t) => {
    t.timeout(110_000);
    const seed = Number(process.env.SEED ?? 1989);
    t.log(`seed ${seed}`);
    const random = seeded(seed);
    const history = new History(Date.now);
    const start = ({ dir, environment }: StableStorage, port?: number) =>
      startSequement({
        dir,
        environment,
        ...(port !== undefined && { port }),
        arguments: ['--workers', '2', '--reserve-block', '5', '--auto-compact-min-size', '2000'],
      });
    let storage = new StableStorage();
    let server = await start(storage);
    const { port } = server;
    const load = new MixedLoad({ port, connections: 4, history, random, wallMs: Date.now });
    for (let cut = 0; cut < CUTS; cut++) {
      const before = load.answered;
      await until('some answers', () => load.answered > before + ANSWERS_BETWEEN);
      await killTree(server);
      history.happened('crash');
      storage = new StableStorage(storage.cut(cut % 2 === 0 ? 'none' : 'some', random));
      server = await start(storage, port);
    }
    await load.stop();
    t.is(await server.stop(), 0, server.stdout);
    const undecided: string[] = [];
    const problems = problemsOf(history, {
      gaps: 'over crashes',
      isSearched: true,
      lagMs: LAG_MS,
      budget: 200_000,
      onUndecided: (keys) => undecided.push(...keys),
    });
    t.log(`${load.answered} answers; undecided: ${undecided.join(', ') || 'nothing'}`);
    t.deepEqual(load.strange, []);
    t.deepEqual(problems, []);
  },
);
