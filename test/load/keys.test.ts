import test from 'ava';
import { describeKeys, keyName, keyPicker, parseKeyChoice } from '#dist/load/keys.js';
import { randomFrom } from '#dist/load/random.js';
import { zipf } from '#dist/load/zipf.js';

test('a choice of keys is read as it is written', (t) => {
  for (const text of ['hot', 'uniform:1000000', 'zipf:10:1.2']) {
    const choice = parseKeyChoice(text);
    t.is(choice && describeKeys(choice), text);
  }
  t.is(parseKeyChoice('zipf:10')?.exponent, 0.99);
  for (const text of ['', 'cold', 'uniform', 'uniform:0', 'uniform:5:1', 'zipf:5:x', 'hot:1']) {
    t.is(parseKeyChoice(text), undefined, text);
  }
});

test('each of several sequences has a name of its own', (t) => {
  const keys = { distribution: 'uniform', count: 2, exponent: 0 } as const;
  t.is(keyName('a', { ...keys, count: 1 }, 0), 'a');
  t.deepEqual(
    [0, 1].map((key) => keyName('a', keys, key)),
    ['a:000000000001', 'a:000000000002'],
  );
});

test('uniform keys are all asked for alike, and none beyond them', (t) => {
  const pick = keyPicker({ distribution: 'uniform', count: 8, exponent: 0 }, randomFrom(1));
  const counts = new Array<number>(8).fill(0);
  for (let i = 0; i < 80_000; i++) {
    const key = pick();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  t.is(counts.length, 8);
  for (const count of counts) t.true(Math.abs(count - 10_000) < 500, `${count}`);
});

const DRAWS = 200_000;

for (const exponent of [0, 0.5, 0.99, 1, 1.5, 3]) {
  test(`zipf draws a rank in proportion to 1 / rank^${exponent}`, (t) => {
    const ranks = 20;
    const draw = zipf(ranks, exponent, randomFrom(7));
    const counts = new Array<number>(ranks + 1).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const rank = draw();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    t.is(counts.length, ranks + 1);
    t.is(counts[0], 0);
    const weights = Array.from({ length: ranks }, (_, at) => (at + 1) ** -exponent);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [at, weight] of weights.entries()) {
      const expected = (weight / total) * DRAWS;
      const counted = counts[at + 1] ?? 0;
      t.true(Math.abs(counted - expected) < 6 * Math.sqrt(expected), `rank ${at + 1}: ${counted}`);
    }
  });
}

test('zipf of one rank, and of very many, stays within them', (t) => {
  const one = zipf(1, 0.99, randomFrom(1));
  const many = zipf(10_000_000, 0.99, randomFrom(1));
  for (let i = 0; i < 10_000; i++) {
    t.is(one(), 1);
    const rank = many();
    t.true(Number.isInteger(rank) && rank >= 1 && rank <= 10_000_000);
  }
});
