import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { answered, isMisconfiguration, untilServed } from './answers.js';
import { killTree, onlyPidOf } from './processes.js';
import { type Answer, askOnce, RawClient, ServerError } from './raw-client.js';
import { refuses } from './refuses.js';
import { Rising } from './rising.js';
import { startSequement, temporaryDirectory } from './start.js';
import { canTrace, Tracer } from './strace.js';

/** Options for a server of which little happens by itself. */
const QUIET = ['--workers', '1'];

test.serial('a full disk is told, and serves again by itself when there is room', async (t) => {
  t.timeout(60_000);
  const mounted = temporaryDirectory();
  const isMounted = mount(t, '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mounted);
  const options = [...QUIET, '--reserve-block', '1', '--reserve-block-max', '1'];
  if (!isMounted && !canTrace()) {
    t.log('neither mount nor strace may be used here');
    t.is(process.env.CI, undefined);
    return;
  }
  const dir = isMounted ? join(mounted, 'data') : temporaryDirectory();
  let server = await startSequement({ dir, arguments: options });
  const { port } = server;
  const client = await RawClient.connect(port);
  const seen = new Rising(t);
  seen.note(await client.send('INCR', 'a'));
  const ballast = join(mounted, 'ballast');
  let tracer: Tracer | undefined;
  if (isMounted) fill(ballast);
  else {
    tracer = await Tracer.inject(
      [await onlyPidOf(server.pid, 'writer')],
      'pwrite64',
      'error=ENOSPC',
    );
  }
  let answer: Answer = '';
  for (let i = 0; i < 5000 && !(answer instanceof ServerError); i++) {
    answer = await answered(client, 'INCR', 'a');
    if (!(answer instanceof ServerError)) seen.note(answer);
  }
  t.regex(String(answer), /^-MISCONF .*(ENOSPC|space)/);
  isMisconfiguration(t, await answered(client, 'SET', 'b', '1'));
  t.is(await answered(client, 'PING'), 'PONG');
  rmSync(ballast, { force: true });
  await tracer?.detach();
  const ms = await untilServed(client, 'c');
  t.log(`${isMounted ? 'tmpfs' : 'strace'}: serves again after ${Math.round(ms)} ms`);
  for (let i = 0; i < 100; i++) seen.note(await answered(client, 'INCR', 'a'));
  await killTree(server);
  server = await startSequement({ dir, port, arguments: options });
  for (let i = 0; i < 100; i++) seen.note(await askOnce(port, 'INCR', 'a'));
  await client.close();
  t.is(await server.stop(), 0);
});

test.serial(
  'a start on a full disk ends with one sentence, and leaves room for the next',
  async (t) => {
    const mounted = temporaryDirectory();
    if (!mount(t, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mounted)) return;
    fill(join(mounted, 'ballast'));
    const words = [
      '--port',
      '0',
      '--unixsocket',
      join(temporaryDirectory(), 's'),
      '--dir',
      mounted,
    ];
    await refuses(t, words, /No space left|no space left/);
    rmSync(join(mounted, 'ballast'));
    const server = await startSequement({ dir: mounted });
    t.is(await askOnce(server.port, 'INCR', 'a'), '1');
    t.is(await server.stop(), 0);
  },
);

test.serial('a start in a read-only directory ends with one sentence', async (t) => {
  const dir = temporaryDirectory();
  let server = await startSequement({ dir });
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  await server.stop();
  const readOnly = temporaryDirectory();
  if (!mount(t, '--bind', dir, readOnly)) return;
  if (spawnSync('mount', ['-o', 'remount,bind,ro', readOnly]).status !== 0) return;
  const before = readdirSync(dir);
  await refuses(t, ['--port', '0', '--unixsocket', join(dir, 's'), '--dir', readOnly], /EROFS/);
  t.deepEqual(readdirSync(dir), before);
  server = await startSequement({ dir });
  t.is(await askOnce(server.port, 'INCR', 'a'), '2');
  t.is(await server.stop(), 0);
});

/** Whether this user may mount here; it is unmounted at the end of the test. */
function mount(t: ExecutionContext, ...words: string[]): boolean {
  const target = words.at(-1) as string;
  if (spawnSync('mount', words).status !== 0) {
    t.log('nothing may be mounted here');
    t.pass();
    return false;
  }
  t.teardown(() => {
    spawnSync('umount', ['-l', target]);
  });
  return true;
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
