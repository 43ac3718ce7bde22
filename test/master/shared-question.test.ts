import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { SharedQuestion } from '#dist/master/shared-question.js';

/** A question whose answers the test gives: each is the number of the gathering. */
function question() {
  const gatherings: ((error?: Error) => void)[] = [];
  const shared = new SharedQuestion(
    () =>
      new Promise<number>((resolve, reject) => {
        const number = gatherings.length + 1;
        gatherings.push((error) => (error === undefined ? resolve(number) : reject(error)));
      }),
  );
  return { shared, gatherings };
}

test('a thousand that ask at once are answered by two gatherings, the second begun after they asked', async (t) => {
  const { shared, gatherings } = question();
  const answers = Array.from({ length: 1000 }, () => shared.ask());
  t.is(gatherings.length, 1);
  gatherings[0]?.();
  t.is(await answers[0], 1);
  await nextTurn();
  t.is(gatherings.length, 2);
  gatherings[1]?.();
  t.deepEqual(new Set(await Promise.all(answers.slice(1))), new Set([2]));
  const later = shared.ask();
  await nextTurn();
  gatherings[2]?.();
  t.is(await later, 3, 'an answer was kept');
});

test('answers are given out a few in a turn', async (t) => {
  const { shared, gatherings } = question();
  const first = shared.ask();
  let answered = 0;
  const rest = Array.from({ length: 100 }, () => shared.ask().then(() => answered++));
  gatherings[0]?.();
  await first;
  await nextTurn();
  gatherings[1]?.();
  await nextTurn();
  t.true(answered > 0 && answered < 50, `${answered} in one turn`);
  await Promise.all(rest);
  t.is(answered, 100);
});

test('a gathering that fails is the answer to those who asked for it, and to nobody else', async (t) => {
  const { shared, gatherings } = question();
  const first = shared.ask();
  const second = shared.ask();
  gatherings[0]?.(new Error('gone'));
  await t.throwsAsync(first, { message: 'gone' });
  await nextTurn();
  gatherings[1]?.();
  t.is(await second, 2);
});
