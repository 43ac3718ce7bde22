import test from 'ava';
import { LendingMaster, type PipedWorker } from './lending-master.js';

/** Two workers, and x lent to the first of them as hold 1: 17 is served, 83 are lent. */
function lent(): { master: LendingMaster; a: PipedWorker; b: PipedWorker } {
  const master = new LendingMaster(2);
  const [a, b] = master.workers as [PipedWorker, PipedWorker];
  master.begin('x');
  a.takeOften('x');
  return { master, a, b };
}

test('a sequence that one worker keeps asking for is lent to it', (t) => {
  const master = new LendingMaster(1);
  const [a] = master.workers as [PipedWorker];
  master.begin('x');
  for (let i = 0; i < 15; i++) t.is(a.take('x').length, 2);
  t.deepEqual(a.take('x'), ['17 last 1 from 17 by 1', 'lend 1: 83 of x behind 17', 'answered']);
});

test('the answers to a frame go in one piece, whatever is answered and ordered meanwhile', (t) => {
  const master = new LendingMaster(1);
  const [a] = master.workers as [PipedWorker];
  Object.defineProperty(master.server, 'lastSaveSeconds', {
    get: () => {
      a.link.order({ order: 'resetStatistics' });
      return 7;
    },
  });
  master.begin('x');
  for (let i = 0; i < 15; i++) a.take('x');
  // The worker takes "answered" for the sign that its takes of x are executed: the loan must not come behind it.
  t.deepEqual(a.takeAnd('x', 'LASTSAVE'), [
    'type 25',
    '17 last 1 from 17 by 1',
    '18 last :7\r\n',
    'lend 1: 83 of x behind 17',
    'answered',
  ]);
});

test('a sequence that is asked for now and then is not lent', (t) => {
  const master = new LendingMaster(1);
  const [a] = master.workers as [PipedWorker];
  master.begin('x');
  for (let i = 0; i < 60; i++) {
    master.tick += 20;
    t.is(a.take('x').length, 2);
    master.settle();
    a.received();
  }
});

test('a sequence that two workers take from in turn is not lent', (t) => {
  const master = new LendingMaster(2);
  const [a, b] = master.workers as [PipedWorker, PipedWorker];
  master.begin('x');
  for (let i = 0; i < 40; i++) {
    t.is(a.take('x').length, 2);
    t.is(b.take('x').length, 2);
    master.settle();
  }
});

test('only durable numbers are lent', (t) => {
  const master = new LendingMaster(1, { block: 10, blockMax: 10, threshold: 99, blockTimeMs: 1 });
  const [a] = master.workers as [PipedWorker];
  master.begin('x');
  for (let i = 0; i < 7; i++) a.take('x');
  master.settle();
  a.received();
  for (let i = 0; i < 8; i++) a.take('x');
  // 17 are served and 20 durable; a reservation up to 30 is on its way.
  t.deepEqual(a.take('x').slice(1), ['lend 1: 3 of x behind 17', 'answered']);
});

test('a gauge and a sequence of block 1 are never lent', (t) => {
  const exact = new LendingMaster(1, { block: 1, blockMax: 1, threshold: 50, blockTimeMs: 500 });
  const gauges = lent();
  for (const master of [exact, gauges.master]) {
    const [a] = master.workers as [PipedWorker];
    master.begin('y');
    if (master === gauges.master) {
      a.command('SET', 'y', '-5');
      master.settle();
      a.received();
    }
    for (let i = 0; i < 40; i++) {
      t.is(a.take('y').filter((line) => line.startsWith('lend')).length, 0);
      master.settle();
      a.received();
    }
  }
});

test('a gauge that is asked for by takes of nothing is not lent either', (t) => {
  const { master, a } = lent();
  a.command('SET', 'y', '5');
  a.command('SET', 'y', '-5');
  master.settle();
  a.received();
  // They wait for nothing, as takes from a block do.
  for (let i = 0; i < 3; i++) {
    const lines = a.takeOften('y', 0);
    t.deepEqual(lines.slice(1), ['answered']);
  }
});

