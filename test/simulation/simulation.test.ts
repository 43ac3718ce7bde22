import test from 'ava';
import { showOperation } from '../history/history.js';
import { simulate } from './simulation.js';

/** A fresh sample each time would be a test that fails by chance; `npm run simulate` goes further. */
const SEEDS = 100;
const STEPS = 100;
const LAST_OPERATIONS = 30;

test.serial('no history of the simulated server breaks a rule, whatever fails', async (t) => {
  t.timeout(300_000);
  const sums = { answered: 0, faults: 0, happenings: 0, undecided: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { problems, history, answered, faults, happenings, undecided } = await simulate({
      seed,
      steps: STEPS,
    });
    if (problems.length > 0) {
      t.log(history.operations.slice(-LAST_OPERATIONS).map(showOperation).join('\n'));
      t.log(`npm run simulate -- --from ${seed} --seeds 1 --steps ${STEPS}`);
    }
    t.deepEqual(problems, [], `seed ${seed}`);
    sums.answered += answered;
    sums.faults += faults;
    sums.happenings += happenings;
    sums.undecided += undecided;
  }
  t.log(`${SEEDS} histories: ${JSON.stringify(sums)}`);
  t.true(sums.answered > SEEDS * STEPS);
  t.true(sums.faults > SEEDS);
  t.true(sums.undecided < SEEDS / 20);
});

test.serial('a seed is the same history again, byte for byte', async (t) => {
  const trace = async (seed: number) => {
    const lines: string[] = [];
    const { hash } = await simulate({ seed, steps: 100, onTrace: (line) => lines.push(line) });
    return { hash, text: lines.join('\n') };
  };
  const hashes = new Set<number>();
  for (const seed of [7, 8, 9, 10]) {
    const first = await trace(seed);
    // What another run leaves behind in the process must not matter.
    await trace(seed + 100);
    t.deepEqual(await trace(seed), first);
    hashes.add(first.hash);
  }
  t.is(hashes.size, 4);
});
