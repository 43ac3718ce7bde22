import test from 'ava';
import { SequenceSlab } from '#dist/master/sequence-slab.js';

test('the average of the deadlines is that of those there are', (t) => {
  const slab = new SequenceSlab();
  const name = Buffer.from('abc');
  const [a, b, c] = [0, 1, 2].map((i) => {
    const ref = slab.allocate(name, i, i + 1);
    slab.setGauge(ref, true);
    return ref;
  }) as [number, number, number];
  slab.setDeadline(a, 2_000_000_000_000);
  slab.setDeadline(b, 1_900_000_000_000);
  t.is(slab.averageDeadline, 1_950_000_000_000);
  slab.setDeadline(b, 2_000_000_000_100);
  t.is(slab.averageDeadline, 2_000_000_000_050);
  slab.setDeadline(c, 9223372036854775807n);
  slab.setGauge(c, false);
  t.is(slab.expiring, 2);
  t.true(Math.abs(slab.averageDeadline - 2_000_000_000_050) < 10_000);
  slab.release(a);
  slab.setDeadline(b, 0);
  slab.setDeadline(b, 1_800_000_000_000);
  t.is(slab.averageDeadline, 1_800_000_000_000);
});
