import test from 'ava';
import { Compaction } from '#dist/master/compaction.js';
import { Expiry } from '#dist/master/expiry.js';
import { LogLoader } from '#dist/master/log-loader.js';
import { SequenceFlag } from '#dist/master/sequence-slab.js';
import { WallClock } from '#dist/master/wall-clock.js';
import { readEntries } from '#dist/protocol/entry.js';
import type { LogRequest } from '#dist/protocol/log-message.js';
import { Bench } from './executor-bench.js';

const EPOCH_MS = 1_000_000;

/** A bench whose time passes when it is told to, and by a little at every look at the clock when it `creeps`. */
function bench() {
  const time = { ms: EPOCH_MS, creepMs: 0 };
  const clock = new WallClock(
    () => {
      time.ms += time.creepMs;
      return time.ms;
    },
    () => time.ms,
  );
  return { time, bench: new Bench(clock) };
}

/** What is answered when the log has what there is. */
function ask(bench: Bench, ...words: string[]): string {
  const due = bench.command(...words);
  const [answer = ''] = due.length > 0 ? due : bench.settle();
  return answer.replace(/^\d+ last /, '').trimEnd();
}

/** The times that stand in the open batch. */
function loggedTimes(bench: Bench): number[] {
  const times: number[] = [];
  const { bytes, length } = bench.log.entries;
  readEntries(bytes, 0, length, {
    state: () => {},
    remove: () => {},
    flush: () => {},
    clock: (nowMs) => times.push(nowMs),
  });
  return times;
}

/** Another server, by this clock of its machine, on what the first one has logged, or on a new base of it. */
function next(before: Bench, from: 'log' | 'base', wallMs: number): Bench {
  const after = new Bench(
    new WallClock(
      () => wallMs,
      () => 0,
    ),
  );
  const loader = new LogLoader(after.sequences);
  if (from === 'log') for (const bytes of before.appended) loader.load(bytes, 0, bytes.length);
  else {
    const send = (request: LogRequest) => {
      if (request.type === 'base') loader.load(request.bytes, request.start, request.end);
    };
    new Compaction(before.sequences, { send, whenReady: (act) => act() }, false).start(0);
  }
  return after;
}

test('a deadline, an exact value and the time outlive the server, in the log and in a new base', (t) => {
  for (const from of ['log', 'base'] as const) {
    const { bench: each } = bench();
    t.deepEqual(each.take('x', 1, 7), []);
    each.settle();
    ask(each, 'PEXPIRE', 'x', '5000');
    each.take('x', 1, 3);
    each.settle();
    ask(each, 'COPY', 'x', 'copied');
    ask(each, 'RENAME', 'x', 'y');
    // The next machine's clock is a quarter of an hour behind.
    const after = next(each, from, EPOCH_MS - 900_000);
    t.is(ask(after, 'PEXPIRETIME', 'y'), `:${EPOCH_MS + 5000}`);
    t.is(ask(after, 'PEXPIRETIME', 'copied'), `:${EPOCH_MS + 5000}`);
    t.is(ask(after, 'GET', 'y'), '$2\r\n10');
    t.is(ask(after, 'PTTL', 'y'), ':5000');
    t.deepEqual(after.take('y', 1, 1), []);
    t.deepEqual(after.settle().length, 1);
  }
});

test('what has expired is gone for a take, a read and the next server', (t) => {
  const { time, bench: each } = bench();
  ask(each, 'SET', 'x', '5', 'PX', '10');
  ask(each, 'SET', 'y', '5', 'PX', '10');
  time.ms += 10;
  t.deepEqual(each.take('x', 1, 1), []);
  t.regex(each.settle()[0] ?? '', /1 from 1 by 1$/);
  // Nobody is told that it is gone before that is durable.
  t.deepEqual(each.command('GET', 'y'), []);
  t.is(each.settle().length, 1);
  const after = next(each, 'log', EPOCH_MS - 900_000);
  t.is(ask(after, 'EXISTS', 'y'), ':0');
  t.is(ask(after, 'PTTL', 'x'), ':-1');
});

test('databases that were exchanged are shown when that is durable, and stay exchanged', (t) => {
  for (const from of ['log', 'base'] as const) {
    const { bench: each } = bench();
    ask(each, 'SET', 'x', '5', 'PX', '5000');
    t.deepEqual(each.command('SWAPDB', '0', '1'), []);
    t.deepEqual(each.command('EXISTS', 'x'), []);
    each.settle();
    t.is(ask(each, 'EXISTS', 'x'), ':0');
    const after = next(each, from, EPOCH_MS);
    t.is(ask(after, 'EXISTS', 'x'), ':0');
    ask(after, 'SWAPDB', '0', '1');
    t.is(ask(after, 'PTTL', 'x'), ':5000');
  }
});

test('a command sees one time, however often it looks', (t) => {
  const commands = [
    ['PEXPIRE', 'x', '5000'],
    ['COPY', 'x', 'y', 'REPLACE'],
    ['RENAME', 'x', 'y'],
    ['SET', 'x', '7', 'KEEPTTL', 'GET'],
    ['GETEX', 'x', 'PERSIST'],
    ['GETDEL', 'x'],
  ];
  for (const words of commands) {
    const { time, bench: each } = bench();
    ask(each, 'SET', 'x', '5', 'PX', '10');
    // The first look finds it, the second would not.
    time.creepMs = 9;
    const answer = ask(each, ...words);
    time.creepMs = 0;
    t.false(answer.startsWith('-'), answer);
    time.ms += 100;
    const left = ask(each, 'PTTL', words[0] === 'COPY' || words[0] === 'RENAME' ? 'y' : 'x');
    t.not(left, words[0] === 'GETEX' ? ':-2' : ':-1', words.join(' '));
  }
});

