import { parseArgs } from 'node:util';
import { showOperation } from '../history/history.js';
import { type Outcome, type RunOptions, simulate } from './simulation.js';

/**
 * npm run simulate -- --seeds N [--from S] [--steps M] [--faults F] [--trace]
 *
 * Judges N histories, those of the seeds from S on, of M commands each. The first that breaks a rule is made as small as it goes and
 * printed, and the exit status is 1. The same seed, steps and faults give the same history again.
 */

const LAST_OPERATIONS = 40;
const LAST_LINES = 120;
const PROGRESS_MS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
    faults: { type: 'string', default: 'Infinity' },
    trace: { type: 'boolean', default: false },
  },
});

process.exitCode = await run(Number(values.from), Number(values.seeds));

async function run(from: number, seeds: number): Promise<number> {
  const startedMs = performance.now();
  let toldMs = startedMs;
  let done = 0;
  const sums = { answered: 0, faults: 0, undecided: 0 };
  const progress = () => {
    const minutes = (performance.now() - startedMs) / 60_000;
    console.log(
      `${done} histories, ${Math.round(done / minutes)} a minute: ${sums.answered} answers, ${sums.faults} faults, ` +
        `${sums.undecided} undecided`,
    );
  };
  for (let seed = from; seed < from + seeds; seed++) {
    const options = { seed, steps: Number(values.steps), faults: Number(values.faults) };
    const outcome = await simulate(
      values.trace ? { ...options, onTrace: (line) => console.log(line) } : options,
    );
    done++;
    sums.answered += outcome.answered;
    sums.faults += outcome.faults;
    sums.undecided += outcome.undecided;
    if (outcome.problems.length > 0) {
      await tell(await smallest(options, outcome));
      return 1;
    }
    if (performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now();
      progress();
    }
  }
  progress();
  return 0;
}

/** The run of this seed with the fewest faults, and then with the fewest commands, that still breaks a rule, as far as a few tries find it. */
async function smallest(options: Required<Omit<RunOptions, 'onTrace'>>, outcome: Outcome) {
  let found = { ...options, faults: Math.min(options.faults, outcome.faults) };
  const breaks = async (tried: typeof found) => {
    const { problems } = await simulate(tried);
    if (problems.length > 0) found = tried;
    return problems.length > 0;
  };
  for (let faults = 0; faults < found.faults; faults++) {
    if (await breaks({ ...found, faults })) break;
  }
  for (let steps = found.steps - 5; steps > 0; steps -= 5) await breaks({ ...found, steps });
  return found;
}

async function tell(options: Required<Omit<RunOptions, 'onTrace'>>): Promise<void> {
  const lines: string[] = [];
  const { problems, history } = await simulate({
    ...options,
    onTrace: (line) => {
      lines.push(line);
      if (lines.length > 2 * LAST_LINES) lines.splice(0, LAST_LINES);
    },
  });
  const { seed, steps, faults } = options;
  console.log(`seed ${seed} breaks a rule:`);
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(`the last that happened:\n  ${lines.slice(-LAST_LINES).join('\n  ')}`);
  const operations = history.operations.slice(-LAST_OPERATIONS).map(showOperation);
  console.log(`the last operations:\n  ${operations.join('\n  ')}`);
  console.log(
    `again: npm run simulate -- --from ${seed} --seeds 1 --steps ${steps} --faults ${faults}`,
  );
}
