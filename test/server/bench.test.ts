import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../cli/run.js';
import { until } from './processes.js';
import { RawClient } from './raw-client.js';
import { isRedisInstalled, startRedis, startSequement } from './start.js';

interface Report {
  readonly result: { readonly reconnects: number; readonly commands: number };
  readonly verification: { readonly isFine: boolean; readonly verified: number };
}

const INTERRUPTED = 130;
/** A worker that a busy machine keeps waiting is not killed for it, which would be a gap. */
const PATIENT = ['--heartbeat-timeout', '60000'];
const BIN = fileURLToPath(import.meta.resolve('#dist/bin.js'));

const MIX = ['--verbs', 'incr:4,seq.next,incrby,get', '--count', '3', '--keys', 'zipf:50'];

/** How far the sequence has got. */
async function takenFrom(client: RawClient): Promise<number> {
  return Number((await client.send('GET', 'bench')) ?? 0);
}

async function untilTaken(port: number, least: (before: number) => number): Promise<void> {
  const client = await RawClient.connect(port);
  const goal = least(await takenFrom(client));
  await until('numbers are taken', async () => (await takenFrom(client)) >= goal, 60_000);
  client.socket.destroy();
}

test('sequement bench finds every number of two workers once and in order', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2', ...PATIENT] });
  t.teardown(() => server.kill());
  for (const argv of [['-P', '16'], MIX, ['--rate', '2000']]) {
    const load = ['-c', '10', '-n', '4000', '--verify', '--json', '--port', `${server.port}`];
    const { status, stdout } = await run(['bench', ...load, ...argv]);
    t.is(status, 0, stdout);
    t.true((JSON.parse(stdout) as Report).verification.verified >= 3500);
  }
});

test('sequement bench goes on over a kill and a restart, and finds no number twice', async (t) => {
  const first = await startSequement({ arguments: PATIENT });
  const { port, dir } = first;
  const load = ['-c', '5', '--seconds', '600', '--rate', '1000', '--reconnect', '--allow-gaps'];
  const argv = [BIN, 'bench', '--verify', '--json', '--port', `${port}`, ...load];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const closed = once(child, 'close');
  await untilTaken(port, () => 100);
  await first.kill();
  const second = await startSequement({ port, dir, arguments: PATIENT });
  t.teardown(() => second.kill());
  await untilTaken(port, (before) => before + 100);
  child.kill('SIGINT');
  const [status] = (await closed) as [number | null];
  const report = JSON.parse(stdout) as Report;
  t.true(report.verification.isFine, stdout);
  t.true(report.result.reconnects > 0);
  // While the log loads, a few commands may be refused.
  t.true(status === INTERRUPTED || stdout.includes('LOADING'), stdout);
});

const withRedis = isRedisInstalled() ? test : test.skip;
withRedis('sequement bench loads Redis as well', async (t) => {
  const server = await startRedis({ arguments: ['--requirepass', 'secret'] });
  t.teardown(() => server.kill());
  const url = `redis://:secret@127.0.0.1:${server.port}/3`;
  const load = ['-c', '10', '-n', '4000', '-P', '8', '--verify', '--json', '--url', url];
  const { status, stdout } = await run([
    'bench',
    ...load,
    '--verbs',
    'incr,incrby,get',
    '--count',
    '5',
  ]);
  t.is(status, 0, stdout);
  t.false(stdout.includes('secret'));
});
