import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { temporaryDirectory } from '../server/start.js';

const PROGRAM = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const REDIS = ['redis-server', 'redis-benchmark'];
const hasRedis = REDIS.every((program) => spawnSync(program, ['--version']).status === 0);
const measured = hasRedis && existsSync('/proc/self/stat') ? test.serial : test.serial.skip;

const BIN = fileURLToPath(import.meta.resolve('#dist/bin.js'));
/** As it is measured, but that a busy machine does not make it kill a worker. */
const SERVER = `${process.execPath} ${BIN} --port {port} --dir {dir} --workers 2 --heartbeat-timeout 60000`;
const SHORT = ['--rounds', '1', '--seconds', '0.05', '--shapes', '5x2'];
const OWN = ['--servers', 'sequement'];

/** The parts, each as short as it can be. */
const PARTS: readonly (readonly [mode: string, ...options: string[]])[] = [
  ['rates', ...SHORT, '--servers', 'none,sequement'],
  ['rates', ...SHORT, ...OWN, '--keyspace', '100'],
  ['latency', ...OWN, '--seconds', '0.2', '--count', '100', '--shapes', '5x2'],
  ['idle', ...OWN, ...SHORT, '--connections', '20'],
  ['master', ...SHORT],
  ['memory', ...OWN, '--count', '100'],
];

async function bench(argv: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...argv, '--sequement-command', SERVER], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

for (const argv of PARTS) {
  measured(`bench ${argv.join(' ')} measures, and leaves nothing behind`, async (t) => {
    const dir = temporaryDirectory();
    const json = join(temporaryDirectory(), 'result.json');
    const { status, output } = await bench([...argv, '--dir', dir, '--json', json]);
    t.is(status, 0, output);
    t.regex(output, /^-+ {2}-+/m);
    t.notRegex(output, /NaN|undefined/);
    t.is((JSON.parse(readFileSync(json, 'utf8')) as { mode: string }).mode, argv[0]);
    t.deepEqual(readdirSync(dir), []);
  });
}

measured('bench profile draws what each process did', async (t) => {
  const out = temporaryDirectory();
  const dir = temporaryDirectory();
  const load = ['--seconds', '0.2', '--shapes', '5x2', '--out', out, '--dir', dir];
  const { status, output } = await bench(['profile', ...load]);
  t.is(status, 0, output);
  const files = readdirSync(join(out, '5x2'));
  for (const role of ['master', 'worker', 'writer']) {
    for (const ending of ['cpuprofile', 'cpu.svg', 'heapprofile', 'heap.svg']) {
      t.true(files.some((name) => name.startsWith(`sequement-${role}-`) && name.endsWith(ending)));
    }
  }
  t.deepEqual(readdirSync(dir), []);
});
