import test from 'ava';
import { shorten } from './shorten.js';

const numbers = Array.from({ length: 100 }, (_, i) => i);

test('what is not needed to fail is left out', async (t) => {
  const needs = (needed: readonly number[]) => async (items: readonly number[]) =>
    needed.every((each) => items.includes(each));
  t.deepEqual(await shorten(numbers, needs([99])), [99]);
  t.deepEqual(await shorten(numbers, needs([0, 57, 58, 99])), [0, 57, 58, 99]);
  t.deepEqual(await shorten(numbers, needs(numbers)), numbers);
  t.deepEqual(await shorten([1], needs([1])), [1]);
});
