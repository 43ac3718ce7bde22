import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzz, targets } from './fuzz.js';

/** `npm run fuzz -- [--runs N] [--seed S] [--target NAME]`: many mutants of each corpus; the seed makes them come again. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    target: { type: 'string' },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0 || !(runs > 0) || !Number.isInteger(seed)) {
  process.stderr.write(`--runs N --seed S --target ${targets.map(({ name }) => name).join('|')}\n`);
  process.exit(2);
}
process.stdout.write(`seed ${seed}\n`);
for (const target of chosen) {
  const startedMs = performance.now();
  try {
    await fuzz(target, runs, seed);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${target.name}: ${runs} inputs in ${seconds} s, none did harm\n`);
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
