import test, { type ExecutionContext } from 'ava';
import { problemsOf } from './check.js';
import { impossible, possible, SEARCHED, Told } from './judge.js';
import type { Step } from './step.js';

const write = (key: string, value: number, ms = 0): Step => ({
  kind: 'write',
  key,
  value: BigInt(value),
  ...(ms === 0 ? {} : { expiry: { kind: 'in', ms } }),
});
const watch = (...keys: string[]): Step => ({ kind: 'watch', keys, isFirst: true });

/** A connection watches x, `between` happens, and an EXEC that writes y was executed, or was not. */
function watching(between: (history: Told) => void, isMet: boolean, before?: Step) {
  return (history: Told) => {
    if (before !== undefined) history.done(before);
    history.returned(history.sent(7, watch('x')));
    between(history);
    const exec = history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1));
    history.returned(exec, isMet);
  };
}

function tells(t: ExecutionContext, between: (history: Told) => void, before?: Step): void {
  possible(t, watching(between, false, before));
  impossible(t, watching(between, true, before));
}

function tellsNothing(t: ExecutionContext, between: (history: Told) => void, before?: Step): void {
  possible(t, watching(between, true, before));
  impossible(t, watching(between, false, before));
}

test('an EXEC is executed when nothing that is watched has changed, and only then', (t) => {
  tellsNothing(t, () => {});
  tellsNothing(t, (history) => history.done(write('z', 1)));
  tellsNothing(t, (history) => history.done({ kind: 'read', key: 'x' }, null));
  tellsNothing(t, (history) => history.done({ kind: 'remove', key: 'x' }, false));
  tells(t, (history) => history.done(write('x', 1)));
  tells(t, (history) => history.done(write('x', 5)), write('x', 5));
  tells(t, (history) => history.done({ kind: 'take', key: 'x', amount: 1n }, 1n));
  tells(t, (history) => history.done({ kind: 'remove', key: 'x' }, true), write('x', 5));
});

test('a deadline that is set, or passes, is a change, and one that has passed before is none', (t) => {
  tells(
    t,
    (h) => h.done({ kind: 'expire', key: 'x', expiry: { kind: 'in', ms: 9 } }, true),
    write('x', 5),
  );
  tells(
    t,
    (h) => {
      h.nowMs += 100;
    },
    write('x', 5, 100),
  );
  tellsNothing(
    t,
    (h) => {
      h.nowMs += 99;
    },
    write('x', 5, 100),
  );
  const old = (isMet: boolean) => (history: Told) => {
    history.done(write('x', 5, 100));
    history.nowMs += 100;
    watching(() => {}, isMet)(history);
  };
  possible(t, old(true));
  impossible(t, old(false));
});

test('a WATCH, and an EXEC that is executed, tell nobody that something has expired; a nil does', (t) => {
  type Told7 = (history: Told) => void;
  /** x is over by a clock that is wrong; then the server crashes, and its next one's clock is right. */
  const setBack = (tell: Told7, first: Told7 = () => {}) => {
    return (history: Told) => {
      history.done({ kind: 'write', key: 'x', value: 1n, expiry: { kind: 'at', ms: 2000 } });
      first(history);
      history.nowMs++;
      history.clockSet(60_000);
      history.nowMs++;
      tell(history);
      history.happened('crash');
      history.nowMs++;
      history.clockSet(0);
      history.nowMs++;
      history.done({ kind: 'read', key: 'x' }, 1n);
    };
  };
  const look: Told7 = (history) => history.returned(history.sent(7, watch('x')));
  const exec = (isMet: boolean): Told7 => {
    return (history) =>
      history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), isMet);
  };
  const all = (...steps: Told7[]): Told7 => {
    return (history) => {
      for (const step of steps) step(history);
    };
  };
  possible(t, setBack(look));
  possible(t, setBack(all(look, exec(true))));
  impossible(t, setBack(all(look, exec(false))));
  impossible(t, setBack(exec(false), look));
  impossible(t, setBack(exec(true), look));
  impossible(
    t,
    setBack((history) => history.done({ kind: 'read', key: 'x' }, null)),
  );
  impossible(t, setBack(all(look, (history) => history.done({ kind: 'read', key: 'x' }, 1n))));
});

