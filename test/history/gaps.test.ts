import test from 'ava';
import { type CheckOptions, problemsOf } from './check.js';
import { History } from './history.js';

const OVER_CRASHES: CheckOptions = { gaps: 'over crashes' };

function taken(history: History, connection: number, value: bigint, amount = 1): void {
  history.returned(history.take(connection, 'a', amount), value);
}

test('a number that nobody can have taken is missed', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  taken(history, 1, 3n);
  t.regex(problemsOf(history, OVER_CRASHES).join(), /^a: nobody can have taken the 1 numbers/);
  t.deepEqual(problemsOf(history), []);
});

test('a crash between its neighbours explains a missing number, one before or behind them does not', (t) => {
  for (const [crash, isExplained] of [
    [0, false],
    [1, true],
    [2, false],
  ] as const) {
    const history = new History();
    if (crash === 0) history.happened('crash');
    taken(history, 1, 1n);
    if (crash === 1) history.happened('crash');
    taken(history, 1, 3n);
    if (crash === 2) history.happened('crash');
    t.is(problemsOf(history, OVER_CRASHES).length, isExplained ? 0 : 1);
    t.is(problemsOf(history, { gaps: 'never' }).length, 1);
  }
});

test('a stop that was asked for explains nothing', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.happened('restart');
  taken(history, 1, 3n);
  t.is(problemsOf(history, OVER_CRASHES).length, 1);
});

test('the death of a worker explains a missing number, like a crash', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.happened('workerDeath');
  taken(history, 1, 3n);
  t.deepEqual(problemsOf(history, OVER_CRASHES), []);
});

test('a take without an answer explains as many numbers as it asked for, once', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.lost(history.take(2, 'a', 2));
  taken(history, 1, 4n);
  t.deepEqual(problemsOf(history, { gaps: 'never' }), []);
  taken(history, 1, 6n);
  t.true(problemsOf(history, { gaps: 'never' }).length > 0);
});

test('a take that was sent after the number behind the gap explains nothing', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  taken(history, 1, 3n);
  history.lost(history.take(2, 'a'));
  t.is(problemsOf(history, OVER_CRASHES).length, 1);
});

test('a take that failed or was refused explains nothing', (t) => {
  for (const outcome of ['fail', 'refused'] as const) {
    const history = new History();
    taken(history, 1, 1n);
    history.failed(history.take(2, 'a'), outcome);
    taken(history, 1, 3n);
    t.is(problemsOf(history, OVER_CRASHES).length, 1);
  }
});

test('a take that was refused explains a missing number over a crash, even where nothing is skipped', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.failed(history.take(2, 'a'), 'refused');
  history.happened('crash');
  taken(history, 1, 3n);
  t.deepEqual(problemsOf(history, { gaps: 'never' }), []);
  taken(history, 1, 5n);
  t.is(problemsOf(history, { gaps: 'never' }).length, 1);
});

test('a read that shows more than was taken is found', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.returned(history.read(2, 'a'), 2n);
  t.regex(problemsOf(history, OVER_CRASHES).join(), /a read of 2/);
});

test('a read that shows less than was answered before is found', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  taken(history, 1, 2n);
  history.returned(history.read(2, 'a'), 1n);
  t.regex(problemsOf(history).join(), /a read of 1 .* was sent after the answer of 2/);
});

test('a read of none after a take is found', (t) => {
  const history = new History();
  taken(history, 1, 1n);
  history.returned(history.read(2, 'a'), null);
  t.regex(problemsOf(history).join(), /a read of 0 .* was sent after the answer of 1/);
});

test('a read that goes back behind another read is found', (t) => {
  const history = new History();
  const both = [history.take(1, 'a'), history.take(2, 'a')] as const;
  history.returned(history.read(3, 'a'), 2n);
  history.returned(history.read(4, 'a'), 1n);
  history.returned(both[0], 1n);
  history.returned(both[1], 2n);
  t.regex(problemsOf(history).join(), /a read of 1 .* was sent after the answer of a read of 2/);
});

test('a take below an earlier read is found', (t) => {
  const history = new History();
  const slow = history.take(1, 'a');
  history.returned(history.read(2, 'a'), 1n);
  taken(history, 2, 1n);
  history.lost(slow);
  t.regex(problemsOf(history).join(), /1 .* was sent after the answer of a read of 1/);
});

test('a read in the middle of a range is found', (t) => {
  const history = new History();
  const range = history.take(1, 'a', 10);
  history.returned(history.read(2, 'a'), 5n);
  history.returned(range, 10n);
  t.regex(problemsOf(history, OVER_CRASHES).join(), /a read of 5 .* shows a part of 1\.\.10/);
});

test('a number of another take between those of one transaction is found', (t) => {
  const history = new History();
  const step = () => ({ kind: 'take', key: 'a', amount: 1n }) as const;
  const transaction = history.invoke(1, step(), step());
  const other = history.take(2, 'a');
  history.returned(transaction, 1n, 3n);
  history.returned(other, 2n);
  t.regex(problemsOf(history).join(), /3 .* does not follow 1 .* in its transaction/);
});

test('hundreds of thousands of takes and reads with crashes among them are judged', (t) => {
  const history = new History();
  let value = 0n;
  for (let number = 1; number <= 300_000; number++) {
    if (number % 1000 === 0) {
      history.happened('crash');
      value += 10n;
    }
    const amount = 1 + (number % 3);
    const take = history.take(number % 50, 'a', amount);
    value += BigInt(amount);
    if (number % 7 === 0) history.lost(take);
    else history.returned(take, value);
    if (number % 5 === 0) history.returned(history.read(51, 'a'), value);
  }
  t.deepEqual(problemsOf(history, OVER_CRASHES), []);
  const { steps } = history.answered()[200_000] ?? { steps: [] };
  const [step] = steps;
  if (step?.kind === 'take' || step?.kind === 'read') step.value = (step.value ?? 0n) - 1n;
  t.true(problemsOf(history, OVER_CRASHES).length > 0);
});

test('a crash skips no more than it may', (t) => {
  const problems = (crashes: number, untold: number) => {
    const history = new History();
    taken(history, 1, 1n);
    if (untold > 0) history.lost(history.take(2, 'a', untold));
    for (let crash = 0; crash < crashes; crash++) history.happened('crash');
    taken(history, 1, 12n);
    return problemsOf(history, { gaps: 'over crashes', skipped: 5 }).length;
  };
  t.is(problems(1, 0), 1);
  t.is(problems(2, 0), 0);
  t.is(problems(1, 4), 1);
  t.is(problems(1, 5), 0);
});
