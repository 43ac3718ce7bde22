import test from 'ava';
import { fuzz, targets } from './fuzz.js';

/** The same inputs every time; `npm run fuzz -- --runs N` makes up new ones. */
const RUNS = 300;
const SEED = 1;

for (const target of targets) {
  test(`mutants of ${target.name} do no harm`, async (t) => {
    await fuzz(target, RUNS, SEED);
    t.pass();
  });
}
