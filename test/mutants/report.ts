import type { Mutant } from './mutant.js';
import { type Failure, TIME_LIMIT } from './test-run.js';

export type Outcome =
  | { readonly kind: 'caught'; readonly by: Failure }
  | { readonly kind: 'survived' }
  /** It no longer applies, does not compile, or its tests never end: nothing is shown. */
  | { readonly kind: 'broken'; readonly reason: string };

export interface Result {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** A row of the table: rule, seconds, mutant, and the test that noticed it. */
export function row({ mutant, outcome, seconds }: Result, width: number): string {
  const head = `${String(mutant.rule).padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  `;
  return `${head}${mutant.name.padEnd(width)}  ${describe(outcome)}`;
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'caught':
      return `${outcome.by.test} (${outcome.by.file})`;
    case 'survived':
      return 'SURVIVED';
    case 'broken':
      return `BROKEN: ${outcome.reason.split('\n', 1)[0]}`;
  }
}

/** What the run came to, with everything that makes it fail. */
export function summary(results: readonly Result[]): string {
  const survivors = results.filter(({ outcome }) => outcome.kind === 'survived');
  const broken = results.filter(({ outcome }) => outcome.kind === 'broken');
  const caught = results.length - survivors.length - broken.length;
  const late = results.filter(({ outcome }) => outcome.kind === 'caught' && isLate(outcome.by));
  const lines = [`${caught} of ${results.length} mutants were caught.`];
  if (late.length > 0) {
    lines.push('', 'Caught late, by a test that waits for ever:');
    for (const { mutant } of late) lines.push(`  ${mutant.name} (${mutant.tests.join(', ')})`);
  }
  if (survivors.length > 0) lines.push('', 'No test misses:');
  for (const { mutant } of survivors) {
    lines.push(`  ${mutant.name} (rule ${mutant.rule}, ${mutant.file})`);
  }
  if (broken.length > 0) lines.push('', 'Nothing is shown by:');
  for (const { mutant, outcome } of broken) {
    lines.push(`  ${mutant.name}: ${outcome.kind === 'broken' ? outcome.reason : ''}`);
  }
  return lines.join('\n');
}

/** No test has said what is wrong: one was stuck. */
function isLate({ test }: Failure): boolean {
  return test.startsWith(TIME_LIMIT);
}

export function isGood({ outcome }: Result): boolean {
  return outcome.kind === 'caught';
}
