import test from 'ava';
import { soak } from './soak.js';

/** A sample; `npm run soak` takes as long as one likes. */
const SECONDS = 6;

test('a few seconds of everything at once leave nothing wrong and nothing behind', async (t) => {
  t.timeout(110_000);
  const seed = Number(process.env.SEED ?? 3);
  const report = await soak({ seconds: SECONDS, seed, say: (line) => t.log(line) });
  t.log([...report.torments.keys()].join(', '));
  t.deepEqual(report.problems, []);
  t.true(report.takes > 100);
});
