import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Outcome, prepareTests, runUnit } from './run-unit.js';
import { NO_INTEGER, skippedTests } from './skipped.js';
import { UNITS } from './units.js';

/**
 * `npm run redis-tests -- --source DIR`: plays the tests that Redis publishes, which are not part of this project, against a server of
 * ours. DIR is the unpacked source of Redis 7.0.15. Exits with 1 when one fails that is not in skipped.ts.
 */
const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    unit: { type: 'string', multiple: true, default: [...UNITS] },
    only: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', default: 'sequement' },
    all: { type: 'boolean', default: false },
    texts: { type: 'boolean', default: false },
  },
});
const { source } = values;
if (source === undefined || !existsSync(join(source, 'tests', 'test_helper.tcl'))) {
  process.stderr.write(
    'usage: npm run redis-tests -- --source DIR [--unit unit/type/incr]… [--only TITLE]… [--texts] [--all] [--peer redis]\n' +
      'DIR is the unpacked source of Redis 7.0.15; --texts sends values that are no integers as\n' +
      'integers, and plays what needs them, too; --all plays also what stands in skipped.ts\n',
  );
  process.exit(2);
}
const say = (line: string) => process.stdout.write(`${line}\n`);
const dir = prepareTests(source, values.texts);
const failures: { readonly unit: string; readonly failed: Outcome }[] = [];
const row = (unit: string, ...cells: (string | number)[]) =>
  `${unit.padEnd(24)}${cells.map((cell) => String(cell).padStart(9)).join('')}`;
say(row('unit', 'passed', 'failed', 'skipped', 'left out'));
for (const unit of values.unit) {
  const isSkipping = !values.all;
  const skipped = isSkipping
    ? (skippedTests[unit] ?? []).filter(({ needs }) => !values.texts || needs !== NO_INTEGER)
    : [];
  const outcomes = await runUnit({
    dir,
    unit,
    skipped: skipped.map(({ title }) => title),
    isRedis: values.peer === 'redis',
    further: values.only.flatMap((title) => ['--only', title]),
    serverArguments: ['--enable-debug-command', 'yes'],
  });
  const count = (result: Outcome['result']) =>
    outcomes.filter((outcome) => outcome.result === result).length;
  say(row(unit, count('passed'), count('failed'), count('skipped'), count('left')));
  for (const failed of outcomes) if (failed.result === 'failed') failures.push({ unit, failed });
}
for (const { unit, failed } of failures) {
  say(`\n${unit}: ${failed.title}\n${failed.detail.split('\n').slice(0, 12).join('\n')}`);
}
say(failures.length === 0 ? '\nall of them passed' : `\n${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
