import test, { type ExecutionContext } from 'ava';
import type { HoldPort } from '#dist/worker/holds.js';
import { FakeConnection, ModelWorker, parseReplies, type Reply } from './model-worker.js';

/** A link whose frames the test counts. */
class Port implements HoldPort {
  sentFrames = 0;
  answeredFrames = 0;
  readonly said: string[] = [];
  returned(hold: number, taken: number): void {
    this.said.push(`returned ${hold}: ${taken}`);
  }
  more(hold: number, taken: number): void {
    this.said.push(`more ${hold}: ${taken}`);
  }
  schedule(): void {}
}

/** A worker whose holds the test lends by hand. Its model of a master knows nothing of them. */
class Rig {
  readonly port = new Port();
  readonly worker = new ModelWorker(() => 0, this.port);

  lend(hold: number, value: number, count: number, name = 'x'): void {
    const bytes = Buffer.from(name);
    this.worker.holds.lent(hold, 0, value, count, bytes, 0, bytes.length);
    bytes.fill(0x7a);
    this.worker.holds.mature();
  }

  send(connection: FakeConnection, ...words: string[]): void {
    this.worker.send(connection, words, () => {});
  }

  /** The frame goes to the master. */
  post(): void {
    this.worker.endTurn();
    this.port.sentFrames++;
  }

  /** Everything at the master is answered. */
  answer(): void {
    this.worker.deliverAll();
    this.port.answeredFrames = this.port.sentFrames;
    this.worker.holds.mature();
  }

  replies(connection: FakeConnection): Reply[] {
    return parseReplies(connection.written.take());
  }
}

function isAtMaster(t: ExecutionContext, rig: Rig, is: boolean): void {
  t.is(rig.worker.combiner.isEmpty, !is);
}

test('takes from a hold need no message', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.lend(1, 41, 100);
  rig.send(connection, 'INCR', 'x');
  rig.send(connection, 'incrby', 'x', '3');
  rig.send(connection, 'SEQ.NEXT', 'x', 'COUNT', '5');
  t.deepEqual(rig.replies(connection), [42n, 45n, [46n, 50n]]);
  isAtMaster(t, rig, false);
  t.deepEqual(rig.port.said, []);
});

test('other sequences, and the same name in another database, are not served from a hold', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.lend(1, 41, 100);
  rig.send(connection, 'INCR', 'y');
  t.deepEqual(rig.replies(connection), []);
  const other = new FakeConnection();
  other.database = 1;
  rig.send(other, 'INCR', 'x');
  t.deepEqual(rig.replies(other), []);
  isAtMaster(t, rig, true);
});

test('a hold is not served from while a take may be on its way', (t) => {
  const rig = new Rig();
  const [a, b] = [new FakeConnection(), new FakeConnection()];
  rig.worker.values.set('x', 40n);
  rig.send(a, 'INCR', 'x');
  rig.lend(1, 50, 100);
  rig.send(b, 'INCR', 'x');
  t.deepEqual(rig.replies(b), []);
  rig.post();
  isAtMaster(t, rig, false);
  rig.answer();
  t.deepEqual(rig.replies(a), [41n]);
  t.deepEqual(rig.replies(b), [51n]);
  rig.send(b, 'INCR', 'x');
  t.deepEqual(rig.replies(b), [52n]);
});

test('what is lent anew before it was used counts from there', (t) => {
  const rig = new Rig();
  const [a, b] = [new FakeConnection(), new FakeConnection()];
  rig.send(a, 'INCR', 'x');
  rig.lend(1, 50, 100);
  rig.send(b, 'INCR', 'x');
  rig.post();
  rig.lend(2, 60, 5);
  rig.answer();
  t.deepEqual(rig.replies(b), [61n]);
  rig.worker.holds.recall(1);
  t.deepEqual(rig.port.said, []);
  rig.worker.holds.recall(2);
  t.deepEqual(rig.port.said, ['returned 2: 1']);
});

test('takes that wait for a hold go to the master when it ends', (t) => {
  const rig = new Rig();
  const [a, b, c] = [new FakeConnection(), new FakeConnection(), new FakeConnection()];
  rig.worker.values.set('x', 50n);
  rig.send(a, 'INCR', 'x');
  rig.lend(1, 50, 100);
  rig.send(b, 'INCR', 'x');
  rig.send(b, 'INCR', 'x');
  rig.send(c, 'INCR', 'x');
  rig.post();
  rig.lend(1, 51, 0);
  isAtMaster(t, rig, true);
  rig.post();
  rig.answer();
  t.deepEqual([rig.replies(a), rig.replies(b), rig.replies(c)], [[51n], [52n, 53n], [54n]]);
  t.deepEqual(rig.port.said, []);
});

