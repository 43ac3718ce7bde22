import test from 'ava';
import { addCounts, cumulative, Histogram, percentile } from '#dist/commands/histogram.js';

function counted(...nanoseconds: number[]) {
  const histogram = new Histogram();
  for (const each of nanoseconds) histogram.add(each);
  return histogram.sparse();
}

test('a percentile is at most a sixteenth above what was counted, and never below', (t) => {
  for (let ns = 0; ns < 2 ** 31; ns = Math.ceil(ns * 1.07) + 1) {
    const found = percentile(counted(ns), 50);
    t.true(found >= ns && found <= ns * (1 + 1 / 16), `${ns}: ${found}`);
  }
});

test('percentiles go by the number of samples', (t) => {
  const counts = counted(...Array.from({ length: 1000 }, (_, i) => (i + 1) * 1000));
  for (const percent of [1, 50, 90, 99, 99.9, 100]) {
    const exact = percent * 10_000;
    const found = percentile(counts, percent);
    t.true(found >= exact && found <= exact * 1.0625 + 1, `${percent}: ${found}`);
  }
  t.true(percentile(counts, 0) >= 1000);
  t.is(percentile([], 50), 0);
});

test('what is shorter or longer than can be counted is counted at the ends', (t) => {
  t.deepEqual(counted(-1, 0, 0.4), [0, 3]);
  t.is(percentile(counted(1e15), 50), 2 ** 31 - 1);
});

test('the counts of two processes are added, in order', (t) => {
  const [a, b] = [counted(5, 1000), counted(5, 7)];
  t.deepEqual(addCounts(a, b), counted(5, 5, 7, 1000));
});

test('the cumulative form has the steps of Redis, and ends with all calls', (t) => {
  t.deepEqual(cumulative(counted(100, 1000, 1500, 40_000), 400), [
    [1, 200],
    [2, 300],
    [66, 400],
  ]);
  t.deepEqual(cumulative(counted(20_000), 7), [[33, 7]]);
  t.deepEqual(cumulative([], 7), []);
});
