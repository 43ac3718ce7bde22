import test from 'ava';
import { answered } from './answers.js';
import { onlyPidOf, untilPidsOf } from './processes.js';
import { RawClient, ServerError } from './raw-client.js';
import { startSequement } from './start.js';
import { mayTrace, Tracer } from './strace.js';
import { clientsOfTwoWorkers } from './two-workers.js';

const SYNC_MS = 5000;
const withStrace = mayTrace() ? test.serial : test.serial.skip;

withStrace('a sync that takes five seconds holds back only what needs it', async (t) => {
  const options = ['--workers', '2', '--heartbeat-timeout', '20000', '--reserve-block', '1000'];
  const server = await startSequement({ arguments: options });
  await untilPidsOf(server.pid, 'worker', 2);
  const writer = await onlyPidOf(server.pid, 'writer');
  const first = await RawClient.connect(server.port);
  const others = await clientsOfTwoWorkers(server.port);
  for (const key of ['old', 'other']) await first.send('INCR', key);
  const tracer = await Tracer.inject([writer], 'fdatasync', `delay_enter=${SYNC_MS * 1000}`);
  const startedMs = performance.now();
  let isServed = false;
  const slow = first.send('INCR', 'new').then((answer) => {
    isServed = true;
    return answer;
  });
  const held = first.send('INCR', 'old');
  let worstMs = 0;
  for (let i = 0; i < 40; i++) {
    for (const client of others) {
      const sentMs = performance.now();
      t.false((await answered(client, 'INCR', 'old')) instanceof ServerError);
      t.false((await answered(client, 'INCR', 'other')) instanceof ServerError);
      worstMs = Math.max(worstMs, performance.now() - sentMs);
    }
  }
  t.false(isServed, 'the sync did not take long');
  t.log(`worst answers without the disk: ${worstMs.toFixed(1)} ms`);
  t.is(await slow, '1');
  t.true(performance.now() - startedMs > SYNC_MS * 0.95);
  // Its place in the connection's order was behind the slow one; its number was taken before the others.
  t.true(BigInt((await held) as string) > 1n);
  await tracer.detach();
  for (const client of [first, ...others]) await client.close();
  t.is(await server.stop(), 0);
});