test('a connection that has something at the master is not served from a hold', (t) => {
  const rig = new Rig();
  const [a, b] = [new FakeConnection(), new FakeConnection()];
  rig.lend(1, 41, 100);
  rig.send(b, 'INCR', 'x');
  rig.send(a, 'INCR', 'y');
  rig.send(a, 'INCR', 'x');
  t.deepEqual(rig.port.said, ['returned 1: 1']);
  rig.worker.values.set('x', 42n);
  rig.post();
  rig.answer();
  t.deepEqual(rig.replies(a), [1n, 43n]);
});

test('what waits for a hold is sent before what the same connection sends next', (t) => {
  const rig = new Rig();
  const [a, b] = [new FakeConnection(), new FakeConnection()];
  rig.send(a, 'INCR', 'x');
  rig.lend(1, 41, 100);
  rig.send(b, 'INCR', 'x');
  rig.send(b, 'INCR', 'y');
  t.deepEqual(rig.port.said, ['returned 1: 0']);
  rig.post();
  rig.answer();
  t.deepEqual([rig.replies(a), rig.replies(b)], [[1n], [2n, 1n]]);
});

test('a take after one that waited for a hold does not join a run before it', (t) => {
  const rig = new Rig();
  const [a, b] = [new FakeConnection(), new FakeConnection()];
  rig.send(a, 'INCR', 'x');
  rig.lend(1, 41, 100);
  rig.send(b, 'INCR', 'x');
  rig.worker.holds.recall(1);
  rig.send(b, 'INCR', 'x');
  rig.post();
  rig.answer();
  t.deepEqual([rig.replies(a), rig.replies(b)], [[1n], [2n, 3n]]);
});

test('more is asked for when half of it is left', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.lend(1, 0, 10);
  for (let i = 0; i < 5; i++) rig.send(connection, 'INCR', 'x');
  t.deepEqual(rig.port.said, []);
  rig.send(connection, 'INCR', 'x');
  rig.send(connection, 'INCR', 'x');
  t.deepEqual(rig.port.said, ['more 1: 6']);
  rig.worker.holds.extend(1, 100);
  rig.send(connection, 'INCRBY', 'x', '60');
  t.deepEqual(rig.port.said, ['more 1: 6', 'more 1: 67']);
  t.deepEqual(rig.replies(connection).at(-1), 67n);
});

test('more is not asked for before half of it is gone, whatever the threshold', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.worker.holds.thresholdPercent = 99;
  rig.lend(1, 0, 10);
  for (let i = 0; i < 5; i++) rig.send(connection, 'INCR', 'x');
  t.deepEqual(rig.port.said, []);
  rig.send(connection, 'INCR', 'x');
  t.deepEqual(rig.port.said, ['more 1: 6']);
  rig.worker.holds.extend(1, 10);
  rig.send(connection, 'INCRBY', 'x', '7');
  t.deepEqual(rig.port.said, ['more 1: 6']);
});

for (const words of [
  ['INCRBY', 'x', '101'],
  ['DECR', 'x'],
  ['INCRBY', 'x', '0'],
  ['INCRBY', 'x', '9007199254740993'],
  ['GET', 'x'],
  ['SET', 'x', '7'],
]) {
  test(`${words.join(' ')} gives a hold of 100 numbers back`, (t) => {
    const rig = new Rig();
    const connection = new FakeConnection();
    rig.lend(1, 41, 100);
    rig.send(connection, 'INCR', 'x');
    rig.send(connection, ...words);
    t.deepEqual(rig.port.said, ['returned 1: 1']);
    isAtMaster(t, rig, true);
  });
}

test('a hold that was not used for a second goes back', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.lend(1, 41, 100);
  rig.send(connection, 'INCR', 'x');
  rig.worker.holds.tick();
  t.deepEqual(rig.port.said, []);
  rig.worker.holds.tick();
  t.deepEqual(rig.port.said, ['returned 1: 1']);
});

test('a worker takes no more holds than it has room for', (t) => {
  const rig = new Rig();
  for (let i = 1; i <= 1100; i++) rig.lend(i, 0, 10, `name-${i}`);
  t.true(rig.worker.holds.size <= 1024);
  t.is(rig.port.said.length, 1100 - rig.worker.holds.size);
  rig.worker.holds.close();
  t.is(rig.port.said.length, 1100);
  rig.lend(1101, 0, 10);
  t.is(rig.port.said.at(-1), 'returned 1101: 0');
});

test('replies from a hold keep their order with those of other commands', (t) => {
  const rig = new Rig();
  const connection = new FakeConnection();
  rig.lend(1, 41, 100);
  rig.lend(2, 1, 100, 'y');
  for (const words of [
    'INCR x',
    'INCR y',
    'INCR y',
    'ECHO hello',
    'INCR x',
    'INCRBY x',
    'INCR y',
  ]) {
    rig.send(connection, ...words.split(' '));
  }
  t.deepEqual(rig.replies(connection), [
    42n,
    2n,
    3n,
    'hello',
    43n,
    "-ERR wrong number of arguments for 'incrby' command",
    4n,
  ]);
});
