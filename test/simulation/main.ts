import { parseArgs } from 'node:util';
import { showOperation } from '../history/history.js';
import { type Outcome, simulate } from './simulation.js';

/**
 * npm run simulate -- --seeds N [--from S] [--steps M] [--trace]
 *
 * Judges N histories, those of the seeds from S on. One that breaks a rule is printed, and the exit status is 1; the same
 * seed and steps give the same history again.
 */

const LAST_OPERATIONS = 40;
const LAST_LINES = 120;
const PROGRESS_MS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '150' },
    trace: { type: 'boolean', default: false },
  },
});

process.exitCode = await run(Number(values.from), Number(values.seeds), Number(values.steps));

async function run(from: number, seeds: number, steps: number): Promise<number> {
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
    const lines: string[] = [];
    const outcome = await simulate({
      seed,
      steps,
      ...(values.trace ? { onTrace: (line: string) => lines.push(line) } : {}),
    });
    if (values.trace) for (const line of lines) console.log(line);
    done++;
    sums.answered += outcome.answered;
    sums.faults += outcome.faults;
    sums.undecided += outcome.undecided;
    if (outcome.problems.length > 0) {
      await tell(seed, steps, outcome);
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

/** The smallest run of this seed that still breaks a rule, and what happened in it. */
async function tell(seed: number, steps: number, outcome: Outcome): Promise<void> {
  console.log(`seed ${seed} breaks a rule:`);
  for (const problem of outcome.problems) console.log(`  ${problem}`);
  const lines: string[] = [];
  await simulate({
    seed,
    steps,
    onTrace: (line) => {
      lines.push(line);
      if (lines.length > 2 * LAST_LINES) lines.splice(0, LAST_LINES);
    },
  });
  console.log(`the last that happened:\n  ${lines.slice(-LAST_LINES).join('\n  ')}`);
  const operations = outcome.history.operations.slice(-LAST_OPERATIONS).map(showOperation);
  console.log(`the last operations:\n  ${operations.join('\n  ')}`);
  console.log(`again: npm run simulate -- --from ${seed} --seeds 1 --steps ${steps}`);
}
