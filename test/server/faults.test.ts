import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { childrenOf, kill, onlyPidOf, until, untilPidsOf } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { type StartedServer, startSequement, temporaryDirectory } from './start.js';
import { callsOf, canTrace, Tracer } from './strace.js';

const ANSWER_WITHIN_MS = 5000;
const RECOVERS_WITHIN_MS = 10_000;
/** Options for a server of which little happens by itself. */
const QUIET = ['--workers', '1'];

const withStrace = canTrace() || process.env.CI ? test.serial : test.serial.skip;

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
    const seen = new Set<string>();
    note(t, seen, await client.send('INCR', 'old'));
    const tracer = await Tracer.attach(
      [writer],
      ...['-e', 'trace=fdatasync,fsync', '-e', 'inject=fdatasync,fsync:error=EIO'],
    );
    isMisconfiguration(t, await answered(client, 'INCR', 'new'));
    for (let i = 0; i < 20; i++) note(t, seen, await answered(client, 'INCR', 'old'));
    isMisconfiguration(t, await answered(client, 'SET', 'other', 5));
    isMisconfiguration(t, await answered(client, 'DECR', 'old'));
    isMisconfiguration(t, await answered(client, 'DEL', 'old'));
    isMisconfiguration(t, await answered(client, 'INCR', 'new'));
    t.is(await answered(client, 'GET', 'new'), null);
    note(t, seen, await answered(client, 'INCR', 'old'));
    // The block comes to its end, after which there is nothing more to give.
    let answer: Answer = '';
    for (let i = 0; i < 500 && !(answer instanceof ServerError); i++) {
      answer = await answered(client, 'INCR', 'old');
      if (!(answer instanceof ServerError)) note(t, seen, answer);
    }
    isMisconfiguration(t, answer);
    t.is(await answered(client, 'PING'), 'PONG');
    await tracer.detach();
    const ms = await untilServed(client, 'new');
    t.log(`serves again after ${Math.round(ms)} ms, by itself`);
    t.is(await onlyPidOf(server.pid, 'writer'), writer);
    for (let i = 0; i < 300; i++) note(t, seen, await answered(client, 'INCR', 'old'));
    await killTree(server);
    server = await startSequement({ dir, port, arguments: options });
    for (let i = 0; i < 300; i++) note(t, seen, await askOnce(port, 'INCR', 'old'));
    t.is(await askOnce(port, 'GET', 'other'), null);
    await client.close();
    await server.stop();
  },
);

withStrace('a sync that takes long holds back only what needs it', async (t) => {
  const server = await startSequement({ arguments: [...QUIET, '--heartbeat-timeout', '10000'] });
  const writer = await onlyPidOf(server.pid, 'writer');
  const [first, second] = [
    await RawClient.connect(server.port),
    await RawClient.connect(server.port),
  ];
  await second.send('INCR', 'old');
  const tracer = await Tracer.attach(
    [writer],
    ...['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=2000000'],
  );
  const startedMs = performance.now();
  let isServed = false;
  const slow = first.send('INCR', 'new').then((answer) => {
    isServed = true;
    return answer;
  });
  const held = first.send('INCR', 'old');
  let worstMs = 0;
  for (let i = 0; i < 40; i++) {
    const sentMs = performance.now();
    t.false((await answered(second, 'INCR', 'old')) instanceof ServerError);
    worstMs = Math.max(worstMs, performance.now() - sentMs);
  }
  t.false(isServed, 'the sync did not take long');
  t.log(`worst answer without the disk: ${worstMs.toFixed(1)} ms`);
  t.true(worstMs < 1900);
  t.is(await slow, '1');
  t.true(performance.now() - startedMs > 1900);
  // Its place in the connection's order was behind the slow one; its number was taken before the others.
  t.true(BigInt((await held) as string) > 1n);
  await tracer.detach();
  await first.close();
  await second.close();
  await server.stop();
});

