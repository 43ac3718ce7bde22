import test from 'ava';
import { impossible, possible, type Told } from './judge.js';
import type { Expiry, Step } from './step.js';

const within = (ms: number): Expiry => ({ kind: 'in', ms });
const at = (ms: number): Expiry => ({ kind: 'at', ms });
const write = (value: number, expiry?: Expiry | 'kept'): Step => ({
  kind: 'write',
  key: 'g',
  value: BigInt(value),
  ...(expiry === undefined ? {} : { expiry }),
});
const expire = (expiry?: Expiry): Step => ({
  kind: 'expire',
  key: 'g',
  ...(expiry === undefined ? {} : { expiry }),
});
const read: Step = { kind: 'read', key: 'g' };
const exists: Step = { kind: 'exists', key: 'g' };
const take = (amount = 1n): Step => ({ kind: 'take', key: 'g', amount });
const deadline: Step = { kind: 'deadline', key: 'g', isRelative: false };
const left: Step = { kind: 'deadline', key: 'g', isRelative: true };
const copyOf = (step: Step): Step => ({ ...step });

/** The history goes on after so many ms. */
function later(history: Told, ms: number, step: Step, answer?: bigint | null | boolean): void {
  history.nowMs += ms;
  history.done(copyOf(step), answer);
}

test('a sequence is there up to its deadline, and no longer', (t) => {
  const after = (ms: number, answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(100)));
    later(history, ms, read, answer);
  };
  possible(t, after(99, 5n));
  impossible(t, after(99, null));
  impossible(t, after(100, 5n));
  possible(t, after(100, null));
});

test('a request that was under way when the deadline passed may have met it or not', (t) => {
  const during = (answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(100)));
    history.nowMs += 90;
    const asked = history.sent(2, copyOf(read));
    history.nowMs += 20;
    history.returned(asked, answer);
  };
  possible(t, during(5n));
  possible(t, during(null));
});

test('what one client has seen expired is there for none', (t) => {
  impossible(t, (history) => {
    const slow = history.sent(2, write(5, within(100)));
    history.nowMs += 50;
    history.returned(slow);
    later(history, 55, read, null);
    later(history, 10, read, 5n);
  });
});

test('a sequence that expired is made anew by a take, and goes on by no other', (t) => {
  const took = (ms: number, answer: bigint) => (history: Told) => {
    history.done(write(5, within(100)));
    later(history, ms, take(), answer);
    later(history, 1, deadline, ms < 100 ? 1100n : -1n);
  };
  possible(t, took(50, 6n));
  impossible(t, took(50, 1n));
  possible(t, took(150, 1n));
  impossible(t, took(150, 6n));
});

test('a crash and a stop keep the deadline, the value and what has expired', (t) => {
  for (const end of ['crash', 'restart'] as const) {
    const over = (ms: number, step: Step, answer: bigint | null | boolean) => (history: Told) => {
      history.done(write(5, within(100)));
      history.done(take(), 6n);
      history.happened(end);
      later(history, ms, step, answer);
    };
    possible(t, over(50, read, 6n));
    impossible(t, over(50, read, 7n));
    impossible(t, over(50, deadline, -1n));
    possible(t, over(50, deadline, 1100n));
    impossible(t, over(150, read, 6n));
    impossible(t, over(150, exists, true));
    possible(t, over(150, exists, false));
  }
});

test('a sequence that was seen expired does not come back after a crash', (t) => {
  impossible(t, (history) => {
    history.done(write(5, within(100)));
    later(history, 100, read, null);
    history.happened('crash');
    history.nowMs += 1;
    history.clockSet(-1000);
    later(history, 1, read, 5n);
  });
});

test('a write ends the deadline, a kept one and a take do not', (t) => {
  const then = (step: Step, answer: bigint | undefined, told: bigint) => (history: Told) => {
    history.done(write(5, within(100)));
    later(history, 10, step, answer);
    later(history, 10, deadline, told);
  };
  possible(t, then(write(7), undefined, -1n));
  impossible(t, then(write(7), undefined, 1100n));
  possible(t, then(write(7, 'kept'), undefined, 1100n));
  impossible(t, then(write(7, 'kept'), undefined, -1n));
  possible(t, then(take(), 6n, 1100n));
  impossible(t, then(take(), 6n, -1n));
});

test('the time that is left is that of the deadline', (t) => {
  const told = (answer: bigint) => (history: Told) => {
    history.done(write(5, at(1100)));
    later(history, 30, left, answer);
  };
  possible(t, told(70n));
  impossible(t, told(100n));
  impossible(t, told(69n));
});

