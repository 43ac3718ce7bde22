import test from 'ava';
import { Backoff } from '#dist/master/respawn.js';

test('a child that dies young is waited for longer each time, up to a second', (t) => {
  const backoff = new Backoff();
  const delays = [1, 2, 3, 4, 5, 6, 7].map(() => backoff.delayMs(10));
  t.deepEqual(delays, [0, 100, 200, 400, 800, 1000, 1000]);
});

test('after a child that lived long, the next one is started at once', (t) => {
  const backoff = new Backoff();
  for (let deaths = 0; deaths < 5; deaths++) backoff.delayMs(10);
  t.is(backoff.delayMs(60_000), 0);
  t.is(backoff.delayMs(10), 100);
});
