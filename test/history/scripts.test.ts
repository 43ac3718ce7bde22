import test from 'ava';
import { type CheckOptions, problemsOf } from './check.js';
import { SEARCHED, Told } from './judge.js';
import type { Answer, Step } from './step.js';

const take = (amount: number): Step => ({ kind: 'take', key: 'a', amount: BigInt(amount) });

const OPTIONS: readonly CheckOptions[] = [
  SEARCHED,
  { gaps: 'over crashes' },
  { ...SEARCHED, gaps: 'never' },
];

/** How many of the options find something in it. */
function findings(fill: (history: Told) => void): number {
  const history = new Told();
  fill(history);
  return OPTIONS.filter((options) => problemsOf(history, options).length > 0).length;
}

/** A script takes five numbers and ends with an error, between these takes of others. */
const script = (before: bigint, behind: bigint) => (history: Told) => {
  history.done(take(1), before);
  history.returned(history.invoke(2, take(5)));
  history.done(take(1), behind);
};

test('what a script took before its error is taken, though nobody tells it', (t) => {
  t.is(findings(script(1n, 7n)), 0);
  t.is(findings(script(1n, 8n)), 3);
  // Whether it was executed is found by looking for an order only.
  t.is(findings(script(1n, 2n)), 2);
});

test('in a transaction, too, it stands between what is told before it and behind it', (t) => {
  const transaction = (...answers: Answer[]) => {
    return findings((history) => {
      history.returned(history.invoke(2, take(1), take(5), take(1)), ...answers);
      history.done(take(1), 8n);
    });
  };
  t.is(transaction(1n, undefined, 7n), 0);
  t.is(transaction(1n, undefined, 2n), 2);
  t.is(transaction(2n, undefined, 7n), 2);
  t.is(transaction(8n, undefined, 7n), 3);
});