test.serial('a full disk is told, and serves again by itself when there is room', async (t) => {
  t.timeout(60_000);
  const mounted = temporaryDirectory();
  const isMounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mounted]).status === 0;
  const options = [...QUIET, '--reserve-block', '1', '--reserve-block-max', '1'];
  if (!isMounted && !canTrace()) {
    t.log('neither mount nor strace may be used here');
    t.is(process.env.CI, undefined);
    return;
  }
  try {
    const dir = isMounted ? join(mounted, 'data') : temporaryDirectory();
    let server = await startSequement({ dir, arguments: options });
    const { port } = server;
    const client = await RawClient.connect(port);
    const seen = new Set<string>();
    note(t, seen, await client.send('INCR', 'a'));
    const ballast = join(mounted, 'ballast');
    let tracer: Tracer | undefined;
    if (isMounted) fill(ballast);
    else {
      tracer = await Tracer.attach(
        [await onlyPidOf(server.pid, 'writer')],
        ...['-e', 'trace=pwrite64', '-e', 'inject=pwrite64:error=ENOSPC'],
      );
    }
    let answer: Answer = '';
    for (let i = 0; i < 5000 && !(answer instanceof ServerError); i++) {
      answer = await answered(client, 'INCR', 'a');
      if (!(answer instanceof ServerError)) note(t, seen, answer);
    }
    t.regex(String(answer), /^-MISCONF .*(ENOSPC|space)/);
    isMisconfiguration(t, await answered(client, 'SET', 'b', '1'));
    t.is(await answered(client, 'PING'), 'PONG');
    rmSync(ballast, { force: true });
    await tracer?.detach();
    const ms = await untilServed(client, 'c');
    t.log(`${isMounted ? 'tmpfs' : 'strace'}: serves again after ${Math.round(ms)} ms`);
    for (let i = 0; i < 100; i++) note(t, seen, await answered(client, 'INCR', 'a'));
    await killTree(server);
    server = await startSequement({ dir, port, arguments: options });
    for (let i = 0; i < 100; i++) note(t, seen, await askOnce(port, 'INCR', 'a'));
    await client.close();
    t.is(await server.stop(), 0);
  } finally {
    if (isMounted) spawnSync('umount', ['-l', mounted]);
  }
});

/** Clients at each of two workers; a worker that starts later than the other gets none at first. */
async function clientsOfTwoWorkers(port: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  const workers = new Set<boolean>();
  while (workers.size < 2 || clients.length < 4) {
    const client = await RawClient.connect(port);
    clients.push(client);
    workers.add(Number(await client.send('CLIENT', 'ID')) > 1e9);
  }
  return clients;
}

test.serial('a worker that was stopped is killed and replaced, and the others go on', async (t) => {
  const server = await startSequement({
    arguments: ['--workers', '2', '--heartbeat-timeout', '3000'],
  });
  const workers = await untilPidsOf(server.pid, 'worker', 2);
  const clients = await clientsOfTwoWorkers(server.port);
  for (const client of clients) await client.send('INCR', 'a');
  kill(workers[0] as number, 'SIGSTOP');
  let ofOthers = 0;
  const lost = clients.map((client) =>
    client.send('INCR', 'a').then(
      () => {
        ofOthers++;
        return false;
      },
      () => true,
    ),
  );
  await until('the answers of the other worker', () => ofOthers > 0);
  t.true(isAlive(workers[0] as number), 'the others waited for the death of the stopped one');
  const outcomes = await Promise.all(lost);
  t.true(outcomes.includes(true) && outcomes.includes(false));
  await until('another worker', async () => {
    const now = await untilPidsOf(server.pid, 'worker', 2);
    return !now.includes(workers[0] as number);
  });
  t.false(isAlive(workers[0] as number));
  t.regex(String(await askOnce(server.port, 'INCR', 'a')), /^\d+$/);
  for (const client of clients) await client.close();
  t.is(await server.stop(), 0);
});

