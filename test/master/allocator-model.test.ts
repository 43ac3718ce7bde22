import test from 'ava';
import fc from 'fast-check';
import type { BlockSettings } from '#dist/master/block-policy.js';
import { ALL_DATABASES } from '#dist/protocol/entry.js';
import { INT64_MAX, INT64_MIN } from '#dist/protocol/int64.js';
import { checkProperty } from '../check-property.js';
import { DATABASES, ModelMaster, NAMES } from './model-master.js';

const database = fc.nat(DATABASES - 1);
const name = fc.constantFrom(...NAMES);
const edge = fc.constantFrom(
  INT64_MAX,
  INT64_MAX - 1n,
  INT64_MIN,
  INT64_MIN + 1n,
  2n ** 62n,
  -(2n ** 62n),
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n),
  2n ** 52n,
);
const amount = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1n) },
  { weight: 3, arbitrary: fc.bigInt(2n, 300n) },
  { weight: 1, arbitrary: fc.bigInt(-3n, 0n) },
  { weight: 1, arbitrary: edge },
);
const value = fc.oneof(fc.bigInt(-1000n, 1000n), edge);

type Step = (master: ModelMaster) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(database, name, amount, fc.integer({ min: 1, max: 40 }))
      .map((args) => (master: ModelMaster) => master.take(...args)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(database, name)
      .map((args) => (master: ModelMaster) => master.read(...args)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(database, name, value)
      .map((args) => (master: ModelMaster) => master.write(...args)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(database, name)
      .map((args) => (master: ModelMaster) => master.remove(...args)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 1, ALL_DATABASES)
      .map((which) => (master: ModelMaster) => master.removeAll(which)),
  },
  { weight: 5, arbitrary: fc.constant((master: ModelMaster) => master.log.flush()) },
  {
    weight: 4,
    arbitrary: fc
      .integer({ min: 1, max: 3 })
      .map((count) => (master: ModelMaster) => master.confirm(count)),
  },
  { weight: 1, arbitrary: fc.constant((master: ModelMaster) => master.confirmAll()) },
  { weight: 1, arbitrary: fc.constant((master: ModelMaster) => master.fail()) },
  { weight: 2, arbitrary: fc.constant((master: ModelMaster) => master.recover()) },
  {
    weight: 1,
    arbitrary: fc.nat(1000).map((ticks) => (master: ModelMaster) => {
      master.tick += ticks;
    }),
  },
);

const settings: fc.Arbitrary<BlockSettings> = fc.record({
  block: fc.constantFrom(1, 2, 10, 100),
  blockMax: fc.constantFrom(1, 50, 1000, 2147483647),
  threshold: fc.constantFrom(1, 50, 99),
  blockTimeMs: fc.constant(500),
});

test('numbers go up by their amounts, and what a client has seen survives a crash at every step', (t) => {
  checkProperty(
    t,
    fc.property(settings, fc.array(step, { maxLength: 80, size: 'max' }), (blocks, steps) => {
      const master = new ModelMaster(t, blocks);
      for (const act of steps) {
        act(master);
        master.expectSurvival();
      }
      master.confirmAll();
      t.is(master.waiting, 0);
      master.expectSurvival();
    }),
    { numRuns: 1500 },
  );
});
