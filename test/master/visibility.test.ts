import test from 'ava';
import { Allocator, Grant } from '#dist/master/allocator.js';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';

const SETTINGS = { block: 100, blockMax: 100, threshold: 1, blockTimeMs: 500 };
const NAME = Buffer.from('orders');
const OTHER = Buffer.from('others');

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, 2);
  readonly keyspace = new KeyspaceView(
    this.sequences,
    () => SETTINGS,
    () => 1,
  );
  readonly #allocator = new Allocator(this.sequences, SETTINGS, () => 1);

  take(amount = 1): Grant {
    const grant = new Grant();
    const table = this.sequences.table(0);
    const ref = table.find(NAME, 0, NAME.length);
    this.#allocator.take(table, ref, NAME, 0, NAME.length, amount, 1, grant);
    return grant;
  }

  set(name = NAME): void {
    this.keyspace.write(name, 0, name.length, 7);
  }

  remove(name = NAME): boolean {
    return this.keyspace.remove(name, 0, name.length);
  }

  describe() {
    return this.keyspace.describe(NAME, 0, NAME.length);
  }

  /** Whether a command that does this waits for the disk. */
  waits(act: (keyspace: KeyspaceView) => void): boolean {
    this.keyspace.begin(0);
    act(this.keyspace);
    return this.keyspace.waitLsn > this.log.settledLsn;
  }

  settle(): void {
    this.log.flush();
    const lsn = this.log.openLsn - 1;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
  }
}

const reads: readonly (readonly [string, (keyspace: KeyspaceView) => void])[] = [
  ['a read', (keyspace) => keyspace.read(NAME, 0, NAME.length)],
  ['a look', (keyspace) => keyspace.peek(NAME, 0, NAME.length)],
  ['a deadline', (keyspace) => keyspace.deadline(NAME, 0, NAME.length)],
  ['a description', (keyspace) => keyspace.describe(NAME, 0, NAME.length)],
  ['how it is kept', (keyspace) => keyspace.inspect(NAME, 0, NAME.length)],
  ['the number of names', (keyspace) => keyspace.size()],
  ['a scan', (keyspace) => keyspace.scan(0, 10, () => {})],
  ['a name at random', (keyspace) => keyspace.random()],
];

const changes: readonly (readonly [string, (bench: Bench) => void])[] = [
  ['created by a take', (bench) => bench.take()],
  ['created by SET', (bench) => bench.set()],
  [
    'removed',
    (bench) => {
      bench.set();
      bench.settle();
      bench.remove();
    },
  ],
  [
    'flushed',
    (bench) => {
      bench.set();
      bench.settle();
      bench.keyspace.flush(false);
    },
  ],
];

for (const [what, read] of reads) {
  for (const [how, change] of changes) {
    test(`${what} of a sequence that was ${how} waits until that is durable, and no longer`, (t) => {
      const bench = new Bench();
      change(bench);
      t.true(bench.waits(read));
      bench.settle();
      t.false(bench.waits(read));
    });
  }
}

test('a change waits for its own entry', (t) => {
  const bench = new Bench();
  t.true(bench.waits(() => bench.set()));
  bench.settle();
  t.true(bench.waits(() => bench.remove()));
  bench.settle();
  bench.set(OTHER);
  bench.settle();
  t.true(bench.waits((keyspace) => keyspace.flush(true)));
});

test('a removal that finds nothing waits for the one that removed it', (t) => {
  const bench = new Bench();
  bench.set();
  bench.settle();
  bench.remove();
  t.true(bench.waits(() => t.false(bench.remove())));
  bench.settle();
  t.false(bench.waits(() => t.false(bench.remove())));
});

test('a take of 0 waits for the number it shows', (t) => {
  const bench = new Bench();
  bench.take();
  const { lsn, durable } = bench.take(0);
  t.is(durable, 0);
  t.true(lsn > bench.log.settledLsn);
  bench.settle();
  t.is(bench.take(0).durable, 1);
});

test('a description tells the durable ceiling from the one that is on its way', (t) => {
  const bench = new Bench();
  bench.take();
  bench.settle();
  t.like(bench.describe(), { value: 1, ceiling: 100, durableCeiling: 100 });
  bench.take(100);
  const facts = bench.describe();
  t.is(facts?.value, 101);
  t.is(facts?.durableCeiling, 100);
  t.true((facts?.ceiling ?? 0) > 101);
});
