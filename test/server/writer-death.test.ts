import test from 'ava';
import { answered } from './answers.js';
import { kill, onlyPidOf, until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

/** Options for a server of which little happens by itself. */
const QUIET = ['--workers', '1'];

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
