import test from 'ava';
import { problemsOf } from './check.js';
import { impossible, possible, SEARCHED, Told } from './judge.js';
import type { Step } from './step.js';

/** What a connection sent without waiting takes effect in its order, also where no answer came. */

const write = (key: string, value: bigint): Step => ({ kind: 'write', key, value });
const read = (key: string): Step => ({ kind: 'read', key });

/** Connection 2 writes 5, then 7; another reads these values meanwhile. */
function written(
  history: Told,
  isFirstAnswered: boolean,
  ...values: readonly (bigint | null)[]
): void {
  const first = history.sent(2, write('x', 5n));
  const second = history.sent(2, write('x', 7n));
  for (const value of values) history.done(read('x'), value);
  if (isFirstAnswered) history.returned(first);
  else history.lost(first);
  history.lost(second);
}

test('what has no answer comes behind what its connection had sent before', (t) => {
  for (const isAnswered of [true, false]) {
    possible(t, (history) => written(history, isAnswered, null, 5n, 7n));
    possible(t, (history) => written(history, isAnswered, 5n, 5n));
    impossible(t, (history) => written(history, isAnswered, 7n, 5n));
  }
  possible(t, (history) => written(history, false, 7n, 7n));
});

test('what has no answer may come behind that of another connection', (t) => {
  possible(t, (history) => {
    const first = history.sent(2, write('x', 5n));
    const second = history.sent(3, write('x', 7n));
    history.done(read('x'), 7n);
    history.done(read('x'), 5n);
    history.lost(first);
    history.lost(second);
  });
});

test('of different sequences, the order shows only where something looks at both', (t) => {
  const both = (history: Told, x: bigint | null, y: bigint | null) => {
    const first = history.sent(2, write('x', 5n));
    const second = history.sent(2, write('y', 7n));
    history.returned(history.invoke(3, read('x'), read('y')), x, y);
    history.lost(first);
    history.lost(second);
  };
  possible(t, (history) => both(history, 5n, null));
  possible(t, (history) => both(history, 5n, 7n));
  possible(t, (history) => both(history, null, null));
});

test('a crash brings back only what a log had that has failed', (t) => {
  const history = new Told();
  written(history, false, 7n);
  history.happened('crash');
  history.done(read('x'), 5n);
  t.is(problemsOf(history, SEARCHED).length, 1);
  t.deepEqual(problemsOf(history, { ...SEARCHED, mayFail: true }), []);
});
