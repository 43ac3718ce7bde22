import test from 'ava';
import { impossible, possible, type Told } from './judge.js';
import type { Answer, Step } from './step.js';

const write = (key: string, value: number, ms = 0): Step => ({
  kind: 'write',
  key,
  value: BigInt(value),
  ...(ms === 0 ? {} : { expiry: { kind: 'in', ms } }),
});
const read = (key: string): Step => ({ kind: 'read', key });
const deadline = (key: string): Step => ({ kind: 'deadline', key, isRelative: false });
const move = (isCopy: boolean, replaces: boolean): Step => ({
  kind: 'move',
  key: 'x',
  to: 'y',
  isCopy,
  replaces,
});
const create = (x: number, y: number): Step => ({
  kind: 'create',
  pairs: [
    ['x', BigInt(x)],
    ['y', BigInt(y)],
  ],
});
const swap: Step = {
  kind: 'swap',
  pairs: [
    ['x', 'y'],
    ['v', 'w'],
  ],
};

function after(...steps: readonly (readonly [Step, Answer?])[]): (history: Told) => void {
  return (history) => {
    for (const [step, answer] of steps) history.done({ ...step }, answer);
  };
}

test('what is moved is at its new name, with its value and deadline, and no longer at the old one', (t) => {
  const moved = (step: Step, answer: Answer) =>
    after([write('x', 5, 100)], [move(false, true), true], [step, answer]);
  possible(t, moved(read('y'), 5n));
  impossible(t, moved(read('y'), null));
  possible(t, moved(read('x'), null));
  impossible(t, moved(read('x'), 5n));
  possible(t, moved(deadline('y'), 1100n));
  impossible(t, moved(deadline('y'), -1n));
});

test('what is copied stays', (t) => {
  const copied = (step: Step, answer: Answer) =>
    after([write('x', 5, 100)], [move(true, true), true], [step, answer]);
  possible(t, copied(read('x'), 5n));
  impossible(t, copied(read('x'), null));
  possible(t, copied(deadline('y'), 1100n));
  impossible(t, copied(deadline('y'), -1n));
});

test('nothing is moved from where there is none, or over what is not to be replaced', (t) => {
  impossible(t, after([move(false, true), true]));
  possible(t, after([move(false, true), false]));
  const both = [[write('x', 5)], [write('y', 7)]] as const;
  impossible(t, after(...both, [move(false, false), true]));
  possible(t, after(...both, [move(false, false), false], [read('y'), 7n]));
  impossible(t, after(...both, [move(false, false), false], [read('y'), 5n]));
  possible(t, after(...both, [move(false, true), true], [read('y'), 5n]));
});

test('a move is seen at both names or at none', (t) => {
  const during = (x: bigint | null, y: bigint | null) => (history: Told) => {
    history.done(write('x', 5));
    const moving = history.sent(2, move(false, true));
    history.returned(history.read(3, 'x', 'y'), x, y);
    history.returned(moving, true);
  };
  possible(t, during(5n, null));
  possible(t, during(null, 5n));
  impossible(t, during(null, null));
  impossible(t, during(5n, 5n));
});

test('a crash in a move without an answer leaves one name or the other, and never both or none', (t) => {
  const crashed = (x: bigint | null, y: bigint | null) => (history: Told) => {
    history.done(write('x', 5));
    history.lost(history.sent(2, move(false, true)));
    history.happened('crash');
    history.returned(history.read(3, 'x', 'y'), x, y);
  };
  possible(t, crashed(5n, null));
  possible(t, crashed(null, 5n));
  impossible(t, crashed(null, null));
  impossible(t, crashed(5n, 5n));
});

test('several are created together, or none of them', (t) => {
  possible(t, after([create(1, 2), true], [read('y'), 2n]));
  impossible(t, after([create(1, 2), false]));
  impossible(t, after([write('y', 7)], [create(1, 2), true]));
  possible(t, after([write('y', 7)], [create(1, 2), false], [read('x'), null]));
  impossible(t, after([write('y', 7)], [create(1, 2), false], [read('x'), 1n]));
});

test('what has expired stands in the way of nothing', (t) => {
  possible(t, (history) => {
    history.done(write('y', 7, 100));
    history.nowMs += 100;
    history.done(create(1, 2), true);
  });
  impossible(t, (history) => {
    history.done(write('y', 7, 100));
    history.nowMs += 100;
    history.done(create(1, 2), false);
  });
});

test('databases that are exchanged are exchanged whole', (t) => {
  const swapped =
    (...answers: (bigint | null)[]) =>
    (history: Told) => {
      history.done(write('x', 5, 100));
      history.done(write('v', 7));
      history.done({ ...swap });
      history.returned(history.read(3, 'x', 'y', 'v', 'w'), ...answers);
      history.done(deadline('y'), 1100n);
    };
  possible(t, swapped(null, 5n, null, 7n));
  impossible(t, swapped(5n, null, null, 7n));
  impossible(t, swapped(null, 5n, 7n, null));
});

test('an exchange without an answer took effect once, or never', (t) => {
  const lost = (first: bigint | null, second: bigint | null) => (history: Told) => {
    history.done(write('x', 5));
    history.lost(history.sent(2, { ...swap }));
    history.done(read('x'), first);
    history.done(read('x'), second);
  };
  possible(t, lost(5n, 5n));
  possible(t, lost(5n, null));
  possible(t, lost(null, null));
  impossible(t, lost(null, 5n));
});

test('an operation without an answer may have changed what another one without an answer took on', (t) => {
  const chain = (value: bigint) => (history: Told) => {
    history.lost(history.sent(2, { kind: 'take', key: 'x', amount: 3n }));
    history.lost(history.sent(2, move(true, true)));
    history.lost(history.sent(3, { kind: 'take', key: 'y', amount: -1n }));
    history.done(read('y'), value);
  };
  for (const value of [-1n, 2n, 3n]) possible(t, chain(value));
  impossible(t, chain(1n));
});

test('what was taken meanwhile stays with the other one, when an exchange is taken back', (t) => {
  const refused = (outcome: 'refused' | 'fail', value: bigint) => (history: Told) => {
    const take = (key: string, amount: bigint): Step => ({ kind: 'take', key, amount });
    history.done(take('y', 1n), 1n);
    history.failed(history.sent(2, structuredClone(swap)), outcome);
    history.failed(history.sent(3, take('x', 4n)), 'refused');
    history.done(take('y', 1n), value);
  };
  possible(t, refused('refused', 2n));
  possible(t, refused('refused', 6n));
  impossible(t, refused('fail', 6n));
});
