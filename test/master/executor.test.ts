import test from 'ava';
import { INT64_MAX, INT64_MIN } from '#dist/protocol/int64.js';
import { Bench } from './executor-bench.js';

const OVERFLOW = 'ERR increment or decrement would overflow';

test('the part of a run that is durable is answered now, and the rest when it is', (t) => {
  const bench = new Bench();
  t.deepEqual(bench.take('x', 1, 1), []);
  t.deepEqual(bench.settle(), ['1 last 1 from 1 by 1']);
  t.deepEqual(bench.take('x', 1, 150), ['2 99 from 2 by 1']);
  t.deepEqual(bench.take('y', 5, 1), []);
  t.deepEqual(bench.settle(), ['2 last 51 from 101 by 1', '3 last 1 from 5 by 5']);
});

test('the refusal of a part of a run comes behind the part that waits', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', `${INT64_MAX - 3n}`);
  bench.settle();
  t.deepEqual(bench.take('x', 1, 5), []);
  t.deepEqual(bench.settle(), [`2 3 from ${INT64_MAX - 2n} by 1`, `2 last 2 × ${OVERFLOW}`]);
  t.deepEqual(bench.take('x', 1, 2), [`3 last 2 × ${OVERFLOW}`]);
});

test('a run over more than 64 bits is answered exactly', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', `${INT64_MIN}`);
  bench.settle();
  t.deepEqual(bench.take('x', 2n ** 62n, 3), []);
  t.deepEqual(bench.settle(), [`2 last 3 from ${INT64_MIN + 2n ** 62n} by ${2n ** 62n}`]);
});

test('a read waits for what it shows, and for no other sequence', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', '7');
  bench.settle();
  bench.command('SET', 'y', '8');
  t.deepEqual(bench.command('GET', 'x'), ['3 last $1\r\n7\r\n']);
  t.deepEqual(bench.command('GET', 'y'), []);
  t.deepEqual(bench.settle(), ['2 last +OK\r\n', '4 last $1\r\n8\r\n']);
});

test('the absence of a removed sequence is shown when the removal is durable', (t) => {
  const bench = new Bench();
  bench.command('SET', 'x', '7');
  bench.settle();
  t.deepEqual(bench.command('DEL', 'x'), []);
  t.deepEqual(bench.command('GET', 'x'), []);
  t.deepEqual(bench.command('FLUSHALL'), []);
  t.deepEqual(bench.settle(), ['2 last :1\r\n', '3 last $-1\r\n', '4 last +OK\r\n']);
});

test('FLUSHALL waits for a removal in another database', (t) => {
  const bench = new Bench();
  const name = Buffer.from('x');
  const table = bench.sequences.table(1);
  bench.sequences.write(table, 0, name, 0, 1, 7, false);
  bench.settle();
  bench.sequences.remove(table, table.find(name, 0, 1));
  bench.log.flush();
  t.deepEqual(bench.command('FLUSHALL'), []);
  t.deepEqual(bench.settle(), ['1 last +OK\r\n']);
});

test('what waits when the log fails is refused, and what needs no disk is answered', (t) => {
  const bench = new Bench();
  bench.take('x', 1, 1);
  bench.settle();
  t.deepEqual(bench.take('x', 1, 100), ['2 99 from 2 by 1']);
  t.deepEqual(bench.command('SET', 'y', '1'), []);
  t.deepEqual(bench.fail(), ['2 last 1 × MISCONF disk full', '3 last -MISCONF disk full\r\n']);
  t.deepEqual(bench.command('GET', 'x'), ['4 last $3\r\n100\r\n']);
  t.deepEqual(bench.command('GET', 'y'), ['5 last $-1\r\n']);
  const [refused] = bench.take('x', 1, 2);
  t.regex(refused ?? '', /^6 last 2 × MISCONF .*disk full$/);
  t.regex(bench.command('DEL', 'x')[0] ?? '', /^7 last -MISCONF /);
});
