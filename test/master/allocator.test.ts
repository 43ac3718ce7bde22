import test, { type ExecutionContext } from 'ava';
import { OVERFLOW_ERROR } from '#dist/commands/command.js';
import { Allocator, Grant } from '#dist/master/allocator.js';
import { type BlockSettings, blockSize, nextShift, TICK_MS } from '#dist/master/block-policy.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { SequenceFlag } from '#dist/master/sequence-slab.js';
import { Sequences } from '#dist/master/sequences.js';
import { INT64_MAX, INT64_MIN, type Int64 } from '#dist/protocol/int64.js';

const NAME = Buffer.from('order');
const SETTINGS: BlockSettings = { block: 100, blockMax: 10000, threshold: 50, blockTimeMs: 500 };

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, 1);
  readonly allocator: Allocator;
  tick = 1;

  constructor(settings: Partial<BlockSettings> = {}) {
    this.allocator = new Allocator(this.sequences, { ...SETTINGS, ...settings }, () => this.tick);
  }

  get table() {
    return this.sequences.table(0);
  }

  get ref(): number {
    return this.table.find(NAME, 0, NAME.length);
  }

  get value(): Int64 {
    return this.table.value(this.ref);
  }

  get reserved(): number {
    return this.table.slab.reserved(this.ref);
  }

  take(amount: Int64, count = 1): Grant {
    const grant = new Grant();
    const ref = this.table.find(NAME, 0, NAME.length);
    this.allocator.take(this.table, ref, NAME, 0, NAME.length, amount, count, grant);
    return grant;
  }

  set(value: Int64): void {
    this.sequences.write(this.table, this.ref, NAME, 0, NAME.length, value, false);
    this.confirm();
  }

  /** The end of a turn, and the disk is quick. */
  confirm(): void {
    this.log.flush();
    const lsn = this.log.openLsn - 1;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
  }

  fail(): void {
    this.sequences.inFlight.takeBack();
    this.log.fail('disk full');
  }
}

function expectGrant(t: ExecutionContext, grant: Grant, expected: Partial<Grant>): void {
  t.like(grant, expected);
}

test('the first take of a sequence waits for its reservation, and the next one does not', (t) => {
  const bench = new Bench();
  expectGrant(t, bench.take(1), { first: 1, granted: 1, durable: 0, lsn: 1, refusal: '' });
  bench.confirm();
  expectGrant(t, bench.take(1), { first: 2, granted: 1, durable: 1 });
});

test('a run that passes the durable ceiling is granted in two parts', (t) => {
  const bench = new Bench({ threshold: 1 });
  bench.take(1);
  bench.confirm();
  t.is(bench.reserved, 99);
  expectGrant(t, bench.take(1, 150), { first: 2, granted: 150, durable: 99, lsn: 2 });
  expectGrant(t, bench.take(7, 3), { first: 158, granted: 3, durable: 0, lsn: 2 });
});

test('a take that straddles the durable ceiling waits', (t) => {
  const bench = new Bench({ threshold: 1 });
  bench.take(1);
  bench.confirm();
  expectGrant(t, bench.take(10, 10), { first: 11, granted: 10, durable: 9 });
});

test('steady takes never wait after the first when the disk keeps up', (t) => {
  for (const amount of [1, 3, 20]) {
    const bench = new Bench();
    bench.take(amount);
    bench.confirm();
    for (let i = 0; i < 5000; i++) {
      const grant = bench.take(amount);
      t.is(grant.durable, 1, `take ${i} of ${amount}`);
      bench.confirm();
      bench.tick++;
    }
  }
});

test('the next block is reserved ahead once, however long its entry is under way', (t) => {
  const bench = new Bench();
  bench.take(1);
  bench.confirm();
  bench.take(1, 60);
  const { reservations } = bench.allocator;
  t.is(reservations, 2);
  for (let i = 0; i < 180; i++) bench.take(1);
  t.is(bench.allocator.reservations, reservations);
});

