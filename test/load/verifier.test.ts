import test from 'ava';
import fc from 'fast-check';
import { Verifier } from '#dist/load/verifier.js';
import { checkProperty } from '../check-property.js';

/** One command of a client, as it was sent and answered; times are places in the order of all events. */
interface Take {
  readonly client: number;
  readonly key: number;
  readonly sentAt: number;
  readonly floor: number;
  answeredAt: number;
  first: number;
  last: number;
}

const CLIENTS = 3;
const KEYS = 2;
const PIPELINE = 4;

function overlap(a: Take, b: Take): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The rules themselves, over all pairs. */
function isWrong(takes: readonly Take[]): boolean {
  return takes.some((a) =>
    takes.some((b) => {
      if (a === b || a.key !== b.key) return false;
      const isBefore =
        a.answeredAt < b.sentAt || (a.client === b.client && a.answeredAt < b.answeredAt);
      return overlap(a, b) || (isBefore && b.first <= a.last);
    }),
  );
}

/** Plays a history in which some numbers may be wrong, and tells what the verifier and the rules say. */
function play(steps: readonly { client: number; key: number; number: number; width: number }[]) {
  const underWay: Take[][] = Array.from({ length: CLIENTS }, () => []);
  const lowest = (key: number) =>
    Math.min(...underWay.flat().map((take) => (take.key === key ? take.floor : Infinity)));
  const verifier = new Verifier(KEYS, CLIENTS, PIPELINE, lowest);
  const answered: Take[] = [];
  const served = [0, 0];
  for (const [at, { client, key, number, width }] of steps.entries()) {
    const queue = underWay[client] ?? [];
    if (queue.length < PIPELINE && number % 2 === 0) {
      const floor = verifier.sent(key);
      queue.push({ client, key, sentAt: at, floor, answeredAt: 0, first: 0, last: 0 });
      continue;
    }
    const take = queue.shift();
    if (take === undefined) continue;
    // Mostly what a good server answers; now and then a number that was served, or one that is ahead.
    const value = served[take.key] ?? 0;
    const isWild = number > 96;
    take.first = isWild ? Math.max(1, value + (number % 7) - 4) : value + 1;
    take.last = take.first + width - 1;
    served[take.key] = Math.max(value, take.last);
    take.answeredAt = at;
    answered.push(take);
    verifier.answered('take', client, take.key, take.floor, take.first, take.last);
  }
  return { says: verifier.violationCount > 0, is: isWrong(answered) };
}

test('the verifier finds what breaks the rules, and nothing else', (t) => {
  const step = fc.record({
    client: fc.nat(CLIENTS - 1),
    key: fc.nat(KEYS - 1),
    number: fc.nat(100),
    width: fc.integer({ min: 1, max: 3 }),
  });
  let wrong = 0;
  let right = 0;
  checkProperty(
    t,
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const { says, is } = play(steps);
      if (is) wrong++;
      else right++;
      return says === is;
    }),
  );
  t.true(wrong > 5 && right > 5, `${wrong} wrong, ${right} right`);
});

test('numbers that two clients get in any order are right', (t) => {
  const verifier = new Verifier(1, 2, 1, () => 0);
  const floors = [verifier.sent(0), verifier.sent(0)];
  verifier.answered('take', 0, 0, floors[0] ?? 0, 2, 2);
  verifier.answered('take', 1, 0, floors[1] ?? 0, 1, 1);
  t.is(verifier.violationCount, 0);
  t.is(verifier.verified, 2);
  t.is(verifier.highestOf(0), 2);
});

test('a value that is read below a number that had come before is found', (t) => {
  const verifier = new Verifier(1, 2, 1, () => 0);
  verifier.begin(0, 5);
  verifier.answered('read', 0, 0, verifier.sent(0), 5, 5);
  t.is(verifier.violationCount, 0);
  verifier.answered('read', 1, 0, verifier.sent(0), 4, 4);
  t.is(verifier.violations[0]?.kind, 'order');
});

test('a take that is not above a value that was read before it is found', (t) => {
  const verifier = new Verifier(1, 1, 1, () => 0);
  verifier.answered('read', 0, 0, verifier.sent(0), 7, 7);
  verifier.answered('take', 0, 0, verifier.sent(0), 7, 7);
  t.is(verifier.violationCount, 1);
});

test('a repeat is found after what can be forgotten was forgotten', (t) => {
  let asked = 0;
  const verifier = new Verifier(1, 2, 1, () => {
    asked++;
    return 6000;
  });
  verifier.sent(0);
  // Every second number, so that no two are neighbours, while the other client waits.
  for (let number = 2; number <= 8000; number += 2) {
    verifier.answered('take', 0, 0, verifier.sent(0), number, number);
  }
  t.true(asked > 0);
  t.is(verifier.violationCount, 0);
  verifier.answered('take', 1, 0, 6000, 7000, 7000);
  t.deepEqual(verifier.violations, [{ kind: 'repeat', key: 0, text: '7000 came again' }]);
});

test('a number beyond what a double holds is not verified', (t) => {
  const verifier = new Verifier(1, 1, 1, () => 0);
  verifier.answered('take', 0, 0, verifier.sent(0), 2 ** 53, 2 ** 53);
  verifier.answered('take', 0, 0, verifier.sent(0), Number.NaN, Number.NaN);
  t.is(verifier.violationCount, 2);
  t.is(verifier.verified, 0);
});

test("a connection's numbers that fall are found, also among commands under way together", (t) => {
  const verifier = new Verifier(1, 2, 4, () => 0);
  for (let i = 0; i < 4; i++) verifier.sent(0);
  verifier.answered('take', 0, 0, 0, 5, 5);
  verifier.answered('take', 1, 0, 0, 2, 2);
  t.is(verifier.violationCount, 0);
  verifier.answered('take', 0, 0, 0, 3, 3);
  t.deepEqual(verifier.violations, [
    { kind: 'order', key: 0, text: '3 came after 5 had been answered' },
  ]);
});
