import { readFileSync } from 'node:fs';
import test from 'ava';
import { CLIENTS } from './clients.js';
import { COUNTING } from './counting.js';
import type { Program } from './program.js';
import { STEPS } from './scenario.js';

type Versions = Readonly<Record<string, string>>;

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

/** The cells of the rows that stand below a head. */
function rowsBelow(head: string, text: string): string[][] {
  const lines = text.split('\n');
  const below = lines.slice(lines.indexOf(head) + 2);
  const end = below.findIndex((line) => !line.startsWith('|'));
  return below.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const page = read('docs/clients.md');
const manifest = JSON.parse(read('package.json')) as Record<string, Versions>;

test('the page of clients has every client of the matrix, with its version and what it leaves out', (t) => {
  t.deepEqual(
    rowsBelow('| client | version | package | all steps but |', page),
    CLIENTS.map((client) => [client.name, ...installationOf(client), client.without.join(', ')]),
  );
});

function installationOf(program: Program): [string, string] {
  const { dependencies, devDependencies } = manifest;
  if ('debian' in program.package) {
    return [program.package.version, `Debian \`${program.package.debian}\``];
  }
  const name = program.package.npm;
  return [{ ...dependencies, ...devDependencies }[name] ?? 'none', `npm \`${name}\``];
}

test('the page of clients has every package that counts, with its version and what is tried', (t) => {
  t.deepEqual(
    rowsBelow('| package | version | from | what is tried |', page),
    COUNTING.map((each) => {
      const [version, from] = installationOf(each);
      return [each.name, version, from, Object.values(each.steps).join('; ')];
    }),
  );
});

test('the page of clients has every step of the scenario', (t) => {
  t.deepEqual(
    rowsBelow('| step | what the client does |', page),
    STEPS.map(({ name, does }) => [name, does]),
  );
});

test('CI installs every Debian package of the matrix', (t) => {
  const [, packages = ''] = /^packages=\(([^)]*)\)/m.exec(read('.ci/run')) ?? [];
  const installed = packages.split(/\s+/);
  for (const each of [...CLIENTS, ...COUNTING]) {
    if ('debian' in each.package) t.true(installed.includes(each.package.debian), each.name);
  }
});