test('a block of 1 leaves no gap, and stays plain however often it is taken from', (t) => {
  const bench = new Bench({ block: 1 });
  for (let i = 1; i <= 3000; i++) {
    expectGrant(t, bench.take(1), { first: i, granted: 1, durable: 0 });
    t.is(bench.reserved, 0);
    bench.confirm();
    t.is(bench.reserved, 0);
  }
  t.false(bench.table.slab.hasFlag(bench.ref, SequenceFlag.gauge));
  t.is(bench.table.slab.blockShift(bench.ref), 0);
});

test('a sequence whose block had grown is exact from the change to a block of 1 on', (t) => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) {
    bench.take(1);
    bench.confirm();
  }
  bench.allocator.settings = { ...SETTINGS, block: 1 };
  const { reservations } = bench.allocator;
  while (bench.reserved > 0) bench.take(1);
  t.is(bench.allocator.reservations, reservations);
  bench.take(1);
  t.is(bench.reserved, 0);
});

test('a block that lasted less than the block time is followed by one twice as large, up to the largest', (t) => {
  const target = SETTINGS.blockTimeMs / TICK_MS;
  const sizes: number[] = [];
  let shift = 0;
  for (let i = 0; i < 10; i++) {
    shift = nextShift(SETTINGS, shift, target - 1);
    sizes.push(blockSize(SETTINGS, shift));
  }
  t.deepEqual(sizes, [200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000, 10000]);
});

test('a block that has grown is one of 1 when that is asked for', (t) => {
  t.is(blockSize({ ...SETTINGS, block: 1 }, 3), 1);
});

test('a block that lasted long enough keeps its size, and one that lasted far longer shrinks', (t) => {
  const target = SETTINGS.blockTimeMs / TICK_MS;
  t.is(nextShift(SETTINGS, 5, target), 5);
  t.is(nextShift(SETTINGS, 5, target * 8), 5);
  t.is(nextShift(SETTINGS, 5, target * 8 + 1), 4);
  t.is(nextShift(SETTINGS, 5, target * 16 + 1), 3);
  t.is(nextShift(SETTINGS, 5, 0xffffffff), 0);
});

test('blocks double in a burst and shrink when the sequence has become slow', (t) => {
  const bench = new Bench();
  for (let i = 0; i < 30000; i++) {
    bench.take(1);
    bench.confirm();
  }
  const busy = bench.table.slab.blockShift(bench.ref);
  t.is(blockSize(SETTINGS, busy), 10000);
  for (let i = 0; i < 15000; i++) {
    bench.tick += 1000;
    bench.take(1);
    bench.confirm();
  }
  t.true(bench.table.slab.blockShift(bench.ref) < busy);
});

test('the gap after a crash is less than two of the largest blocks', (t) => {
  const bench = new Bench();
  for (let i = 0; i < 50000; i++) {
    bench.take(1 + (i % 7), 1 + (i % 50));
    if (i % 3 === 0) bench.confirm();
    if (bench.reserved >= 2 * SETTINGS.blockMax) t.fail(`${bench.reserved} reserved`);
  }
  t.pass();
});

test('the last numbers of 64 bits are granted, and the takes behind them are refused', (t) => {
  const bench = new Bench();
  bench.set(INT64_MAX - 5n);
  expectGrant(t, bench.take(1, 8), {
    first: INT64_MAX - 4n,
    granted: 5,
    refusal: OVERFLOW_ERROR,
  });
  bench.confirm();
  t.is(bench.value, INT64_MAX);
  t.is(bench.reserved, 0);
  expectGrant(t, bench.take(1), { granted: 0, refusal: OVERFLOW_ERROR });
  expectGrant(t, bench.take(INT64_MAX), { granted: 0, refusal: OVERFLOW_ERROR });
  expectGrant(t, bench.take(0), { first: INT64_MAX, granted: 1, durable: 1 });
});

test('the lowest numbers of 64 bits are granted, and the takes below them are refused', (t) => {
  const bench = new Bench();
  bench.set(INT64_MIN + 1n);
  expectGrant(t, bench.take(-1, 3), { first: INT64_MIN, granted: 1, refusal: OVERFLOW_ERROR });
  bench.confirm();
  t.is(bench.value, INT64_MIN);
  expectGrant(t, bench.take(INT64_MIN), { granted: 0, refusal: OVERFLOW_ERROR });
});

