import { parseArgs } from 'node:util';
import { show } from './footprint.js';
import { soak } from './soak.js';

/** `npm run soak -- --minutes 10 --seed 1`: exits with 1 when something was found. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seconds = Number(values.minutes) * 60;
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run soak -- [--minutes N] [--seed N]\n');
  process.exit(1);
}
const say = (line: string) => process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
const report = await soak({ seconds, seed, say });
for (const [name, count] of report.torments) say(`${String(count).padStart(5)} × ${name}`);
say(
  `${report.takes} takes and ${report.changes} exact changes answered, ${report.losses} connections lost`,
);
const [first, last] = [report.footprints[1], report.footprints.at(-1)];
if (first !== undefined && last !== undefined) {
  say(`after the warm-up: ${show(first)}`);
  say(`at the end:        ${show(last)}`);
}
for (const problem of report.problems) say(problem);
say(report.problems.length === 0 ? 'nothing wrong' : `${report.problems.length} problems`);
process.exit(report.problems.length === 0 ? 0 : 1);