test('a sequence that is watched behind the take that makes it worth lending is not lent', (t) => {
  const master = new LendingMaster(1);
  const [a] = master.workers as [PipedWorker];
  master.begin('x');
  for (let i = 0; i < 15; i++) a.take('x');
  const lines = a.takeAnd('x', 'WATCH', 'x', '7');
  t.deepEqual(
    lines.filter((line) => line.startsWith('lend')),
    [],
  );
  t.true(a.take('x').some((line) => line.endsWith('from 18 by 1')));
});

test('another worker waits for the return, and goes on behind what the holder has served', (t) => {
  const { a, b } = lent();
  t.deepEqual(b.take('x'), []);
  t.deepEqual(a.received(), ['recall 1']);
  t.deepEqual(a.returned(1, 20), []);
  t.deepEqual(b.received(), ['1 last 1 from 38 by 1', 'answered']);
});

test('what a worker sends behind an entry that waits is executed behind it', (t) => {
  const { master, a, b } = lent();
  master.begin('y');
  t.deepEqual(b.take('y', 'x', 'y'), []);
  t.deepEqual(b.take('y'), []);
  t.deepEqual(a.take('y'), ['recall 1', '19 last 1 from 2 by 1', 'answered']);
  a.returned(1, 0);
  t.deepEqual(b.received(), [
    '1 last 1 from 3 by 1',
    '2 last 1 from 18 by 1',
    '3 last 1 from 4 by 1',
    'answered',
    '4 last 1 from 5 by 1',
    'answered',
  ]);
});

test('two workers that want what the other one has both get it', (t) => {
  const { master, a, b } = lent();
  master.begin('y');
  b.takeOften('y');
  t.deepEqual(a.take('y'), []);
  t.deepEqual(b.take('x'), ['recall 2']);
  t.deepEqual(a.received(), ['recall 1']);
  t.deepEqual(b.returned(2, 7), []);
  t.deepEqual(a.received(), ['19 last 1 from 25 by 1', 'answered']);
  a.returned(1, 3);
  t.deepEqual(b.received(), ['17 last 1 from 21 by 1', 'answered']);
});

test('nothing comes between the entries of a frame, though one has to wait', (t) => {
  const { master, a, b } = lent();
  master.begin('y');
  t.deepEqual(b.take('y', 'y', 'x'), []);
  t.deepEqual(a.take('y').slice(1), ['19 last 1 from 2 by 1', 'answered']);
  a.returned(1, 0);
  t.deepEqual(b.received().slice(0, 2), ['1 last 1 from 3 by 1', '2 last 1 from 4 by 1']);
});

test('what is flushed in the frame that made it worth lending is not lent', (t) => {
  const master = new LendingMaster(1);
  const [a] = master.workers as [PipedWorker];
  master.begin('x');
  for (let i = 0; i < 15; i++) a.take('x');
  const lines = a.takeAnd('x', 'FLUSHALL');
  master.settle();
  t.is([...lines, ...a.received()].filter((line) => line.startsWith('lend')).length, 0);
  a.take('x');
  master.settle();
  t.is(master.value('x'), 1);
});

test('a sequence that was recalled before it was worth it is lent later the next time', (t) => {
  const { a, b } = lent();
  b.take('x');
  a.received();
  a.returned(1, 1);
  for (let i = 0; i < 31; i++) {
    t.is(a.take('x').filter((line) => line.startsWith('lend')).length, 0);
  }
  t.is(a.take('x').filter((line) => line.startsWith('lend')).length, 1);
});

test('a take that the holder sent before the loan came ends it, and it is lent anew', (t) => {
  const { a } = lent();
  t.deepEqual(a.take('x'), ['18 last 1 from 18 by 1', 'lend 2: 82 of x behind 18', 'answered']);
  t.deepEqual(a.returned(1, 0), []);
  t.throws(() => a.returned(1, 1));
});

test('a take of the holder that meets a recall ends the loan', (t) => {
  const { a, b } = lent();
  b.take('x');
  a.received();
  t.deepEqual(a.take('x'), ['18 last 1 from 18 by 1', 'lend 1: 0 of x behind 0', 'answered']);
  t.deepEqual(b.received(), ['1 last 1 from 19 by 1', 'answered']);
});

