import { readFileSync } from 'node:fs';
import test from 'ava';
import { run } from './run.js';

const REFUSED: readonly (readonly [argv: readonly string[], message: string])[] = [
  [['--prot', '7'], "unknown option '--prot'\n(Did you mean --port?)"],
  [['--port'], "option '--port <number>' argument missing"],
  [['--port', '--bind', 'a'], "option '--port <number>' argument missing"],
  [['--port', '70000'], '--port 70000 is out of range (0 to 65535)'],
  [['/'], '/ is a directory, not a configuration file'],
  [['nosuch.conf'], 'cannot read the configuration file nosuch.conf: there is no such file'],
  [
    ['lits', 'a'],
    "one configuration file at most, not 'lits' and 'a'; the commands are check, backup, restore, next, get, list, info, bench",
  ],
  [['get'], "missing required argument 'name'"],
  [['get', 'a', '--nosuch'], "unknown option '--nosuch'"],
  [
    ['get', 'a', '--port', '0'],
    "option '--port <port>' argument '0' is invalid. It is a number from 1 to 65535.",
  ],
  [
    ['next', 'a', '--count', '0'],
    "option '--count <n>' argument '0' is invalid. It is a whole number from 1 on.",
  ],
  [
    ['restore', 'b', 'd', '--advance', '0'],
    "option '--advance <n>' argument '0' is invalid. It is a whole number from 1 to 9223372036854775807.",
  ],
  [
    ['restore', 'b', 'd', '--advance', '9', '--gauges', 'up'],
    "option '--gauges <what>' argument 'up' is invalid. Allowed choices are keep, raise, lower.",
  ],
  [
    ['bench', '--verify', '--verbs', 'incr,decr'],
    "these verbs can't be verified: decr changes a sequence without taking from it",
  ],
  [
    ['bench', '--keys', 'cold'],
    "option '--keys <choice>' argument 'cold' is invalid. It is hot, uniform:n, zipf:n or zipf:n:exponent.",
  ],
  [['--port', '7', 'get', 'a'], "--port is an option of the server; those of get come after 'get'"],
];

for (const [argv, message] of REFUSED) {
  test(`sequement ${argv.join(' ')} is refused`, async (t) => {
    t.deepEqual(await run(argv), { status: 1, stdout: '', stderr: `sequement: ${message}\n` });
  });
}

test('--version prints the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  for (const argv of [['--version'], ['list', '--version']]) {
    t.deepEqual(await run(argv), { status: 0, stdout: `${version}\n`, stderr: '' });
  }
});

test('--help shows directives by group, and the subcommands', async (t) => {
  const { status, stdout, stderr } = await run(['--help']);
  t.is(status, 0);
  t.is(stderr, '');
  const headings = ['Network:', 'Clients:', 'Reservations:', 'Log:', 'Processes:', 'Messages:'];
  const places = headings.map((heading) => stdout.indexOf(`\n${heading}\n`));
  t.true(places.every((place, index) => place > (places[index - 1] ?? 0)));
  t.regex(stdout, /--port <number>\s+TCP port; .*default 6379/);
  t.regex(stdout, /^ {2}list \[options\] \[pattern\]/m);
});

for (const name of ['check', 'backup', 'restore', 'next', 'get', 'list', 'info', 'bench']) {
  test(`${name} --help shows its usage`, async (t) => {
    const { status, stdout } = await run([name, '--help']);
    t.is(status, 0);
    t.true(stdout.startsWith(`Usage: sequement ${name} [options]`));
  });
}
