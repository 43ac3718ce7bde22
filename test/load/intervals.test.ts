import test from 'ava';
import fc from 'fast-check';
import { Intervals } from '#dist/load/intervals.js';
import { checkProperty } from '../check-property.js';

test('numbers are there once, whatever order they come in', (t) => {
  const range = fc.record({
    first: fc.integer({ min: 0, max: 60 }),
    length: fc.integer({ min: 1, max: 5 }),
  });
  checkProperty(
    t,
    fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
      const set = new Set<number>();
      const intervals = new Intervals();
      for (const { first, length } of ranges) {
        const numbers = Array.from({ length }, (_, i) => first + i);
        const isNew = numbers.every((number) => !set.has(number));
        if (intervals.add(first, first + length - 1) !== isNew) return false;
        if (isNew) for (const number of numbers) set.add(number);
        const runs = [...set].filter((number) => !set.has(number - 1)).length;
        if (intervals.size !== runs) return false;
      }
      return true;
    }),
  );
  t.pass();
});

test('what is dropped takes no room, and what is above it stays', (t) => {
  const intervals = new Intervals();
  for (const number of [1, 2, 5, 6, 9]) intervals.add(number, number);
  intervals.dropUpTo(5);
  t.is(intervals.size, 2);
  t.false(intervals.add(6, 6));
  t.false(intervals.add(9, 9));
});
