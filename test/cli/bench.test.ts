import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { array, bulk, type FakeServer, startFakeServer } from './fake-server.js';
import { run } from './run.js';

interface Report {
  readonly result: {
    readonly commands: number;
    readonly latencyMs: { readonly count: number; readonly distribution: readonly unknown[] };
    readonly errors: Record<string, number>;
    readonly unanswered: number;
  };
  readonly verification?: {
    readonly isFine: boolean;
    readonly verified: number;
    readonly missing: number;
    readonly violations: readonly string[];
  };
}

/** A server with one sequence, which answers take number `n` (from 1 on) with what `number` says. */
function startSequence(
  t: ExecutionContext,
  number: (n: number) => number = (n) => n,
  endsAt: (taken: number) => number = (taken) => taken,
): Promise<FakeServer> {
  let taken = 0;
  return startFakeServer(t, ([name, ...words]) => {
    if (name === 'MGET') return array(bulk(taken === 0 ? undefined : String(endsAt(taken))));
    if (name === 'PING') return '+PONG\r\n';
    if (name === 'INCR') return `:${number(++taken)}\r\n`;
    return `-ERR unknown command '${name} ${words.join(' ')}'\r\n`;
  });
}

/** Two clients with four commands under way each take so many numbers. */
async function benchOf(server: FakeServer, ...argv: readonly string[]) {
  const load = ['-c', '2', '-P', '4', '-n', '1000', '--port', `${server.port}`];
  const { status, stdout, stderr } = await run(['bench', '--json', ...load, ...argv]);
  return { status, stderr, report: JSON.parse(stdout) as Report };
}

test('bench sends as many commands as it is told and verifies their numbers', async (t) => {
  const server = await startSequence(t);
  const { status, report } = await benchOf(server, '--verify');
  t.is(status, 0);
  t.is(report.result.commands, 1000);
  t.is(report.result.latencyMs.count, 1000);
  t.is(server.requests.filter(([name]) => name === 'INCR').length, 1000);
  t.like(report.verification, { isFine: true, verified: 1000, missing: 0, violations: [] });
});

test('bench --verify fails when a number comes again', async (t) => {
  const server = await startSequence(t, (n) => (n > 600 ? n - 1 : n));
  const { status, report } = await benchOf(server, '--verify');
  t.is(status, 1);
  t.false(report.verification?.isFine);
  t.regex(report.verification?.violations[0] ?? '', /^bench: 600 came (again|after)/);
});

test('bench --verify fails when a number comes too late', async (t) => {
  const late = await startSequence(t, (n) => (n === 900 ? 100 : n < 100 ? n : n + 1));
  const { status, report } = await benchOf(late, '--verify');
  t.is(status, 1);
  t.regex(report.verification?.violations[0] ?? '', /^bench: 100 came after \d+ had been answered/);
});

test('bench --verify fails when numbers are missing, unless gaps are allowed', async (t) => {
  const gap = (n: number) => (n > 500 ? n + 50 : n);
  const strict = await benchOf(await startSequence(t, gap, gap), '--verify');
  t.is(strict.status, 1);
  t.like(strict.report.verification, { isFine: false, missing: 50, violations: [] });
  const lenient = await benchOf(await startSequence(t, gap, gap), '--verify', '--allow-gaps');
  t.is(lenient.status, 0);
  t.like(lenient.report.verification, { isFine: true, missing: 50 });
});

test('bench --verify fails when the sequence went back at the end', async (t) => {
  const server = await startSequence(t, undefined, (taken) => taken - 1);
  const { status, report } = await benchOf(server, '--verify');
  t.is(status, 1);
  t.deepEqual(report.verification?.violations, ['bench: it is at 999, and 1000 came from it']);
});

test('bench counts errors by their text and fails', async (t) => {
  const server = await startSequence(t);
  const { status, report } = await benchOf(server, '--verbs', 'get');
  t.is(status, 1);
  t.deepEqual(report.result.errors, { "ERR unknown command 'GET bench'": 1000 });
});

test('bench says what it did in words', async (t) => {
  const server = await startSequence(t);
  const argv = ['bench', '-n', '50', '-c', '5', '--verify', '--port', `${server.port}`];
  const { status, stdout, stderr } = await run(argv);
  t.is(status, 0);
  t.is(stderr, '');
  const [what, rate, latency, verified] = stdout.split('\n');
  t.is(what, `127.0.0.1:${server.port}: 5 clients, pipeline 1, incr, keys hot`);
  t.regex(rate ?? '', /^50 commands in [\d.]+ s: [\d,]+ a second$/);
  t.regex(latency ?? '', /^latency ms: p50 [\d.]+, p90 .*, p99\.9 [\d.]+, .*max [\d.]+$/);
  t.is(verified, 'verified: 50 numbers of one sequence, each once and in order');
});

test('a command that waits for the others counts from when it was due', async (t) => {
  // The one client gets no answer until 50 more commands are due than may be under way.
  const due = 50;
  const server = createServer((socket) => {
    let answered = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const asked = chunk.toString('latin1').split(/ping/i).length - 1;
      const answer = () => socket.write('+PONG\r\n'.repeat(asked));
      if (answered === 1) setTimeout(answer, due);
      else answer();
      answered += asked;
    });
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const load = ['-c', '1', '--verbs', 'ping', '--rate', '1000', '-n', '200'];
  const { status, stdout } = await run(['bench', '--json', ...load, '--port', `${port}`]);
  t.is(status, 0);
  const { latencyMs } = (JSON.parse(stdout) as { result: { latencyMs: Record<string, number> } })
    .result;
  // A closed loop would have charged one command in 200 with the delay. Here, half of the 50 that were due meanwhile waited for
  // half of it or longer.
  t.true((latencyMs.p90 ?? 0) > due / 4, `${latencyMs.p90}`);
});

test('bench fails with a sentence when the server hangs up', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes('PING') || chunk.includes('ping')) socket.write('+PONG\r\n');
      else socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, stdout, stderr } = await run(['bench', '--port', `${port}`]);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /^sequement: the connection to 127\.0\.0\.1:\d+ failed: [^\n]+\n$/);
});
