import test from 'ava';
import { fuzz, targets } from './fuzz.js';

/** `npm run fuzz -- --runs N` does more. */
const RUNS = 300;

for (const target of targets) {
  test(`mutants of ${target.name} do no harm`, async (t) => {
    await fuzz(target, RUNS);
    t.pass();
  });
}
