import test from 'ava';
import { gapsOf, problemsOf } from './check.js';
import { History } from './history.js';

test('a history of rising numbers has no problem', (t) => {
  const history = new History();
  for (let number = 1; number <= 100; number++) {
    history.returned(history.take(number % 3, 'a'), BigInt(number));
  }
  t.deepEqual(problemsOf(history), []);
  t.is(gapsOf(history, 'a'), 0n);
  t.is(history.highest('a'), 100n);
});

test('overlapping takes may be numbered either way', (t) => {
  const history = new History();
  const first = history.take(1, 'a');
  const second = history.take(2, 'a');
  history.returned(second, 1n);
  history.returned(first, 2n);
  t.deepEqual(problemsOf(history), []);
});

test('a repeated number is found', (t) => {
  const history = new History();
  const first = history.take(1, 'a');
  const second = history.take(2, 'a');
  history.returned(first, 7n);
  history.returned(second, 7n);
  t.regex(problemsOf(history).join(), /^a: 7 .* repeats a number of 7/);
});

test('a number inside the range of another take is found', (t) => {
  const history = new History();
  const wide = history.take(1, 'a', 10);
  const second = history.take(2, 'a');
  const third = history.take(3, 'a');
  history.returned(wide, 10n);
  history.returned(second, 3n);
  history.returned(third, 10n);
  t.is(problemsOf(history).filter((each) => each.includes('repeats')).length, 2);
});

test('a lower number to a later request is found, whoever sent it', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 5n);
  history.returned(history.take(2, 'a'), 4n);
  t.regex(problemsOf(history).join(), /4 .* was sent after the answer of 5/);
});

test('a lower number is found when the higher answer lies far back', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 1000n);
  for (let number = 1001; number < 1100; number++) {
    history.returned(history.take(1, 'a'), BigInt(number));
  }
  history.returned(history.take(2, 'a'), 999n);
  t.is(problemsOf(history).length, 1);
});

test('a range that begins below an earlier answer is found', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 5n);
  history.returned(history.take(2, 'a', 10), 12n);
  t.true(problemsOf(history).length > 0);
});

test('an answer that overtakes an earlier one of its connection is found', (t) => {
  const history = new History();
  const first = history.take(1, 'a');
  const second = history.take(1, 'a');
  history.returned(second, 2n);
  history.returned(first, 1n);
  t.regex(problemsOf(history).join(), /answered before/);
});

test('numbers that fall within a pipeline are found', (t) => {
  const history = new History();
  const first = history.take(1, 'a');
  const second = history.take(1, 'a');
  history.returned(first, 2n);
  history.returned(second, 1n);
  t.regex(problemsOf(history).join(), /1 .* is not above 2/);
});

test('keys do not disturb each other', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 5n);
  history.returned(history.take(1, 'b'), 5n);
  history.returned(history.take(1, 'b'), 6n);
  t.deepEqual(problemsOf(history), []);
});

test('a take without an answer is no problem but leaves a gap', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 1n);
  history.lost(history.take(1, 'a'));
  history.take(2, 'a');
  history.returned(history.take(1, 'a'), 4n);
  t.deepEqual(problemsOf(history), []);
  t.is(gapsOf(history, 'a'), 2n);
});

test('numbers beyond the doubles are told apart', (t) => {
  const history = new History();
  history.returned(history.take(1, 'a'), 9223372036854775806n);
  history.returned(history.take(1, 'a'), 9223372036854775807n);
  t.deepEqual(problemsOf(history), []);
});
