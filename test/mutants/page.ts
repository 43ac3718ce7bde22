import { type Mutant, RULES, type Rule } from './mutant.js';
import type { Result } from './report.js';
import { type Failure, TIME_LIMIT } from './test-run.js';

/** A row of a rule's table. */
const ROW = /^\| (?<name>[^|]+) \| `(?<file>[^`]+)` \| (?<noticed>[^|]+ \| [^|]*) \|$/gm;

const HEAD = `# Mutants

Each line is a small change of the sources that breaks a rule of [ARCHITECTURE.md](../ARCHITECTURE.md#invariants), and the test
that failed with it. Written by \`npm run mutants\`, which puts one change after the other into a copy of the sources, compiles it, has a server of it serve
ordinary traffic, and runs the tests that guard the rule; each of them passes without the change. A row is of the last run that tried its change.
`;

/** What noticed a mutant, by its name; that no test did, too. */
export type Noticed = ReadonlyMap<string, string>;

/** What an earlier page says. */
export function readPage(page: string): Noticed {
  return new Map(
    [...page.matchAll(ROW)].map(({ groups = {} }) => [groups.name ?? '', groups.noticed ?? '']),
  );
}

/** What came out now, over what was known. */
export function noticedBy(known: Noticed, results: readonly Result[]): Noticed {
  const noticed = new Map(known);
  for (const { mutant, outcome } of results) {
    noticed.set(
      mutant.name,
      outcome.kind === 'caught' ? cells(outcome.by) : `**${outcome.kind}** | `,
    );
  }
  return noticed;
}

function cells({ file, test }: Failure): string {
  const files = file.split(', ').map((path) => `\`test/${path}.test.ts\``);
  return `${test.replaceAll('|', '/')} | ${files.join(', ')}`;
}

/** The page of these mutants; one that was never tried has no row. */
export function writePage(mutants: readonly Mutant[], noticed: Noticed): string {
  const tried = mutants.filter(({ name }) => noticed.has(name));
  const caught = tried.filter(({ name }) => !noticed.get(name)?.startsWith('**'));
  const parts = Object.keys(RULES).flatMap((rule) => {
    const own = tried.filter((mutant) => String(mutant.rule) === rule);
    const rows = own.map(({ name, file }) => `| ${name} | \`${file}\` | ${noticed.get(name)} |`);
    return own.length === 0 ? [] : [table(rule as unknown as Rule, rows)];
  });
  const late = tried.filter(({ name }) => noticed.get(name)?.startsWith(TIME_LIMIT));
  const figures = `${caught.length} of ${tried.length} were noticed, ${late.length} of them by a test that waited for ever.\n`;
  return [HEAD, figures, ...parts].join('\n');
}

function table(rule: Rule, rows: readonly string[]): string {
  const number = /^\d/.test(String(rule)) ? `${rule}. ` : '';
  const title = `## ${number}${RULES[rule].replace(/^./, (letter) => letter.toUpperCase())}\n`;
  return [
    title,
    '| change | where | the test that fails | its file |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