test('what a WATCH has found to be over is over for all as long as the server lives', (t) => {
  /** The clock was wrong for a moment: from then on nobody knows what the server's shows. */
  const uncertain = (values: readonly (bigint | null)[], isMet: boolean) => (history: Told) => {
    history.done({ kind: 'write', key: 'x', value: 1n, expiry: { kind: 'at', ms: 30_000 } });
    history.nowMs++;
    history.clockSet(60_000);
    history.clockSet(0);
    history.nowMs++;
    history.returned(history.sent(7, watch('x')));
    for (const value of values) history.done({ kind: 'read', key: 'x' }, value);
    history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), isMet);
  };
  possible(t, uncertain([], true));
  possible(t, uncertain([], false));
  possible(t, uncertain([null], true));
  possible(t, uncertain([null], false));
  possible(t, uncertain([1n, null], false));
  impossible(t, uncertain([1n, null], true));
});

test('an exchange is no change where there was nothing and what comes is over', (t) => {
  const swap: Step = { kind: 'swap', pairs: [['x', 'z']] };
  const over = (key: string, isMet: boolean) => (history: Told) => {
    history.done(write(key, 5, 100));
    history.nowMs += 100;
    history.returned(history.sent(7, watch('x')));
    history.done(swap);
    history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), isMet);
  };
  for (const key of ['x', 'z']) {
    possible(t, over(key, true));
    impossible(t, over(key, false));
  }
  tells(
    t,
    (history) => {
      history.nowMs += 100;
      history.done(swap);
    },
    write('x', 5, 100),
  );
});

test('an exchange, a move and a creation are changes of all that they reach', (t) => {
  tells(t, (h) => h.done({ kind: 'swap', pairs: [['x', 'z']] }), write('x', 5));
  tells(t, (h) => h.done({ kind: 'swap', pairs: [['x', 'z']] }), write('z', 5));
  tellsNothing(t, (h) => h.done({ kind: 'swap', pairs: [['x', 'z']] }));
  const move = (key: string, to: string, isCopy: boolean): Step => {
    return { kind: 'move', key, to, isCopy, replaces: true };
  };
  tells(t, (h) => h.done(move('x', 'z', false), true), write('x', 5));
  tellsNothing(t, (h) => h.done(move('x', 'z', true), true), write('x', 5));
  tells(t, (h) => h.done(move('z', 'x', true), true), write('z', 5));
  tellsNothing(t, (h) => h.done(move('z', 'x', true), false));
  tells(t, (h) => h.done({ kind: 'create', pairs: [['x', 1n]] }, true));
});

test('a change that was under way may come before the watch, between, or behind the EXEC', (t) => {
  for (const isMet of [true, false]) {
    possible(t, (history) => {
      const slow = history.sent(2, write('x', 3));
      watching(() => {}, isMet)(history);
      history.returned(slow);
    });
    possible(t, (history) => {
      history.lost(history.sent(2, write('x', 3)));
      watching(() => {}, isMet)(history);
    });
  }
});

test('an EXEC that did nothing has done nothing', (t) => {
  const read = (value: bigint | null) => (history: Told) => {
    watching((h) => h.done(write('x', 1)), false)(history);
    history.done({ kind: 'read', key: 'y' }, value);
  };
  possible(t, read(null));
  impossible(t, read(1n));
});

test('what is watched no longer tells nothing', (t) => {
  tellsNothing(t, (history) => {
    history.done(write('x', 1));
    history.returned(history.sent(7, { kind: 'unwatch', keys: ['x'] }));
  });
  const second = (isMet: boolean) => (history: Told) => {
    watching((h) => h.done(write('x', 1)), false)(history);
    history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), isMet);
  };
  possible(t, second(true));
  impossible(t, second(false));
});