test.serial('a writer that was stopped is killed and replaced, and loses nothing', async (t) => {
  const options = [...QUIET, '--heartbeat-timeout', '3000'];
  let server = await startSequement({ arguments: options });
  const { port, dir } = server;
  const writer = await onlyPidOf(server.pid, 'writer');
  const [first, second] = [await RawClient.connect(port), await RawClient.connect(port)];
  const seen = new Set<string>();
  note(t, seen, await second.send('INCR', 'old'));
  kill(writer, 'SIGSTOP');
  const held = first.send('INCR', 'new');
  note(t, seen, await answered(second, 'INCR', 'old'));
  t.true(isAlive(writer), 'a sequence with a block waited for the writer');
  t.is(await held, '1');
  t.not(await onlyPidOf(server.pid, 'writer'), writer);
  t.false(isAlive(writer));
  for (let i = 0; i < 500; i++) note(t, seen, await answered(second, 'INCR', 'old'));
  await killTree(server);
  server = await startSequement({ dir, port, arguments: options });
  for (let i = 0; i < 100; i++) note(t, seen, await askOnce(port, 'INCR', 'old'));
  t.true(BigInt((await askOnce(port, 'INCR', 'new')) as string) > 1n);
  await first.close();
  await second.close();
  t.is(await server.stop(), 0);
});

test.serial('a clean stop right after the death of the writer leaves no gap', async (t) => {
  let server = await startSequement({ arguments: QUIET });
  const { port, dir } = server;
  const writer = await onlyPidOf(server.pid, 'writer');
  t.is(await askOnce(port, 'INCR', 'a'), '1');
  kill(writer);
  await until('the death is noticed', () => server.stdout.includes('the writer ended'));
  t.is(await server.stop(), 0, server.stdout);
  server = await startSequement({ dir, port, arguments: QUIET });
  t.is(await askOnce(port, 'INCR', 'a'), '2');
  t.is(await server.stop(), 0);
});

test.serial(
  'a writer that is still opening the log is not told to compact or configure',
  async (t) => {
    const server = await startSequement({ arguments: QUIET });
    const client = await RawClient.connect(server.port);
    t.is(await client.send('INCR', 'a'), '1');
    kill(await onlyPidOf(server.pid, 'writer'));
    await until('the death is noticed', () => server.stdout.includes('the writer ended'));
    // Until a compaction succeeds, the new writer is on its way.
    await until('a compaction', async () => {
      t.is(await answered(client, 'CONFIG', 'SET', 'loglevel', 'notice'), 'OK');
      return (await answered(client, 'SAVE')) === 'OK';
    });
    t.is(server.stdout.split('the writer ended').length, 2, server.stdout);
    await client.close();
    t.is(await server.stop(), 0);
  },
);

/** Each number once, and each above those before it. */
function note(t: ExecutionContext, seen: Set<string>, answer: Answer): void {
  if (typeof answer !== 'string' || !/^\d+$/.test(answer)) {
    t.fail(`not a number: ${answer}`);
    return;
  }
  const last = [...seen].at(-1);
  if (seen.has(answer)) t.fail(`${answer} was served twice`);
  else if (last !== undefined && BigInt(last) > BigInt(answer))
    t.fail(`${answer} came after ${last}`);
  seen.add(answer);
}

function isMisconfiguration(t: ExecutionContext, answer: Answer): void {
  t.regex(String(answer), /^-MISCONF Errors writing to the reservation log: /);
}

/** An answer within the time that nothing may hang for. */
async function answered(client: RawClient, ...words: (string | number)[]): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${words.join(' ')}: no answer`)), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([client.send(...words), late]);
  } finally {
    clearTimeout(timer);
  }
}

function untilServed(client: RawClient, key: string): Promise<number> {
  return until(
    'a new sequence is served',
    async () => !((await answered(client, 'INCR', key)) instanceof ServerError),
    RECOVERS_WITHIN_MS,
  );
}

async function killTree(server: StartedServer): Promise<void> {
  const children = childrenOf(server.pid);
  const gone = server.kill();
  for (const { pid } of children) kill(pid);
  await gone;
}

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Takes all room but a few bytes in the last page of a file. */
function fill(path: string): void {
  for (let size = 1 << 20; size >= 4096; size >>= 1) {
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
