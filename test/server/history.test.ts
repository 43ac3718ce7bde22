import test from 'ava';
import { gapsOf, History, problemsOf } from './history.js';

test('a history of rising numbers has no problem', (t) => {
  const history = new History();
  for (let number = 1; number <= 100; number++) {
    history.returned(history.invoke(number % 3, 'a'), String(number));
  }
  t.deepEqual(problemsOf(history.operations), []);
  t.is(gapsOf(history.operations, 'a'), 0n);
  t.is(history.highest('a'), 100n);
});

test('overlapping takes may be numbered either way', (t) => {
  const history = new History();
  const first = history.invoke(1, 'a');
  const second = history.invoke(2, 'a');
  history.returned(second, '1');
  history.returned(first, '2');
  t.deepEqual(problemsOf(history.operations), []);
});

test('a repeated number is found', (t) => {
  const history = new History();
  const first = history.invoke(1, 'a');
  const second = history.invoke(2, 'a');
  history.returned(first, '7');
  history.returned(second, '7');
  t.regex(problemsOf(history.operations).join(), /^a: 7 .* repeats a number of 7/);
});

test('a number inside the range of another take is found', (t) => {
  const history = new History();
  const wide = history.invoke(1, 'a');
  const second = history.invoke(2, 'a');
  const third = history.invoke(3, 'a');
  history.returned(wide, '10', 10);
  history.returned(second, '3');
  history.returned(third, '10');
  t.is(problemsOf(history.operations).filter((each) => each.includes('repeats')).length, 2);
});

test('a lower number to a later request is found, whoever sent it', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '5');
  history.returned(history.invoke(2, 'a'), '4');
  t.regex(problemsOf(history.operations).join(), /4 .* was sent after the answer of 5/);
});

test('a lower number is found when the higher answer lies far back', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '1000');
  for (let number = 1001; number < 1100; number++) {
    history.returned(history.invoke(1, 'a'), String(number));
  }
  history.returned(history.invoke(2, 'a'), '999');
  t.is(problemsOf(history.operations).length, 1);
});

test('a range that begins below an earlier answer is found', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '5');
  history.returned(history.invoke(2, 'a'), '12', 10);
  t.true(problemsOf(history.operations).length > 0);
});

test('an answer that overtakes an earlier one of its connection is found', (t) => {
  const history = new History();
  const first = history.invoke(1, 'a');
  const second = history.invoke(1, 'a');
  history.returned(second, '2');
  history.returned(first, '1');
  t.regex(problemsOf(history.operations).join(), /answered before/);
});

test('numbers that fall within a pipeline are found', (t) => {
  const history = new History();
  const first = history.invoke(1, 'a');
  const second = history.invoke(1, 'a');
  history.returned(first, '2');
  history.returned(second, '1');
  t.regex(problemsOf(history.operations).join(), /1 .* is not above 2/);
});

test('keys do not disturb each other', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '5');
  history.returned(history.invoke(1, 'b'), '5');
  history.returned(history.invoke(1, 'b'), '6');
  t.deepEqual(problemsOf(history.operations), []);
});

test('a take without an answer is no problem but leaves a gap', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '1');
  history.lost(history.invoke(1, 'a'));
  history.invoke(2, 'a');
  history.returned(history.invoke(1, 'a'), '4');
  t.deepEqual(problemsOf(history.operations), []);
  t.is(gapsOf(history.operations, 'a'), 2n);
});

test('numbers beyond the doubles are told apart', (t) => {
  const history = new History();
  history.returned(history.invoke(1, 'a'), '9223372036854775806');
  history.returned(history.invoke(1, 'a'), '9223372036854775807');
  t.deepEqual(problemsOf(history.operations), []);
});
