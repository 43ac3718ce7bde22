import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { WallClock } from '#dist/master/wall-clock.js';
import { Bench } from './executor-bench.js';
import { LendingMaster, type PipedWorker } from './lending-master.js';

const NIL = '*-1\r\n';

test('the nil of an EXEC waits until what has touched its client is durable', (t) => {
  const bench = new Bench();
  bench.command('WATCH', 'x', '7');
  t.deepEqual(bench.command('SET', 'x', '1'), []);
  t.deepEqual(bench.exec(7), []);
  t.deepEqual(bench.settle(), ['2 last +OK\r\n', `3 last ${NIL}`]);
});

test('the nil of an EXEC waits for a change that was sent to the disk in an earlier turn', (t) => {
  const bench = new Bench();
  bench.command('WATCH', 'x', '7');
  bench.take('x', 1, 1);
  bench.log.flush();
  t.deepEqual(bench.exec(7), []);
  t.deepEqual(bench.settle(), ['2 last 1 from 1 by 1', `3 last ${NIL}`]);
});

test('the nil of an EXEC waits for nothing when what has touched its client needed no disk', (t) => {
  const bench = new Bench();
  bench.take('x', 1, 1);
  bench.settle();
  bench.command('WATCH', 'x', '7');
  t.deepEqual(bench.take('x', 1, 1), ['3 last 1 from 2 by 1']);
  t.deepEqual(bench.exec(7), [`4 last ${NIL}`]);
});

test('the nil of an EXEC waits until the log has the time by which a watched name was over', (t) => {
  let nowMs = 1_000_000;
  const clock = () => nowMs;
  const bench = new Bench(new WallClock(clock, clock));
  bench.command('SET', 'x', '1', 'PX', '100');
  bench.settle();
  bench.command('WATCH', 'x', '7');
  nowMs += 100;
  t.deepEqual(bench.exec(7), []);
  t.deepEqual(bench.settle(), [`3 last ${NIL}`]);
  t.is(bench.sequences.time.settledMs, nowMs);
});

test('an EXEC does not tell of the end of a deadline while the log can not be written', (t) => {
  let nowMs = 1_000_000;
  const clock = () => nowMs;
  const bench = new Bench(new WallClock(clock, clock));
  bench.command('SET', 'x', '1', 'PX', '100');
  bench.settle();
  bench.fail();
  bench.command('WATCH', 'x', '7');
  nowMs += 100;
  t.regex(bench.exec(7)[0] ?? '', /^3 last -MISCONF .*disk full/);
});

test('a nil that waits when the log fails is an error, and so is one for a change that was taken back', (t) => {
  const bench = new Bench();
  for (const client of ['7', '8', '9']) bench.command('WATCH', 'x', client);
  bench.command('SET', 'x', '1');
  t.deepEqual(bench.exec(7), []);
  t.deepEqual(bench.fail(), ['4 last -MISCONF disk full\r\n', '5 last -MISCONF disk full\r\n']);
  t.regex(bench.exec(8)[0] ?? '', /^6 last -MISCONF .*disk full/);
  bench.log.recover();
  t.regex(bench.exec(9)[0] ?? '', /^7 last -MISCONF .*disk full/);
});

test('a transaction that is suspended in a script when the log fails is answered in a frame', async (t) => {
  const master = new LendingMaster(1);
  const { scripts, act } = master.executor;
  const [worker] = master.workers as [PipedWorker];
  act.onTurn = () => master.endTurn();
  await new Promise<void>((resolve) => scripts.engine.begin(resolve));
  scripts.sliceMs = 0;
  const source = "redis.call('SET', 'x', '1') return redis.call('GET', 'x')";
  t.deepEqual(worker.exec(7, ['EVAL', source, '0', '', '']), []);
  t.true(act.isUnderWay);
  master.fail();
  master.endTurn();
  while (act.isUnderWay) await nextTurn();
  master.endTurn();
  const lines = worker.received();
  t.regex(lines[0] ?? '', /^1 last -EXECABORT .*: MISCONF .*disk full/);
  t.deepEqual(lines.slice(1), ['answered']);
});