for (const words of [
  ['GET', 'x'],
  ['SEQ.INFO', 'x'],
  ['MGET', 'y', 'x'],
  ['SET', 'x', '5'],
  ['DEL', 'x'],
  ['MSET', 'y', '1', 'x', '2'],
  ['FLUSHDB'],
  ['FLUSHALL'],
]) {
  test(`${words.join(' ')} waits until what is lent of x is back`, (t) => {
    const { master, a, b } = lent();
    t.deepEqual(b.command(...words), []);
    t.deepEqual(a.received(), ['recall 1']);
    a.returned(1, 20);
    master.settle();
    t.is(b.received().length, 2);
  });

  test(`${words.join(' ')} of the holder itself waits, too`, (t) => {
    const { master, a } = lent();
    t.deepEqual(a.command(...words), ['recall 1']);
    const now = a.returned(1, 20);
    master.settle();
    t.is([...now, ...a.received()].length, 2);
  });
}

test('a script waits until everything that is lent is back, whatever it names', (t) => {
  const { a, b } = lent();
  // The last word tells whose rights it has.
  t.deepEqual(b.command('EVAL', "return redis.call('get', 'x')", '0', ''), []);
  t.deepEqual(a.received(), ['recall 1']);
});

test('a read shows what the holder has served', (t) => {
  const { a, b } = lent();
  b.command('GET', 'x');
  a.returned(1, 20);
  t.deepEqual(b.received(), ['1 last $2\r\n37\r\n', 'answered']);
});

test('what shows names only, or other sequences, does not recall', (t) => {
  const { master, b } = lent();
  master.begin('y');
  for (const words of [['GET', 'y'], ['SCAN', '0'], ['KEYS', '*'], ['DBSIZE'], ['RANDOMKEY']]) {
    t.is(b.command(...words).at(-1), 'answered');
  }
  t.is(master.holds.recalls, 0);
});

test('what was lent to a worker that died is skipped, and who waited goes on', (t) => {
  const { master, a, b } = lent();
  b.take('x');
  t.is(master.die(a), 83);
  master.settle();
  t.deepEqual(b.received(), ['answered', '1 last 1 from 101 by 1']);
});

test('what a holder told of before it died is no gap', (t) => {
  const { master, a, b } = lent();
  a.more(1, 80);
  t.is(master.die(a), 3);
  b.take('x');
  t.is(master.value('x'), 101);
});

test('a worker that dies while it waits is not answered, and the others are', (t) => {
  const { master, a, b } = lent();
  b.take('x');
  master.die(b);
  t.deepEqual(a.returned(1, 5), ['recall 1']);
  t.is(master.value('x'), 22);
  t.deepEqual(a.take('x'), ['18 last 1 from 23 by 1', 'answered']);
});

test('a holder that wants more gets the next block when that is durable', (t) => {
  const { master, a } = lent();
  t.deepEqual(a.more(1, 60), []);
  t.is(master.value('x'), 77);
  master.settle();
  t.deepEqual(a.received(), ['extend 1 by 100']);
  t.deepEqual(a.returned(1, 183), []);
  t.is(master.value('x'), 200);
});

test('a holder gets no more while the log can not be written, and keeps what it has', (t) => {
  const { master, a, b } = lent();
  master.fail();
  a.more(1, 60);
  t.deepEqual(a.received(), []);
  b.take('x');
  a.returned(1, 83);
  t.deepEqual(b.received(), [
    '1 last 1 × MISCONF Errors writing to the reservation log: disk full',
    'answered',
  ]);
});

test('a holder is overdue when another worker has waited for it for a second', (t) => {
  const { master, a, b } = lent();
  master.tick += 1000;
  t.false(master.holds.isOverdue(a.link));
  b.take('x');
  master.tick += 100;
  t.false(master.holds.isOverdue(a.link));
  master.tick += 1;
  t.true(master.holds.isOverdue(a.link));
  t.false(master.holds.isOverdue(b.link));
  master.holds.excuse();
  t.false(master.holds.isOverdue(a.link));
});

test('a holder that says it served more than it was lent ends the process', (t) => {
  const { a } = lent();
  t.throws(() => a.returned(1, 84));
});
