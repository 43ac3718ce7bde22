import test from 'ava';
import { gapsOf, History, problemsOf } from './history.js';
import { Load, seeded } from './load.js';
import { childrenOf, kill, until } from './processes.js';
import { askOnce, RawClient } from './raw-client.js';
import { startSequement } from './start.js';

test('two workers number one sequence without repeat, gap or step back', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const history = new History();
  const load = new Load({
    port: server.port,
    keys: ['hot'],
    connections: 32,
    depth: 8,
    history,
    random: seeded(7),
  });
  await until('many answers', () => load.answered > 60_000, 30_000);
  await load.stop();
  t.log(`${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history.operations), []);
  t.is(gapsOf(history.operations, 'hot'), 0n);
  await server.stop();
});

test('a read never goes back and never shows a number that nobody can have taken', async (t) => {
  const server = await startSequement({ arguments: ['--workers', '2'] });
  const history = new History();
  const load = new Load({
    port: server.port,
    keys: ['hot'],
    connections: 8,
    depth: 8,
    history,
    random: seeded(8),
  });
  await until('the first answers', () => load.answered > 0);
  const reads: { invoked: number; returned: number; value: bigint }[] = [];
  const readers = await Promise.all([1, 2, 3, 4].map(() => RawClient.connect(server.port)));
  await Promise.all(
    readers.map(async (reader) => {
      for (let i = 0; i < 500; i++) {
        const invoked = history.now;
        const value = BigInt((await reader.send('GET', 'hot')) as string);
        reads.push({ invoked, returned: history.now, value });
      }
    }),
  );
  await load.stop();

  // Positions on the clock are shared with the takes' events, so the bounds are the widest that are certain.
  const returned = history.answered().sort((a, b) => a.returned - b.returned);
  const invoked = history.answered().sort((a, b) => a.invoked - b.invoked);
  const byReturn = rising(returned.map((each) => each.highest));
  let sum = 0n;
  const sums = invoked.map((take) => {
    sum += take.highest - take.lowest + 1n;
    return sum;
  });
  let readTop = 0n;
  const readsByReturn = [...reads].sort((a, b) => a.returned - b.returned);
  let read = 0;
  for (const each of [...reads].sort((a, b) => a.invoked - b.invoked)) {
    // At least what any answer had told before the read was sent, be it to a take or to another read.
    const told = countUpTo(returned, (take) => take.returned <= each.invoked);
    const floor = told === 0 ? 0n : (byReturn[told - 1] as bigint);
    if (each.value < floor) t.fail(`${each.value} was read after ${floor} had been taken`);
    for (; read < readsByReturn.length; read++) {
      const earlier = readsByReturn[read] as (typeof reads)[number];
      if (earlier.returned >= each.invoked) break;
      if (earlier.value > readTop) readTop = earlier.value;
    }
    if (each.value < readTop) t.fail(`${each.value} was read after ${readTop}`);
    // At most what the takes that were sent before the answer can have reached together.
    const sent = countUpTo(invoked, (take) => take.invoked <= each.returned);
    const ceiling = sent === 0 ? 0n : (sums[sent - 1] as bigint);
    if (each.value > ceiling) t.fail(`${each.value} was read when at most ${ceiling} were taken`);
  }
  t.log(`${reads.length} reads among ${load.answered} takes`);
  t.deepEqual(load.errors, []);
  t.deepEqual(problemsOf(history.operations), []);
  for (const reader of readers) await reader.close();
  await server.stop();
});

test('a gauge is exact after a kill -9: what was acknowledged last, or what was sent behind it', async (t) => {
  t.timeout(60_000);
  let server = await startSequement({ arguments: ['--workers', '2'] });
  const { port, dir } = server;
  t.is(await askOnce(port, 'DECR', 'stock'), '-1');
  let expected = -1n;
  const random = seeded(9);
  for (let round = 0; round < 5; round++) {
    const client = await RawClient.connect(port);
    // The values that each command must lead to, in the order of sending, and how many were acknowledged.
    const path = [expected];
    let acknowledged = 0;
    const wrong: string[] = [];
    const sendSome = () => {
      for (let i = 0; i < 4; i++) {
        const isDown = random() < 0.5;
        const at = path.push((path.at(-1) as bigint) + (isDown ? -1n : 1n)) - 1;
        client.pass(
          [isDown ? 'DECR' : 'INCR', 'stock'],
          (answer) => {
            if (String(answer) !== String(path[at])) wrong.push(`${answer}, not ${path[at]}`);
            acknowledged = at;
            if (path.length - acknowledged < 16) sendSome();
          },
          () => {},
        );
      }
    };
    sendSome();
    await until('some acknowledgements', () => acknowledged > 50 + 40 * random());
    const children = childrenOf(server.pid);
    const gone = server.kill();
    for (const { pid } of children) kill(pid);
    await gone;
    await client.closed;
    t.deepEqual(wrong, []);
    server = await startSequement({ dir, port, arguments: ['--workers', '2'] });
    const value = BigInt((await askOnce(port, 'GET', 'stock')) as string);
    const possible = path.slice(acknowledged);
    t.true(possible.includes(value), `${value} is none of ${possible.join()}`);
    expected = value;
  }
  t.is(await askOnce(port, 'DECRBY', 'stock', 10), String(expected - 10n));
  await server.stop();
});

/** The highest up to each place. */
function rising(numbers: readonly bigint[]): bigint[] {
  let top = 0n;
  return numbers.map((each) => {
    if (each > top) top = each;
    return top;
  });
}

/** How many at the beginning of a sorted list fulfil the condition. */
function countUpTo<T>(list: readonly T[], condition: (each: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (condition(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