test('one more watch adds to the first', (t) => {
  const both = (isMet: boolean) => (history: Told) => {
    history.returned(history.sent(7, watch('x')));
    history.done(write('x', 1));
    history.returned(history.sent(7, { kind: 'watch', keys: ['z'], isFirst: false }));
    history.returned(history.invoke(7, { kind: 'guard', keys: ['x', 'z'] }), isMet);
  };
  possible(t, both(false));
  impossible(t, both(true));
});

test('when the log has failed, an EXEC has done nothing only because of a change', (t) => {
  const problems = (between: (history: Told) => void, isMet: boolean) => {
    const history = new Told();
    watching(between, isMet)(history);
    return problemsOf(history, { ...SEARCHED, mayFail: true });
  };
  t.is(problems(() => {}, false).length, 1);
  t.deepEqual(
    problems((history) => history.done(write('x', 1)), false),
    [],
  );
});

test('an EXEC that did nothing tells of a change that no crash loses', (t) => {
  const lost = (isMet: boolean | undefined) => (history: Told) => {
    history.returned(history.sent(7, watch('x')));
    history.lost(history.sent(2, write('x', 3)));
    history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), isMet);
    history.happened('crash');
    history.done({ kind: 'read', key: 'x' }, null);
  };
  possible(t, lost(true));
  impossible(t, lost(false));
});

test('a transaction that was refused may have taken numbers that nobody gets', (t) => {
  const refused = (value: bigint) => (history: Told) => {
    history.done({ kind: 'take', key: 'x', amount: 1n }, 1n);
    const take: Step = { kind: 'take', key: 'x', amount: 2n };
    history.failed(history.invoke(2, take, write('y', 1)), 'refused');
    history.done({ kind: 'take', key: 'x', amount: 1n }, value);
    history.done({ kind: 'read', key: 'y' }, null);
  };
  possible(t, refused(2n));
  possible(t, refused(4n));
  possible(t, refused(3n));
});

test('so it is when another of its takes needed the log', (t) => {
  const refused = (x: bigint, y: bigint) => (history: Told) => {
    history.done({ kind: 'take', key: 'x', amount: 1n }, 1n);
    const takes = ['x', 'y', 'x'].map((key): Step => ({ kind: 'take', key, amount: 1n }));
    history.failed(history.invoke(2, ...takes), 'refused');
    history.done({ kind: 'take', key: 'x', amount: 1n }, x);
    history.done({ kind: 'take', key: 'y', amount: 1n }, y);
  };
  possible(t, refused(2n, 1n));
  possible(t, refused(4n, 1n));
});

test('an EXEC that did nothing is none on a sequence that is looked at alone', (t) => {
  const history = new Told();
  history.returned(history.sent(7, watch('x')));
  history.done(write('x', 1));
  history.returned(history.invoke(7, { kind: 'guard', keys: ['x'] }, write('y', 1)), false);
  history.done({ kind: 'read', key: 'y' }, null);
  // So small that each sequence is looked at alone.
  for (let number = 0; number < 6; number++) history.lost(history.sent(number, write('x', number)));
  t.deepEqual(problemsOf(history, { ...SEARCHED, budget: 6 }), []);
});

test('a transaction without an answer may have taken numbers, and be lost at a crash with the rest of it', (t) => {
  const lost = (end: 'crash' | 'restart', y: bigint | null) => (history: Told) => {
    history.done({ kind: 'take', key: 'x', amount: 1n }, 1n);
    const take: Step = { kind: 'take', key: 'x', amount: 2n };
    history.lost(history.invoke(2, take, write('y', 7)));
    history.done({ kind: 'take', key: 'x', amount: 1n }, 4n);
    history.happened(end);
    history.done({ kind: 'read', key: 'y' }, y);
  };
  possible(t, lost('crash', 7n));
  possible(t, lost('crash', null));
  possible(t, lost('restart', 7n));
  impossible(t, lost('restart', null));
});
