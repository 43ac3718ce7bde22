import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { childrenOf, isGone, until } from './processes.js';
import { askOnce } from './raw-client.js';
import { refuses } from './refuses.js';
import { startSequement, temporaryDirectory } from './start.js';

test('a directory in use ends the second start with one sentence, and the first one serves on', async (t) => {
  const server = await startSequement();
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  await refuses(
    t,
    ['--port', '0', '--unixsocket', join(server.dir, 's'), '--dir', server.dir],
    /is locked by process \d+/,
  );
  t.is(await askOnce(server.port, 'INCR', 'a'), '2');
  t.is(await server.stop(), 0);
});

for (const count of [2, 10]) {
  test.serial(`of ${count} starts on one directory at the same time, one serves`, async (t) => {
    const dir = temporaryDirectory();
    // With a log that any of them could damage.
    const first = await startSequement({ dir });
    t.is(await askOnce(first.port, 'INCR', 'a'), '1');
    t.is(await first.stop(), 0);
    const starts = Array.from({ length: count }, () => startSequement({ dir }));
    const outcomes = await Promise.allSettled(starts);
    const served = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    t.is(served.length, 1);
    for (const each of outcomes) {
      if (each.status === 'rejected') {
        t.regex(
          String(each.reason),
          /^Error: the server exited with 1\nsequement: the data directory \S+ is locked by [^\n]*\n$/,
        );
      }
    }
    for (const server of served) {
      t.is(await askOnce(server.port, 'INCR', 'a'), '2');
      const children = childrenOf(server.pid);
      t.is(await server.stop(), 0);
      await until('the end of the children', () => children.every(isGone));
    }
  });
}

test.serial('a refused start changes nothing in the directory', async (t) => {
  const server = await startSequement();
  const { dir } = server;
  t.is(await askOnce(server.port, 'INCR', 'a'), '1');
  const contents = () =>
    Object.fromEntries(
      readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'hex')]),
    );
  // A record that proves the last sync may follow it: then the server has nothing more to write.
  let before = contents();
  await until('a log at rest', () => {
    const now = contents();
    const isSame = JSON.stringify(now) === JSON.stringify(before);
    before = now;
    return isSame;
  });
  for (let i = 0; i < 3; i++) {
    const words = ['--port', '0', '--unixsocket', join(temporaryDirectory(), 's'), '--dir', dir];
    await refuses(t, words, /is locked by process \d+/);
  }
  t.deepEqual(contents(), before);
  t.is(await askOnce(server.port, 'INCR', 'a'), '2');
  t.is(await server.stop(), 0);
});
