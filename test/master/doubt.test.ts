import test from 'ava';
import { Allocator, Grant } from '#dist/master/allocator.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';
import { ALL_DATABASES } from '#dist/protocol/entry.js';

const NAME = Buffer.from('orders');
const SETTINGS = { block: 100, blockMax: 1000, threshold: 50, blockTimeMs: 500 };

/** A sequence that has served 1 to 10 from a durable block, and what happens to it. */
function prepared() {
  const log = new ReservationLog();
  const sequences = new Sequences(log, 1);
  const allocator = new Allocator(sequences, SETTINGS, () => 1);
  const take = (count: number) => {
    const grant = new Grant();
    const table = sequences.table(0);
    const ref = table.find(NAME, 0, NAME.length);
    allocator.take(table, ref, NAME, 0, NAME.length, 1, count, grant);
    return grant;
  };
  const settle = () => {
    log.flush();
    log.confirm(log.openLsn - 1);
    sequences.inFlight.confirm(log.openLsn - 1);
  };
  const fail = () => {
    log.flush();
    sequences.inFlight.takeBack();
    log.fail('Input/output error');
  };
  take(10);
  settle();
  return {
    sequences,
    take,
    settle,
    fail,
    find: () => sequences.table(0).find(NAME, 0, NAME.length),
  };
}

for (const [what, change] of [
  ['a removal', (sequences: Sequences, ref: number) => sequences.remove(sequences.table(0), ref)],
  [
    'a lower value',
    (sequences: Sequences, ref: number) =>
      sequences.write(sequences.table(0), ref, NAME, 0, NAME.length, 3, false),
  ],
  ['a flush', (sequences: Sequences) => sequences.flush(0)],
  ['a flush of everything', (sequences: Sequences) => sequences.flush(ALL_DATABASES)],
] as const) {
  test(`a sequence whose disk may hold ${what} that failed serves nothing before the state is rewritten`, (t) => {
    const { sequences, take, settle, fail, find } = prepared();
    change(sequences, find());
    fail();
    const refused = take(1);
    t.is(refused.granted, 0);
    t.regex(refused.refusal, /^MISCONF /);
    t.is(sequences.table(0).value(find()), 10);
    sequences.recover();
    const served = take(1);
    t.is(served.granted, 1);
    t.is(served.first, 11);
    settle();
    // From its block again, which needs no disk.
    t.is(take(1).durable, 1);
  });
}

test('a sequence that the failed batch did not touch serves on from its block', (t) => {
  const { take, fail } = prepared();
  fail();
  t.is(take(1).first, 11);
});
