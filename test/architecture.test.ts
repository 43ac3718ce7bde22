import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { tableEntries } from '#dist/commands/table.js';

const ROOT = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function exists(path: string): boolean {
  return existsSync(fileURLToPath(new URL(path, ROOT)));
}

/** What stands in backticks and is a path: of the source, the tests or the docs, or a file of the root. */
function pathsIn(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span as string);
  return spans.filter(
    (span) =>
      /^(src|test|docs|bench|dist)\/\S*$/.test(span) || /^[\w-]+\.(md|json|conf)$/.test(span),
  );
}

/** The targets of links to files of this project, from a page in `folder`. */
function linksIn(text: string, folder: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => target as string);
  return targets.filter((target) => !/^\w+:/.test(target)).map((target) => `${folder}${target}`);
}

const pages = [
  ['README.md', ''],
  ['ARCHITECTURE.md', ''],
  ['CHANGELOG.md', ''],
  ['docs/backup.md', 'docs/'],
  ['docs/clients.md', 'docs/'],
  ['docs/guarantees.md', 'docs/'],
  ['docs/mutants.md', 'docs/'],
  ['SECURITY.md', ''],
  ['docs/log-format.md', 'docs/'],
  ['docs/performance.md', 'docs/'],
  ['docs/signals.md', 'docs/'],
] as const;

for (const [page, folder] of pages) {
  test(`every file that ${page} names exists`, (t) => {
    const text = read(page);
    const named = [
      ...pathsIn(text).filter((path) => !path.includes('<')),
      ...linksIn(text, folder),
    ];
    t.deepEqual(
      named.filter((path) => !exists(path)),
      [],
    );
  });
}

test('ARCHITECTURE.md names files of the source and of the tests', (t) => {
  const named = pathsIn(read('ARCHITECTURE.md'));
  t.true(named.filter((path) => path.startsWith('src/')).length > 30);
  t.true(named.filter((path) => path.startsWith('test/')).length > 10);
});

test('the path of one INCR is six steps, each of which names its file', (t) => {
  const [, path] = read('ARCHITECTURE.md').split(/^## .*\n/m);
  const steps = (path ?? '').match(/^\d\. `src\/[^`]+`/gm) ?? [];
  t.deepEqual(
    steps.map((step) => Number(step[0])),
    [1, 2, 3, 4, 5, 6],
  );
});

test('each of the nine invariants names a file that keeps it and a test', (t) => {
  const text = read('ARCHITECTURE.md');
  const [invariants] = (text.split('## Invariants\n')[1] ?? '').split(/^(?:## |Beside them)/m);
  const rules = (invariants ?? '').split(/^(?=\d\. \*\*)/m).slice(1);
  t.deepEqual(
    rules.map((rule) => [Number(rule[0]), /`src\//.test(rule), /`test\//.test(rule)]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [number, true, true]),
  );
});

test('ARCHITECTURE.md says why of every dependency, and of no other package', (t) => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const { dependencies, devDependencies } = manifest;
  const [, section = ''] = read('ARCHITECTURE.md').split('## Dependencies\n');
  const rows = [...section.matchAll(/^\| ([\w@/-]+) \| (\S.*\S) \|$/gm)];
  const explained = rows.map(([, name]) => name as string).filter((name) => name !== 'package');
  t.deepEqual(
    explained.toSorted(),
    Object.keys({ ...dependencies, ...devDependencies }).toSorted(),
  );
});

test('README.md has the commands that build, serve and test', (t) => {
  const lines = read('README.md').split('\n');
  t.true(lines.includes('npm ci && npm start'));
  t.true(lines.includes('npm ci && npm test'));
});

test('README.md points to the configuration, and names every command and no other', (t) => {
  const text = read('README.md');
  t.true(linksIn(text, '').includes('sequement.conf'));
  const [, section = ''] = text.split('## Commands\n');
  const [table = ''] = section.split('\n\nWhere');
  const named = [...table.matchAll(/`([A-Z][A-Z._]*)/g)].map(([, name]) => name as string);
  const options = ['NX', 'XX', 'KEEPTTL'];
  t.deepEqual(
    [...new Set(named)].filter((name) => !options.includes(name)).toSorted(),
    tableEntries()
      .map((entry) => entry.name.toUpperCase())
      .toSorted(),
  );
});