test('a run may move a sequence by more than 64 bits hold', (t) => {
  const bench = new Bench();
  bench.set(INT64_MIN);
  expectGrant(t, bench.take(2n ** 62n, 4), {
    first: INT64_MIN + 2n ** 62n,
    granted: 3,
    refusal: OVERFLOW_ERROR,
  });
  t.is(bench.value, 2n ** 62n);
  bench.confirm();
  expectGrant(t, bench.take(-(2n ** 62n), 3), { first: 0, granted: 3, refusal: '' });
  t.is(bench.value, -(2n ** 63n));
});

test('a run that moves by more than 64 bits hold is taken back after a failure', (t) => {
  const bench = new Bench();
  bench.set(INT64_MIN);
  bench.take(2n ** 62n, 3);
  bench.fail();
  t.is(bench.value, INT64_MIN);
  t.is(bench.reserved, 0);
});

test('a huge reservation does not make a later one look durable', (t) => {
  const bench = new Bench();
  bench.take(2 ** 53);
  bench.log.flush();
  const first = bench.log.openLsn - 1;
  bench.take(2 ** 53);
  bench.log.flush();
  bench.log.confirm(first);
  bench.sequences.inFlight.confirm(first);
  t.true(bench.sequences.waitLsn(bench.table, bench.ref) > bench.log.settledLsn);
  expectGrant(t, bench.take(1), { granted: 1, durable: 0 });
});

test('the rounding of a huge reservation does not make the number behind it look durable', (t) => {
  const bench = new Bench({ block: 101, blockMax: 101 });
  bench.take(2 ** 53);
  bench.log.flush();
  const first = bench.log.openLsn - 1;
  bench.take(1, 101);
  bench.take(1);
  t.is(bench.reserved, 100);
  bench.log.flush();
  bench.log.confirm(first);
  bench.sequences.inFlight.confirm(first);
  t.true(bench.sequences.waitLsn(bench.table, bench.ref) > bench.log.settledLsn);
});

test('a failed log serves what is left of the durable block and refuses the rest', (t) => {
  const bench = new Bench();
  bench.take(1);
  bench.confirm();
  bench.fail();
  const { reserved } = bench;
  expectGrant(t, bench.take(1, reserved + 5), { first: 2, granted: reserved, durable: reserved });
  expectGrant(t, bench.take(1), { granted: 0 });
  t.regex(bench.take(1).refusal, /^MISCONF .*disk full/);
  t.regex(bench.take(-1).refusal, /^MISCONF /);
  bench.log.recover();
  expectGrant(t, bench.take(1), { first: reserved + 2, granted: 1, durable: 0 });
});

test('numbers that were assigned and never shown are assigned again after a failure', (t) => {
  const bench = new Bench();
  t.is(bench.take(1, 40).durable, 0);
  bench.fail();
  t.is(bench.ref, 0);
  bench.log.recover();
  expectGrant(t, bench.take(1), { first: 1, granted: 1, durable: 0 });
});

test('a take of several numbers that is refused leaves those that were reserved to the next one', (t) => {
  const bench = new Bench({ block: 5, blockMax: 5, threshold: 1 });
  bench.take(1);
  bench.confirm();
  bench.take(1, 3);
  t.is(bench.reserved, 1);
  // The first of the five numbers is durable, the others are not: nobody gets any of them.
  t.is(bench.take(5).durable, 0);
  t.is(bench.take(5).durable, 0);
  bench.fail();
  t.is(bench.value, 4);
  t.is(bench.reserved, 1);
  expectGrant(t, bench.take(1), { first: 5, granted: 1, durable: 1 });
});

test('takes that were answered stay so when later ones are refused', (t) => {
  const bench = new Bench({ block: 2, blockMax: 2, threshold: 1 });
  bench.take(1);
  bench.confirm();
  bench.take(3);
  bench.confirm();
  t.is(bench.value, 4);
  const left = bench.reserved;
  bench.take(left + 3);
  bench.fail();
  t.is(bench.value, 4);
  t.is(bench.reserved, left);
});
