import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Compaction } from '#dist/master/compaction.js';
import { Expiry } from '#dist/master/expiry.js';
import { WallClock } from '#dist/master/wall-clock.js';
import { LendingMaster, type PipedWorker } from './lending-master.js';

const BUSY =
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';

/** A master in the midst of an act, which goes on to its end when `end` is called. */
function acting(t: ExecutionContext, act: (master: LendingMaster) => void = () => {}) {
  const time = { ms: 1_000_000 };
  const clock = new WallClock(
    () => time.ms,
    () => time.ms,
  );
  const master = new LendingMaster(2, undefined, clock);
  let isOver = false;
  let isFinished = false;
  master.executor.act.onTurn = () => master.endTurn();
  const begin = () => {
    const steps = (function* () {
      act(master);
      while (!isOver) yield;
      return 'result';
    })();
    const isDone = master.executor.act.begin(steps, (result) => {
      t.is(result, 'result');
      isFinished = true;
    });
    t.false(isDone);
  };
  const end = async () => {
    isOver = true;
    while (!isFinished) await nextTurn();
  };
  t.teardown(end);
  return { master, begin, end, time };
}

/** Turns of the loop in which something would have happened. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 5; i++) await nextTurn();
}

test('frames that come in the midst of an act wait, and are executed in their order', async (t) => {
  const { master, begin, end } = acting(t);
  const [one, other] = master.workers as [PipedWorker, PipedWorker];
  begin();
  t.deepEqual(other.command('SET', 'n', '5'), []);
  t.deepEqual(one.take('n'), []);
  await someTurns();
  t.deepEqual(one.received(), []);
  await end();
  master.settle();
  t.true(one.received().some((line) => line.includes('1 from 6 by 1')));
  t.is(master.value('n'), 6);
});

test('an act that takes longer than the threshold has others refused, and ends when no worker refuses any more', async (t) => {
  const { master, begin, end } = acting(t);
  const { act } = master.executor;
  const [one, other] = master.workers as [PipedWorker, PipedWorker];
  const told: boolean[] = [];
  let heard = () => {};
  act.busyAfterMs = 1;
  act.onBusy = (isBusy) => {
    told.push(isBusy);
    return isBusy ? Promise.resolve() : new Promise((resolve) => (heard = resolve));
  };
  begin();
  t.deepEqual(one.take('n'), []);
  while (!act.isBusy) await nextTurn();
  t.deepEqual(told, [true]);
  t.deepEqual(one.received(), [`1 last 1 × ${BUSY}`, 'answered']);
  t.deepEqual(other.command('GET', 'n'), [`1 last -${BUSY}\r\n`, 'answered']);
  const isEnded = end();
  while (told.length < 2) await nextTurn();
  t.deepEqual(other.take('n'), []);
  await someTurns();
  t.true(act.isUnderWay);
  heard();
  await isEnded;
  master.settle();
  t.true(other.received().some((line) => line.includes('1 from 1 by 1')));
});

test('an EXEC that is refused while an act takes too long watches nothing any more', async (t) => {
  const { master, begin, end } = acting(t);
  const { act } = master.executor;
  const [one, other] = master.workers as [PipedWorker, PipedWorker];
  one.command('WATCH', 'n', '7');
  other.command('SET', 'n', '5');
  master.settle();
  one.received();
  act.busyAfterMs = 1;
  begin();
  while (!act.isBusy) await nextTurn();
  t.regex(one.exec(7, ['GET', 'n']).join(), /EXECABORT .*: BUSY /);
  await end();
  one.received();
  t.regex(one.exec(7, ['GET', 'n']).join(), /\$1\r\n5/);
});

test('what an act writes goes to the log in one piece, and what was there before does not wait for it', async (t) => {
  const batches: number[] = [];
  const write = (master: LendingMaster, name: string) => {
    const table = master.sequences.table(0);
    const bytes = Buffer.from(name);
    master.sequences.write(table, 0, bytes, 0, bytes.length, 1, true);
  };
  for (const writes of [0, 2]) {
    batches.length = 0;
    const { master, begin, end } = acting(t, () => {
      if (writes > 0) write(master, 'a');
    });
    master.log.attach({ send: () => batches.push(master.log.openLsn) });
    write(master, 'before');
    begin();
    master.endTurn();
    t.is(batches.length, writes === 0 ? 1 : 0);
    if (writes > 0) write(master, 'b');
    master.endTurn();
    await someTurns();
    t.is(batches.length, writes === 0 ? 1 : 0);
    await end();
    t.is(batches.length, 1);
  }
});

test('nothing expires and no base is written in the midst of an act', async (t) => {
  const { master, begin, end, time } = acting(t);
  const [worker] = master.workers as [PipedWorker];
  worker.command('SET', 'n', '5', 'PX', '1');
  master.settle();
  time.ms += 1000;
  const expiry = new Expiry(master.sequences, () => {});
  const sent: string[] = [];
  let next = () => {};
  const port = {
    send: ({ type }: { readonly type: string }) => sent.push(type),
    whenReady: (then: () => void) => {
      next = then;
    },
  };
  new Compaction(master.sequences, port, false).start(0);
  // The log has the time.
  expiry.slice();
  master.settle();
  begin();
  expiry.slice();
  next();
  next();
  t.is(master.sequences.expired, 0);
  t.deepEqual(sent, ['baseBegin']);
  await end();
  expiry.slice();
  t.is(master.sequences.expired, 1);
  next();
  t.true(sent.includes('baseEnd'));
});

test('a command on many names that is under way makes no step in the midst of an act', async (t) => {
  const { master, begin, end } = acting(t);
  const [worker] = master.workers as [PipedWorker];
  let batches = 0;
  master.log.attach({ send: () => batches++ });
  worker.pieces(2, 'MSET', 'a', '1', 'b', '2', 'c', '3');
  begin();
  await someTurns();
  master.settle();
  await someTurns();
  t.is(batches, 0);
  await end();
  while (master.sequences.table(0).size < 3) {
    await nextTurn();
    master.settle();
  }
  t.is(master.value('c'), 3);
});

test('a script that is under way when the log fails ends there, and nothing that it wrote is left or goes to the log', async (t) => {
  const master = new LendingMaster(2);
  const [one, other] = master.workers as [PipedWorker, PipedWorker];
  const { act } = master.executor;
  act.onTurn = () => master.endTurn();
  one.command('SET', 'a', '1');
  one.command('SET', 'b', '1');
  master.settle();
  const sent: string[] = [];
  master.log.attach({
    send: (request) => {
      if (request.type === 'append') sent.push(request.bytes.toString('latin1'));
    },
  });
  one.received();
  const writes = "redis.call('set', 'a', 2) redis.call('del', 'b') redis.call('incr', 'new')";
  const loop = "while true do pcall(redis.call, 'incr', 'more') end";
  t.deepEqual(one.command('EVAL', `${writes} ${loop}`, '0', '', ''), []);
  t.true(act.isUnderWay);
  t.deepEqual(other.command('GET', 'a'), []);
  await someTurns();
  t.is(master.value('a'), 2);
  master.fail();
  for (let turns = 0; act.isUnderWay && turns < 20; turns++) await nextTurn();
  t.false(act.isUnderWay);
  t.regex(one.received().join(), /last -MISCONF .*disk full/);
  t.regex(other.received().join(), /last \$1\r\n1\r\n/);
  t.deepEqual(
    ['a', 'b', 'new', 'more'].map(
      (name) => master.sequences.table(0).find(Buffer.from(name), 0, name.length) !== 0,
    ),
    [true, true, false, false],
  );
  t.deepEqual(sent, []);
  master.log.recover();
  one.command('SET', 'c', '1');
  t.is(sent.length, 1);
  t.false(/new|more/.test(sent.join()));
});

test('what the log takes back while the workers are told that a script has ended is not answered as done', async (t) => {
  const script =
    "for i = 1, 3000000 do end redis.call('set', 'a', 2) return redis.call('decr', 'a')";
  for (const isQueued of [false, true]) {
    const master = new LendingMaster(1);
    const [one] = master.workers as [PipedWorker];
    const { act } = master.executor;
    let isEnding = false;
    let heard = () => {};
    act.busyAfterMs = 1;
    act.onTurn = () => master.endTurn();
    act.onBusy = (isBusy) => {
      if (isBusy) return Promise.resolve();
      isEnding = true;
      return new Promise((resolve) => (heard = resolve));
    };
    one.command('SET', 'a', '7');
    master.settle();
    one.received();
    const words = ['EVAL', script, '0', '', ''];
    t.deepEqual(isQueued ? one.exec(7, words) : one.command(...words), []);
    while (!isEnding) await nextTurn();
    t.is(master.value('a'), 1);
    master.fail();
    t.is(master.value('a'), 7);
    master.log.recover();
    heard();
    while (act.isUnderWay) await nextTurn();
    t.regex(one.received().join(), isQueued ? /-EXECABORT .*disk full/ : /-MISCONF .*disk full/);
  }
});
