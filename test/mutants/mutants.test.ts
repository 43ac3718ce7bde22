import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { mutants } from './list.js';
import { type Mutant, mutate, RULES } from './mutant.js';

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
