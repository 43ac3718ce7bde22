import { readFileSync } from 'node:fs';
import test from 'ava';
import { CLIENTS, type Client } from './clients.js';
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

function installationOf(client: Client): [string, string] {
  const { dependencies, devDependencies } = manifest;
  if ('debian' in client.package) {
    return [client.package.version, `Debian \`${client.package.debian}\``];
  }
  const name = client.package.npm;
  return [{ ...dependencies, ...devDependencies }[name] ?? 'none', `npm \`${name}\``];
}

test('the page of clients has every step of the scenario', (t) => {
  t.deepEqual(
    rowsBelow('| step | what the client does |', page),
    STEPS.map(({ name, does }) => [name, does]),
  );
});

test('CI installs every Debian package of the matrix', (t) => {
  const [, packages = ''] = /^packages=\(([^)]*)\)/m.exec(read('.ci/run')) ?? [];
  const installed = packages.split(/\s+/);
  for (const client of CLIENTS) {
    if ('debian' in client.package) t.true(installed.includes(client.package.debian), client.name);
  }
});
