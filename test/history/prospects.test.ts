import test from 'ava';
import { problemsOf } from './check.js';
import { impossible, possible, SEARCHED, Told } from './judge.js';
import type { Step } from './step.js';

const KEYS = ['r', 's', 't', 'u', 'v', 'w'];
const write = (key: string, value: number): Step => ({ kind: 'write', key, value: BigInt(value) });
const read = (key: string): Step => ({ kind: 'read', key });
const take = (key: string, amount = 1): Step => ({ kind: 'take', key, amount: BigInt(amount) });

/** Sequences that some operation has to do with together, and many writes of each without an answer; then the server ends. */
function manyWrites(history: Told, end: 'crash' | 'restart'): void {
  history.returned(history.invoke(1, ...KEYS.map((key) => write(key, 1))));
  let connection = 1;
  for (const key of KEYS) {
    for (let value = 2; value < 6; value++) {
      history.lost(history.sent(++connection, write(key, value)));
    }
  }
  history.happened(end);
}

test('what many writes without an answer have left is found sequence by sequence', (t) => {
  for (const end of ['crash', 'restart'] as const) {
    const undecided: (readonly string[])[] = [];
    const problems = (values: readonly number[]) => {
      const history = new Told();
      manyWrites(history, end);
      KEYS.forEach((key, at) => {
        history.done(read(key), BigInt(values[at] as number));
      });
      const onUndecided = (keys: readonly string[]) => undecided.push(keys);
      return problemsOf(history, { ...SEARCHED, budget: 2000, onUndecided });
    };
    t.deepEqual(problems([5, 1, 3, 2, 4, 5]), []);
    t.is(problems([5, 1, 3, 2, 4, 6]).length, 1);
    t.deepEqual(undecided, []);
  }
});

test('so it is when a life in which nobody was answered lies between', (t) => {
  const later = (last: number) => (history: Told) => {
    manyWrites(history, 'crash');
    history.lost(history.sent(70, write('r', 7)));
    history.happened('crash');
    KEYS.forEach((key, at) => {
      history.done(read(key), BigInt(at === 0 ? last : 5));
    });
  };
  possible(t, later(7));
  possible(t, later(4));
  impossible(t, later(8));
});

test('what comes without an answer before the first look counts', (t) => {
  const first = (value: bigint, isDying: boolean) => (history: Told) => {
    history.done(write('a', 1));
    history.happened('restart');
    history.lost(history.sent(2, take('a', 2)));
    if (isDying) history.happened('workerDeath');
    history.done(take('a'), value);
  };
  possible(t, first(2n, false));
  possible(t, first(4n, false));
  impossible(t, first(9n, false));
  possible(t, first(9n, true));
});

test('a refused write comes back at the end of a life that ends with a crash, and of no other', (t) => {
  const refused = (end: 'crash' | 'restart', isSeen: boolean, value: number) => (history: Told) => {
    history.done(write('x', 1));
    history.happened('restart');
    history.failed(history.sent(2, write('x', 2)), 'refused');
    if (isSeen) history.done(read('x'), 1n);
    history.happened(end);
    history.done(read('x'), BigInt(value));
  };
  for (const isSeen of [true, false]) {
    possible(t, refused('crash', isSeen, 1));
    possible(t, refused('crash', isSeen, 2));
    possible(t, refused('restart', isSeen, 1));
    impossible(t, refused('restart', isSeen, 2));
  }
});
