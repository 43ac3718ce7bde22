import test, { type ExecutionContext } from 'ava';
import { type CheckOptions, problemsOf } from './check.js';
import { History } from './history.js';
import type { Step } from './step.js';

const SEARCHED: CheckOptions = { gaps: 'over crashes', isSearched: true };

const write = (key: string, value: number): Step => ({ kind: 'write', key, value: BigInt(value) });
const remove = (key: string): Step => ({ kind: 'remove', key });
const read = (key: string): Step => ({ kind: 'read', key });
const take = (key: string, amount: number): Step => ({ kind: 'take', key, amount: BigInt(amount) });

function possible(t: ExecutionContext, fill: (history: History) => void): void {
  const history = new History();
  fill(history);
  t.deepEqual(problemsOf(history, SEARCHED), []);
}

function impossible(t: ExecutionContext, fill: (history: History) => void): void {
  const history = new History();
  fill(history);
  const problems = problemsOf(history, SEARCHED);
  t.is(problems.length, 1);
  t.regex(problems.join(), /none of these could come next/);
}

test('a written value that is not read afterwards is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 5)));
    history.returned(history.invoke(1, write('g', 6)));
    history.returned(history.read(2, 'g'), 5n);
  });
});

test('two writes at the same time may come in either order, but not in both', (t) => {
  const both = (history: History, second: bigint) => {
    const one = history.invoke(1, write('g', 5));
    const other = history.invoke(2, write('g', 6));
    history.returned(one);
    history.returned(other);
    history.returned(history.read(3, 'g'), 5n);
    history.returned(history.read(3, 'g'), second);
  };
  possible(t, (history) => both(history, 5n));
  impossible(t, (history) => both(history, 6n));
});

test('a decrement that is lost is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, take('g', -1)), -1n);
    history.returned(history.invoke(2, take('g', -1)), -1n);
  });
});

test('a removal that told of a sequence that was not there is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, remove('g')), true);
  });
});

test('a removal that found nothing where something was is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.returned(history.invoke(1, remove('g')), false);
  });
});

test('a sequence that comes back after its removal is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.returned(history.invoke(1, remove('g')), true);
    history.returned(history.read(1, 'g'), 1n);
  });
});

test('a write without an answer may take effect late, once, or never', (t) => {
  const lost = (history: History, ...values: bigint[]) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.lost(history.invoke(2, write('g', 7)));
    for (const value of values) history.returned(history.read(1, 'g'), value);
  };
  possible(t, (history) => lost(history, 1n, 1n));
  possible(t, (history) => lost(history, 1n, 7n));
  possible(t, (history) => lost(history, 7n, 7n));
  impossible(t, (history) => lost(history, 7n, 1n));
});

test('a write without an answer takes no effect behind the end of its server', (t) => {
  for (const end of ['crash', 'restart'] as const) {
    impossible(t, (history) => {
      history.returned(history.invoke(1, write('g', 1)));
      history.lost(history.invoke(2, write('g', 7)));
      history.happened(end);
      history.returned(history.read(1, 'g'), 1n);
      history.returned(history.read(1, 'g'), 7n);
    });
  }
});

test('a write that failed takes no effect', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.failed(history.invoke(2, write('g', 7)), 'fail');
    history.returned(history.read(1, 'g'), 7n);
  });
});

test('a write that was refused takes effect at a crash or never, not before it', (t) => {
  const refused = (history: History, before: bigint, after: bigint) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.failed(history.invoke(2, write('g', 7)), 'refused');
    history.returned(history.read(1, 'g'), before);
    history.happened('crash');
    history.returned(history.read(1, 'g'), after);
  };
  possible(t, (history) => refused(history, 1n, 1n));
  possible(t, (history) => refused(history, 1n, 7n));
  impossible(t, (history) => refused(history, 7n, 7n));
});

test('an acknowledged write that a crash loses is found', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.returned(history.invoke(1, write('g', 2)));
    history.happened('crash');
    history.returned(history.read(1, 'g'), 1n);
  });
});

test('a crash skips what a counter has reserved, and nothing of a gauge or of a value that was written', (t) => {
  const crash = (history: History, value: bigint, ...steps: Step[]) => {
    for (const step of steps) history.returned(history.invoke(1, step));
    history.happened('crash');
    history.returned(history.read(1, 'g'), value);
  };
  possible(t, (history) => crash(history, 9n, write('g', 1), take('g', 1)));
  impossible(t, (history) => crash(history, 1n, write('g', 1), take('g', 1)));
  impossible(t, (history) => crash(history, 9n, write('g', 1)));
  impossible(t, (history) => crash(history, 9n, write('g', 3), take('g', -1), take('g', 1)));
  impossible(t, (history) => crash(history, 9n, write('g', 3), write('g', 2), take('g', 1)));
});

test('a stop that was asked for skips nothing', (t) => {
  impossible(t, (history) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.returned(history.invoke(1, take('g', 1)), 2n);
    history.happened('restart');
    history.returned(history.invoke(1, take('g', 1)), 4n);
  });
});

test('the death of a worker may skip the rest of a block at any later time, once', (t) => {
  const death = (history: History, ...values: bigint[]) => {
    history.returned(history.invoke(1, write('g', 1)));
    history.returned(history.invoke(1, take('g', 1)), 2n);
    history.happened('workerDeath');
    for (const value of values) history.returned(history.invoke(1, take('g', 1)), value);
  };
  possible(t, (history) => death(history, 3n, 9n, 10n));
  impossible(t, (history) => death(history, 5n, 9n));
});

test('a read of two sequences in the middle of a transaction is found', (t) => {
  const torn = (history: History, x: bigint, y: bigint) => {
    history.returned(history.invoke(1, write('x', 1), write('y', 1)));
    const transaction = history.invoke(1, write('x', 2), write('y', 2));
    history.returned(history.invoke(2, read('x'), read('y')), x, y);
    history.returned(transaction);
  };
  possible(t, (history) => torn(history, 1n, 1n));
  possible(t, (history) => torn(history, 2n, 2n));
  impossible(t, (history) => torn(history, 2n, 1n));
  impossible(t, (history) => torn(history, 1n, 2n));
});

test('a write of another client within a transaction is found', (t) => {
  impossible(t, (history) => {
    const transaction = history.invoke(1, write('g', 1), take('g', 1));
    const other = history.invoke(2, write('g', 5));
    history.returned(transaction, undefined, 6n);
    history.returned(other);
  });
});

test('commands of one connection that take effect out of order are found', (t) => {
  impossible(t, (history) => {
    const first = history.invoke(1, write('g', 1));
    const second = history.invoke(1, write('g', 2));
    history.returned(first);
    history.returned(second);
    history.returned(history.read(2, 'g'), 1n);
  });
});

test('a search that is too long for its budget says so', (t) => {
  const history = new History();
  for (let number = 0; number < 12; number++) {
    history.lost(history.invoke(number, write('g', number)));
    history.lost(history.invoke(100 + number, take('g', 1)));
  }
  history.returned(history.read(99, 'g'), 1000n);
  const undecided: string[] = [];
  const onUndecided = (keys: readonly string[]) => undecided.push(...keys);
  t.deepEqual(problemsOf(history, { ...SEARCHED, budget: 200, onUndecided }), []);
  t.deepEqual(undecided, ['g']);
});
