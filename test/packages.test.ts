import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

type Versions = Readonly<Record<string, string>>;

function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as T;
}

const manifest = read<{ dependencies: Versions; devDependencies: Versions }>('package.json');
const lock = read<{ packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json');
const declared = { ...manifest.dependencies, ...manifest.devDependencies };
/** All that is installed, by its place; the project itself is ''. */
const installed = Object.entries(lock.packages).filter(([place]) => place !== '');

test('every dependency is declared with one exact version, which is the one that is locked', (t) => {
  const pairs = Object.entries(declared);
  t.true(pairs.length > 5);
  for (const [name, version] of pairs) {
    t.regex(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    t.is(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
});

test('every package is locked to one content', (t) => {
  t.true(installed.length >= Object.keys(declared).length);
  const open = installed.filter(
    ([, { integrity, link }]) => link === true || !/^sha512-[\w+/]+=*$/.test(integrity ?? ''),
  );
  t.deepEqual(open, []);
});

test('no package runs a script when it is installed', (t) => {
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  t.deepEqual(
    withScript.map(([place]) => place),
    [],
  );
});

/** What the check of CI says to a report of `npm audit --json`. */
function verdictOn(report: string): { status: number | null; text: string } {
  const program = fileURLToPath(new URL('../../.ci/audit.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [program, '-'], {
    input: report,
    encoding: 'utf8',
  });
  return { status, text: stdout };
}

test('the audit of CI tells a vulnerability from a registry that answers none', (t) => {
  const clean = { vulnerabilities: {}, metadata: { vulnerabilities: { total: 0 } } };
  t.deepEqual(verdictOn(JSON.stringify(clean)), {
    status: 0,
    text: 'npm audit: no known vulnerability\n',
  });
  const found = {
    vulnerabilities: { left: { name: 'left', severity: 'high', range: '<2.0.0' } },
    metadata: { vulnerabilities: { high: 1, total: 1 } },
  };
  const vulnerable = verdictOn(JSON.stringify(found));
  t.is(vulnerable.status, 1);
  t.regex(vulnerable.text, /^left <2\.0\.0: high\nnpm audit: 1 known/);
  for (const silence of ['', 'not JSON', 'null', '{"message":"405 Method Not Allowed"}']) {
    const { status, text } = verdictOn(silence);
    t.is(status, 0, silence);
    t.regex(text, /^npm audit: not available \((no report|405 Method Not Allowed)\)\n$/);
  }
});
