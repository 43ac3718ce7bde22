import test from 'ava';
import { FixedPace } from '#dist/load/pace.js';

test('commands are due at equal distances, however late they are taken', (t) => {
  const pace = new FixedPace(1000);
  pace.start(100);
  t.is(pace.due(100), 1);
  t.is(pace.next(), 100);
  t.is(pace.due(100.5), 0);
  t.is(pace.waitMs(100.5), 0.5);
  t.is(pace.due(103), 3);
  t.deepEqual([pace.next(), pace.next(), pace.next()], [101, 102, 103]);
  t.is(pace.due(103), 0);
});
