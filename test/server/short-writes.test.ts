import test from 'ava';
import { preload } from './preload/preload.js';
import { killTree } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { Rising } from './rising.js';
import { startSequement } from './start.js';

test('a disk that takes and gives a few bytes at a time loses and repeats nothing', async (t) => {
  const options = {
    arguments: ['--workers', '2', '--reserve-block', '10', '--reserve-block-max', '10'],
    environment: preload('short-writes'),
  };
  let server = await startSequement(options);
  const { port, dir } = server;
  const rising = new Rising(t);
  const many = Array.from({ length: 200 }, (_, i) => [`a-name-of-some-length:${i}`, i]);
  for (let round = 0; round < 2; round++) {
    const client = await RawClient.connect(port);
    t.is(await client.send('MSET', ...many.flat()), 'OK');
    for (let i = 0; i < 50; i++) rising.note(await client.send('INCR', 'a'));
    if (round === 0) t.is(await client.send('SAVE'), 'OK');
    await client.close();
    await killTree(server);
    server = await startSequement({ ...options, dir, port });
    const values = await askOnce(port, 'MGET', ...many.map(([name]) => name as string));
    t.deepEqual(
      values,
      many.map(([, value]) => String(value)),
    );
  }
  t.is(await server.stop(), 0);
  // A disk that is not so odd reads the same.
  server = await startSequement({ dir, port });
  rising.note(await askOnce(port, 'INCR', 'a'));
  t.is(await server.stop(), 0);
});