test('a deadline that has passed is answered at once where there is nothing to remove', (t) => {
  const { bench: each } = bench();
  t.deepEqual(each.command('SET', 'x', '5', 'PXAT', '1'), ['1 last +OK\r\n']);
});

test('a name picked at random is none whose time has come', (t) => {
  const { time, bench: each } = bench();
  ask(each, 'MSET', 'a', '1', 'b', '2');
  ask(each, 'PEXPIRE', 'a', '10');
  time.ms += 10;
  for (let i = 0; i < 20; i++) t.is(ask(each, 'RANDOMKEY'), '$1\r\nb');
  ask(each, 'PEXPIRE', 'b', '10');
  time.ms += 10;
  t.is(ask(each, 'RANDOMKEY'), '$-1');
});

test('a list without a sequence whose time has come waits until the log has that time', (t) => {
  for (const words of [
    ['KEYS', '*'],
    ['SCAN', '0'],
  ]) {
    const { time, bench: each } = bench();
    ask(each, 'SET', 'x', '5', 'PX', '10');
    time.ms += 10;
    t.deepEqual(each.command(...words), []);
    t.deepEqual(loggedTimes(each), [time.ms]);
    t.is(each.settle().length, 1);
    // It has it now.
    t.is(each.command(...words).length, 1);
  }
});

test('what nobody asks for is removed when its time has come, and not once the log is about to end', (t) => {
  const { time, bench: each } = bench();
  let turns = 0;
  const expiry = new Expiry(each.sequences, () => turns++);
  ask(each, 'MSET', 'x', '1', 'y', '2');
  ask(each, 'PEXPIRE', 'x', '100');
  ask(each, 'PEXPIRE', 'y', '300');
  time.ms += 250;
  expiry.slice();
  t.is(turns, 1);
  t.is(each.sequences.expired, 0);
  each.settle();
  expiry.slice();
  t.is(turns, 2);
  t.is(each.sequences.expired, 1);
  expiry.stop();
  time.ms += 250;
  t.false(expiry.slice());
  each.settle();
  t.false(expiry.slice());
  t.is(turns, 2);
  t.is(each.sequences.expired, 1);
});

test('what is removed because its time has come stays gone, and the log is not told of it but for the time', (t) => {
  for (const from of ['log', 'base'] as const) {
    const { time, bench: each } = bench();
    const expiry = new Expiry(each.sequences, () => {});
    ask(each, 'MSET', 'x', '1', 'y', '2', 'z', '3');
    ask(each, 'PEXPIRE', 'x', '100');
    ask(each, 'PEXPIRE', 'y', '100');
    const { length } = each.appended;
    time.ms += 250;
    expiry.slice();
    t.deepEqual(loggedTimes(each), [time.ms]);
    // Not before the log has the time.
    expiry.slice();
    t.is(ask(each, 'DBSIZE'), ':3');
    each.settle();
    expiry.slice();
    t.is(each.sequences.expired, 2);
    t.is(ask(each, 'DBSIZE'), ':1');
    t.is(each.appended.length, length + 1);
    t.is(each.sequences.inFlight.size, 0);
    ask(each, 'SET', 'y', '5');
    // The next machine's clock is a quarter of an hour behind.
    const after = next(each, from, EPOCH_MS - 900_000);
    t.is(ask(after, 'MGET', 'x', 'y', 'z'), '*3\r\n$-1\r\n$1\r\n5\r\n$1\r\n3');
    t.is(ask(after, 'TTL', 'y'), ':-1');
    t.is(ask(after, 'DBSIZE'), ':2');
  }
});

test('what expires among very many changes that are confirmed bit by bit leaves nothing behind', async (t) => {
  const { time, bench: each } = bench();
  const { sequences } = each;
  const expiry = new Expiry(sequences, () => {});
  const table = sequences.table(0);
  for (let i = 0; i < 10_000; i++) {
    const name = Buffer.from(`n${i}`);
    sequences.write(table, 0, name, 0, name.length, 1, true, EPOCH_MS + 100);
  }
  time.ms += 250;
  // As a list does that leaves them out.
  sequences.time.lsnOf(EPOCH_MS + 100);
  each.settle();
  t.true(table.pending.size > 0);
  for (let i = 0; table.size > 0 && i < 10_000; i++) expiry.slice();
  for (const ref of table.pending.keys()) t.false(table.slab.hasFlag(ref, SequenceFlag.free));
  each.settle();
  while (!sequences.inFlight.isEmpty) await new Promise((resolve) => setImmediate(resolve));
  t.is(table.pending.size, 0);
  t.is(sequences.expired, 10_000);
});

test('a table that has become empty gives its memory back', (t) => {
  const { bench: each } = bench();
  const expiry = new Expiry(each.sequences, () => {});
  const { sequences } = each;
  const names = Array.from({ length: 300_000 }, (_, i) => Buffer.from(`n${i}`));
  for (const name of names) sequences.table(0).insert(name, 0, name.length);
  const table = sequences.table(0);
  t.true(table.bytes > 8 << 20);
  const [first, ...others] = names as [Buffer, ...Buffer[]];
  for (const name of others) table.remove(table.find(name, 0, name.length));
  sequences.remove(table, table.find(first, 0, first.length));
  const { removedLsn } = table;
  expiry.slice();
  // It may be taken back.
  t.is(sequences.table(0), table);
  each.settle();
  while (!sequences.inFlight.isEmpty) sequences.inFlight.confirm(removedLsn);
  expiry.slice();
  t.true(sequences.table(0).bytes < 1 << 20);
  t.is(sequences.table(0).removedLsn, removedLsn);
  t.is(ask(each, 'EXISTS', 'n1'), ':0');
});
