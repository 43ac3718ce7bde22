import test, { type ExecutionContext } from 'ava';
import { seeded } from '../store/memory-disk.js';
import { type CheckOptions, problemsOf } from './check.js';
import type { History, Operation } from './history.js';
import { correctHistory } from './model.js';
import type { Step } from './step.js';

const OPTIONS: CheckOptions = { gaps: 'over crashes', isSearched: true };
const HISTORIES = 80;
const STEPS = 600;

type Take = Extract<Step, { kind: 'take' }>;

/** Answered takes of one number or more from a rising sequence, one step each. */
function takesOf(history: History, key: string): { operation: Operation; step: Take }[] {
  return history.answered().flatMap((operation) => {
    const [step] = operation.steps;
    const isTake = operation.steps.length === 1 && step?.kind === 'take' && step.key === key;
    return isTake ? [{ operation, step }] : [];
  });
}

/** Corrupts correct histories, as far as there is something to corrupt, and expects every one to be caught. */
function allCaught(
  t: ExecutionContext,
  corrupt: (history: History, random: () => number) => boolean,
): void {
  let corrupted = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const history = correctHistory(seed, STEPS);
    if (!corrupt(history, seeded(seed))) continue;
    corrupted++;
    if (problemsOf(history, OPTIONS).length === 0) t.fail(`seed ${seed} was not caught`);
  }
  t.true(corrupted > HISTORIES / 2, `only ${corrupted} could be corrupted`);
}

function pickFrom<T>(list: readonly T[], random: () => number): T | undefined {
  return list[Math.floor(random() * list.length)];
}

test('histories of a correct server are passed', (t) => {
  let undecided = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const history = correctHistory(seed, STEPS);
    t.deepEqual(
      problemsOf(history, { ...OPTIONS, onUndecided: () => undecided++ }),
      [],
      `seed ${seed}`,
    );
  }
  t.is(undecided, 0);
});

test('a repeated number is caught in any history', (t) => {
  allCaught(t, (history, random) => {
    const takes = takesOf(history, 'a');
    const one = pickFrom(takes, random);
    const other = pickFrom(takes, random);
    if (one === undefined || other === undefined || one === other) return false;
    one.step.value = other.step.value ?? 0n;
    return true;
  });
});

test('two swapped numbers are caught in any history', (t) => {
  allCaught(t, (history, random) => {
    const takes = takesOf(history, 'b');
    const first = pickFrom(takes, random);
    if (first === undefined) return false;
    const second = pickFrom(
      takes.filter(({ operation }) => operation.invoked > first.operation.returned),
      random,
    );
    if (second === undefined) return false;
    [first.step.value, second.step.value] = [second.step.value ?? 0n, first.step.value ?? 0n];
    return true;
  });
});

test('a stale read is caught in any history', (t) => {
  allCaught(t, (history, random) => {
    const reads = history.answered().flatMap((operation) => {
      const steps = operation.steps.filter((step) => step.kind === 'read' && step.key === 'a');
      return steps.map((step) => ({ operation, step: step as Extract<Step, { kind: 'read' }> }));
    });
    const read = pickFrom(reads, random);
    if (read === undefined) return false;
    const known = takesOf(history, 'a')
      .filter(({ operation }) => operation.returned < read.operation.invoked)
      .map(({ step }) => step.value ?? 0n);
    if (known.length === 0) return false;
    const highest = known.reduce((a, b) => (a > b ? a : b));
    read.step.value = highest === 1n ? null : highest - 1n;
    return true;
  });
});

test('a lost acknowledged write is caught in any history, with and without a crash', (t) => {
  allCaught(t, (history, random) => {
    history.returned(history.invoke(91, { kind: 'write', key: 'x', value: 7n }));
    history.returned(history.invoke(91, { kind: 'write', key: 'x', value: 8n }));
    if (random() < 0.5) history.happened('crash');
    history.returned(history.read(92, 'x'), 7n);
    return true;
  });
});

test('a torn transaction is caught in any history', (t) => {
  allCaught(t, (history, random) => {
    // Whoever has the number behind a transaction gets its last one in exchange.
    const pairs = history.answered().flatMap(({ steps }) => {
      const [, torn] = steps;
      if (steps.length !== 2 || torn?.kind !== 'take') return [];
      const next = takesOf(history, torn.key).find(
        ({ step }) => step.amount === 1n && step.value === (torn.value ?? 0n) + 1n,
      );
      return next === undefined ? [] : [{ torn, next }];
    });
    const pair = pickFrom(pairs, random);
    if (pair === undefined) return false;
    const { torn, next } = pair;
    [torn.value, next.step.value] = [next.step.value ?? 0n, torn.value ?? 0n];
    return true;
  });
});

test('a read in the middle of a transaction is caught in any history', (t) => {
  allCaught(t, (history) => {
    const write = (value: bigint) =>
      history.invoke(91, { kind: 'write', key: 'x', value }, { kind: 'write', key: 'y', value });
    history.returned(write(7n));
    const transaction = write(8n);
    history.returned(history.read(92, 'x', 'y'), 8n, 7n);
    history.returned(transaction);
    return true;
  });
});
