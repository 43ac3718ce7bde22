import test, { type ExecutionContext } from 'ava';
import { problemsOf } from '../history/check.js';
import { History } from '../history/history.js';
import { answered, isMisconfiguration, untilServed } from './answers.js';
import { Load, seeded } from './load.js';
import { killTree, onlyPidOf, until } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { Rising } from './rising.js';
import { startSequement } from './start.js';
import { callsOf, mayTrace, Tracer } from './strace.js';

/** Options for a server of which little happens by itself. */
const QUIET = ['--workers', '1'];
const TWO_WORKERS = ['--workers', '2', '--reserve-block-max', '1000'];

const withStrace = mayTrace() ? test.serial : test.serial.skip;

withStrace('a number is answered only after the sync of its record has ended', async (t) => {
  const server = await startSequement({ arguments: QUIET });
  const writer = await onlyPidOf(server.pid, 'writer');
  const worker = await onlyPidOf(server.pid, 'worker');
  const client = await RawClient.connect(server.port);
  await client.send('PING');
  const tracer = await Tracer.attach(
    [writer, worker],
    ...['-s', '4096', '-e', 'trace=pwrite64,pwritev,write,writev,fdatasync,fsync'],
  );
  const names = Array.from({ length: 10 }, (_, i) => `fresh-sequence-${i}`);
  // The number is told by the amount, so that it is found among what the worker writes.
  for (const [i, name] of names.entries()) {
    t.is(await client.send('INCRBY', name, 777_000 + i), String(777_000 + i));
  }
  const calls = callsOf(await tracer.detach());
  for (const [i, name] of names.entries()) {
    const record = calls.find(
      (call) =>
        /^p?writev?(64)?$/.test(call.name) &&
        call.text.includes(name) &&
        !call.text.includes('INCRBY'),
    );
    const reply = calls.find(
      (call) => /^writev?$/.test(call.name) && call.text.includes(`:${777_000 + i}\\r\\n`),
    );
    if (record === undefined || reply === undefined) {
      t.fail(`${name}: no ${record === undefined ? 'record' : 'reply'} in the trace`);
      continue;
    }
    const sync = calls.find(
      (call) =>
        /^f(data)?sync$/.test(call.name) &&
        call.began > record.ended &&
        /= 0$/.test(call.text.trim()),
    );
    t.true(sync !== undefined && sync.ended < reply.began, `${name}: answered before its sync`);
  }
  await client.close();
  await server.stop();
});

withStrace(
  'a disk whose syncs fail stops only what needs it, and never repeats a number',
  async (t) => {
    t.timeout(60_000);
    const options = [...QUIET, '--reserve-block', '100', '--reserve-block-max', '100'];
    let server = await startSequement({ arguments: options });
    const { port, dir } = server;
    const writer = await onlyPidOf(server.pid, 'writer');
    const client = await RawClient.connect(port);
    const seen = new Rising(t);
    seen.note(await client.send('INCR', 'old'));
    const tracer = await Tracer.inject([writer], 'fdatasync,fsync', 'error=EIO');
    isMisconfiguration(t, await answered(client, 'INCR', 'new'));
    for (let i = 0; i < 20; i++) seen.note(await answered(client, 'INCR', 'old'));
    isMisconfiguration(t, await answered(client, 'SET', 'other', 5));
    isMisconfiguration(t, await answered(client, 'DECR', 'old'));
    isMisconfiguration(t, await answered(client, 'DEL', 'old'));
    isMisconfiguration(t, await answered(client, 'INCR', 'new'));
    t.is(await answered(client, 'GET', 'new'), null);
    seen.note(await answered(client, 'INCR', 'old'));
    // The block comes to its end, after which there is nothing more to give.
    let answer: Answer = '';
    for (let i = 0; i < 500 && !(answer instanceof ServerError); i++) {
      answer = await answered(client, 'INCR', 'old');
      if (!(answer instanceof ServerError)) seen.note(answer);
    }
    isMisconfiguration(t, answer);
    t.is(await answered(client, 'PING'), 'PONG');
    await tracer.detach();
    const ms = await untilServed(client, 'new');
    t.log(`serves again after ${Math.round(ms)} ms, by itself`);
    t.is(await onlyPidOf(server.pid, 'writer'), writer);
    for (let i = 0; i < 300; i++) seen.note(await answered(client, 'INCR', 'old'));
    await killTree(server);
    server = await startSequement({ dir, port, arguments: options });
    for (let i = 0; i < 300; i++) seen.note(await askOnce(port, 'INCR', 'old'));
    t.is(await askOnce(port, 'GET', 'other'), null);
    await client.close();
    await server.stop();
  },
);

