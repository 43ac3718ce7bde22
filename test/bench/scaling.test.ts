import test from 'ava';
import { modelledRate } from '../../bench/scaling.js';

test('a modelled rate is bound by the workers first, and by the master in the end', (t) => {
  const costs = { master: 0.1, workers: 0.9, writer: 0 };
  t.is(modelledRate(costs, 2), 1 / 0.9);
  t.is(modelledRate(costs, 4), 3 / 0.9);
  t.is(modelledRate(costs, 8), 7 / 0.9);
  t.is(modelledRate(costs, 16), 10);
  t.is(modelledRate(costs, 32), 10);
});

test('a modelled rate is bound by all cores together', (t) => {
  t.is(modelledRate({ master: 1, workers: 1, writer: 2 }, 2), 0.5);
});
