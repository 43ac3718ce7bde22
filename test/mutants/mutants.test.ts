import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { mutants } from './list.js';
import { type Mutant, mutate, RULES } from './mutant.js';
import { noticedBy, readPage, writePage } from './page.js';
import { isGood, type Outcome, type Result } from './report.js';

const ROOT = new URL('../../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

test('every mutant applies to the sources, exactly once', (t) => {
  for (const mutant of mutants) {
    const source = read(mutant.file);
    t.notThrows(() => mutate(source, mutant), mutant.name);
  }
});

test('every mutant has a name of its own, and tests that are there', (t) => {
  t.is(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  for (const { name, tests, title = '' } of mutants) {
    const paths = tests.map((path) => `test/${path}.test.ts`);
    t.true(paths.length > 0, name);
    const missing = paths.filter((path) => !existsSync(new URL(path, ROOT)));
    t.deepEqual(missing, [], name);
    t.true(paths.map(read).join('').includes(title), name);
  }
});

test('docs/mutants.md tells of every mutant which test notices it', (t) => {
  const page = read('docs/mutants.md');
  const noticed = readPage(page);
  for (const { name } of mutants) {
    const how = `npm run mutants -- --only '${name}' writes its row`;
    t.true(noticed.has(name), how);
    t.notRegex(noticed.get(name) ?? '', /^\*\*/, `${name} is not noticed`);
  }
  t.is(page, writePage(mutants, noticed), 'npm run mutants -- --only NAME writes the page anew');
});

test('every invariant of ARCHITECTURE.md has mutants, under its name there', (t) => {
  const [, invariants = ''] = read('ARCHITECTURE.md').split('## Invariants\n');
  const [section = ''] = invariants.split(/^## /m);
  const names = [...section.matchAll(/^(\d)\. \*\*(.+?)\.\*\*/gm)];
  t.deepEqual(
    names.map(([, number, name]) => `${number} ${name?.toLowerCase()}`),
    Object.entries(RULES)
      .filter(([number]) => /^\d$/.test(number))
      .map(([number, name]) => `${number} ${name}`),
  );
  const broken = new Set(mutants.map(({ rule }) => String(rule)));
  t.deepEqual([...broken].sort(), Object.keys(RULES).sort());
});

test('a mutant whose text is gone, or stands there twice, no longer applies', (t) => {
  const mutant = { name: 'x', file: 'y', search: 'ab', replacement: 'c' } as Mutant;
  t.is(mutate('1ab2', mutant), '1c2');
  t.throws(() => mutate('12', mutant), { message: /no longer applies.* 0 times in y/ });
  t.throws(() => mutate('1ab2ab', mutant), { message: /no longer applies.* 2 times in y/ });
});

test('the page keeps what came out until it is tried again, and forgets mutants that are gone', (t) => {
  const [one, two] = [mutants[0], mutants.at(-1)] as [Mutant, Mutant];
  const caught = (text: string): Outcome => ({ kind: 'caught', by: { test: text, file: 'a/b' } });
  const tried = (mutant: Mutant, outcome: Outcome) => ({ mutant, outcome, seconds: 1 });
  const both = [tried(one, caught('the first | of all')), tried(two, { kind: 'survived' })];
  const first = writePage([one, two], noticedBy(new Map(), both));
  t.true(
    first.includes(`| ${one.name} | \`${one.file}\` | the first / of all | \`test/a/b.test.ts\` |`),
  );
  t.regex(first, /^1 of 2 were noticed/m);
  t.false(isGood(both[1] as Result));
  const again = noticedBy(readPage(first), [tried(two, caught('the last'))]);
  const second = writePage([one, two], again);
  t.regex(second, /^2 of 2 were noticed/m);
  t.is(writePage([one, two], readPage(second)), second);
  t.false(writePage([two], readPage(second)).includes(one.name));
});
