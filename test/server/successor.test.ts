import { once } from 'node:events';
import test from 'ava';
import { isGone, kill, processOf, until, untilPidsOf } from './processes.js';
import { askOnce } from './raw-client.js';
import { startSequement } from './start.js';

test('a server does not start while a stopped worker of its predecessor may wake up', async (t) => {
  const first = await startSequement({ arguments: ['--workers', '1'] });
  const { dir, port } = first;
  const [pid = 0] = await untilPidsOf(first.pid, 'worker');
  const worker = processOf(pid);
  if (worker === undefined) return t.fail('there is no worker');
  const last = BigInt((await askOnce(port, 'INCR', 'a')) as string);
  kill(pid, 'SIGSTOP');
  t.teardown(() => {
    if (!isGone(worker)) kill(pid);
  });
  // Its output stays open as long as the worker lives.
  kill(first.pid);
  await once(first.process, 'exit');
  // It waits five seconds for the children of the dead, and then gives up: a time-out decides nothing.
  const early = startSequement({ dir });
  t.teardown(async () => (await early.catch(() => undefined))?.kill());
  await t.throwsAsync(early, {
    message: new RegExp(`is locked by process ${first.pid} or a child it left`),
  });
  t.false(isGone(worker));
  kill(pid);
  await until('the end of the worker', () => isGone(worker));
  const second = await startSequement({ dir });
  t.true(BigInt((await askOnce(second.port, 'INCR', 'a')) as string) > last);
  t.is(await second.stop(), 0);
});