/** What the disk may do to the writer, beside failing syncs: the system calls, and what they answer. */
const FAULTS = [
  ['whose writes fail', 'pwrite64,pwritev', 'EIO', /Input\/output error/],
  ['that has become read-only', 'pwrite64,pwritev,openat,unlink', 'EROFS', /Read-only file system/],
] as const;

for (const [what, calls, code, text] of FAULTS) {
  withStrace(`a disk ${what} under the load of two workers repeats nothing`, async (t) => {
    let server = await startSequement({ arguments: TWO_WORKERS });
    const { port, dir } = server;
    const keys = ['a', 'b', 'c'];
    const history = new History();
    const load = new Load({ port, keys, connections: 6, depth: 4, history, random: seeded(21) });
    await until('some load', () => load.answered > 500);
    const client = await RawClient.connect(port);
    t.is(await client.send('SET', 'exact', '41'), 'OK');
    const tracer = await Tracer.inject(
      [await onlyPidOf(server.pid, 'writer')],
      calls,
      `error=${code}`,
    );
    await until('the fault is felt', () => load.errors.length > 0);
    t.regex(String(await answered(client, 'SET', 'exact', '7')), text);
    t.regex(String(await answered(client, 'SAVE')), /^-/);
    t.is(await answered(client, 'PING'), 'PONG');
    t.is(await answered(client, 'GET', 'exact'), '41');
    await tracer.detach();
    await untilServed(client, 'new');
    t.is(await answered(client, 'INCR', 'exact'), '42');
    let moment = history.now;
    await until('every sequence again', () => load.hasServedSince(moment));
    await killTree(server);
    server = await startSequement({ dir, port, arguments: TWO_WORKERS });
    moment = history.now;
    await until('every sequence after the start', () => load.hasServedSince(moment));
    await load.stop();
    onlyMisconfigurations(t, load.errors);
    t.deepEqual(problemsOf(history), []);
    t.true(Number(await askOnce(port, 'INCR', 'exact')) > 42);
    await client.close();
    t.is(await server.stop(), 0);
  });
}

/** What may fail in the compaction alone, and whether the log in use is then doubtful, too. */
const COMPACTION_FAULTS = [
  ['a new base that can not be created', 'openat', 'ENOSPC', false],
  ['a rename that fails', 'rename', 'EIO', false],
  ['a directory whose sync fails', 'fsync', 'EIO', true],
] as const;

for (const [what, calls, code, isDoubtful] of COMPACTION_FAULTS) {
  withStrace(`${what} fails the compaction, and loses and repeats nothing`, async (t) => {
    let server = await startSequement({ arguments: TWO_WORKERS });
    const { port, dir } = server;
    const client = await RawClient.connect(port);
    const rising = new Rising(t);
    for (let i = 0; i < 10; i++) rising.note(await client.send('INCR', 'a'));
    t.is(await client.send('SET', 'exact', '41'), 'OK');
    const writer = await onlyPidOf(server.pid, 'writer');
    const tracer = await Tracer.inject([writer], calls, `error=${code}`);
    t.regex(String(await answered(client, 'SAVE')), /^-/);
    rising.note(await answered(client, 'INCR', 'a'));
    if (isDoubtful) isMisconfiguration(t, await answered(client, 'SET', 'b', '1'));
    else t.is(await answered(client, 'SET', 'b', '1'), 'OK');
    t.regex(String(await answered(client, 'INFO', 'persistence')), /aof_last_bgrewrite_status:err/);
    // A crash now, and one after it has mended itself. strace counts the calls of each thread.
    await killTree(server);
    await tracer.detach();
    const environment = { UV_THREADPOOL_SIZE: '1' };
    server = await startSequement({ dir, port, arguments: TWO_WORKERS, environment });
    const second = await RawClient.connect(port);
    rising.note(await second.send('INCR', 'a'));
    t.is(await second.send('GET', 'exact'), '41');
    t.is(await second.send('GET', 'b'), isDoubtful ? null : '1');
    const again = await Tracer.inject(
      [await onlyPidOf(server.pid, 'writer')],
      calls,
      `error=${code}:when=1`,
    );
    t.regex(String(await answered(second, 'SAVE')), /^-/);
    await untilServed(second, 'c');
    t.is(await answered(second, 'SAVE'), 'OK');
    t.is(await answered(second, 'SET', 'exact', '43'), 'OK');
    rising.note(await answered(second, 'INCR', 'a'));
    await killTree(server);
    await again.detach();
    server = await startSequement({ dir, port, arguments: TWO_WORKERS });
    rising.note(await askOnce(port, 'INCR', 'a'));
    t.is(await askOnce(port, 'GET', 'exact'), '43');
    t.is(await server.stop(), 0);
  });
}

function onlyMisconfigurations(t: ExecutionContext, errors: readonly string[]): void {
  t.deepEqual(
    errors.filter((text) => !text.startsWith('MISCONF')),
    [],
  );
}