test('what was told of a deadline once holds', (t) => {
  const told = (second: bigint) => (history: Told) => {
    const slow = history.sent(2, write(5, within(100)));
    history.nowMs += 50;
    history.returned(slow);
    history.done(copyOf(deadline), 1120n);
    later(history, 1, deadline, second);
  };
  possible(t, told(1120n));
  impossible(t, told(1121n));
});

test('a deadline that has passed removes the sequence, or does not make it', (t) => {
  const past = (step: Step, told: boolean | undefined, answer: bigint | null) => (h: Told) => {
    h.done(write(5));
    h.done(copyOf(step), told);
    h.done(copyOf(read), answer);
  };
  possible(t, past(expire(at(999)), true, null));
  impossible(t, past(expire(at(999)), true, 5n));
  impossible(t, past(expire(at(999)), false, 5n));
  possible(t, past(write(6, at(1000)), undefined, null));
  impossible(t, past(write(6, at(1000)), undefined, 6n));
});

test('a deadline is set and taken away only where there is one to set or to take', (t) => {
  impossible(t, (history) => history.done(expire(within(5)), true));
  impossible(t, (history) => history.done(expire(), true));
  impossible(t, (history) => {
    history.done(write(5));
    history.done(expire(), true);
  });
  possible(t, (history) => {
    history.done(write(5, within(100)));
    history.done(expire(), true);
    later(history, 200, read, 5n);
  });
  impossible(t, (history) => {
    history.done(write(5, within(100)));
    history.done(expire(), true);
    later(history, 200, read, null);
  });
});

test('a deadline makes the sequence exact', (t) => {
  impossible(t, (history) => {
    history.done(take(), 1n);
    history.done(expire(within(1000)), true);
    history.done(take(), 2n);
    history.happened('crash');
    later(history, 1, take(), 9n);
  });
  impossible(t, (history) => {
    history.done(take(), 1n);
    history.done(expire(within(1000)), true);
    history.done(expire(), true);
    history.done(take(), 2n);
    history.happened('crash');
    later(history, 1, take(), 9n);
  });
});

test('a deadline whose answer was lost may be set late, once, or never', (t) => {
  const lost = (ms: number, answer: bigint | null) => (history: Told) => {
    history.done(write(5));
    history.lost(history.sent(2, expire(within(100))));
    history.nowMs += 40;
    history.happened('crash');
    later(history, ms, read, answer);
  };
  possible(t, lost(10, 5n));
  impossible(t, lost(10, null));
  possible(t, lost(80, null));
  possible(t, lost(500, 5n));
});

test('a clock that is set back gives no sequence a longer life', (t) => {
  const back = (answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(100)));
    history.nowMs += 1;
    history.clockSet(-50);
    later(history, 110, read, answer);
  };
  possible(t, back(null));
  impossible(t, back(5n));
});

test('a clock that is set forward ends what is due by it, from the moment when it is looked at', (t) => {
  const forward = (answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(100)));
    history.nowMs += 1;
    history.clockSet(1000);
    later(history, 1, read, answer);
  };
  possible(t, forward(null));
  impossible(t, forward(5n));
});

test('a clock that is set forward and back may have been seen or not', (t) => {
  const both = (answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(100)));
    history.nowMs += 1;
    history.clockSet(1000);
    history.nowMs += 1;
    history.clockSet(0);
    later(history, 1, read, answer);
  };
  possible(t, both(null));
  possible(t, both(5n));
});

test('what an operation has seen of a clock that was set forward stays, when it is set back', (t) => {
  const seen = (answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(1100)));
    history.nowMs += 1;
    history.clockSet(1000);
    later(history, 1, read, 5n);
    history.nowMs += 1;
    history.clockSet(0);
    later(history, 100, read, answer);
  };
  possible(t, seen(null));
  impossible(t, seen(5n));
});

test('a start with a clock that was set back goes on from what was logged, which is a second old at most', (t) => {
  const started = (ms: number, answer: bigint | null) => (history: Told) => {
    history.done(write(5, within(5000)));
    history.happened('crash');
    history.nowMs += 1;
    history.clockSet(-100_000);
    later(history, ms, read, answer);
  };
  possible(t, started(4500, 5n));
  possible(t, started(5500, null));
  impossible(t, started(1, null));
  const looked = (answer: bigint | null) => (history: Told) => {
    started(1, 5n)(history);
    later(history, 6500, read, answer);
  };
  possible(t, looked(null));
  impossible(t, looked(5n));
});

test('a history without times leaves open when anything expires', (t) => {
  for (const answer of [5n, null]) {
    possible(t, (history) => {
      history.nowMs = Number.NaN;
      history.done(write(5, within(100)));
      history.done(copyOf(read), answer);
    });
  }
});
