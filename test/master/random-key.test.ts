import test from 'ava';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';

function bench(count: number) {
  const sequences = new Sequences(new ReservationLog(), 1);
  const table = sequences.table(0);
  const keyspace = new KeyspaceView(
    sequences,
    () => ({ block: 1, blockMax: 1, threshold: 0, blockTimeMs: 1 }),
    () => 1,
  );
  const refs = Array.from({ length: count }, (_, i) => {
    const name = Buffer.from(`name:${i}`);
    return table.insert(name, 0, name.length);
  });
  return { table, keyspace, refs };
}

test('a name picked at random is found at once in a table that is nearly empty', (t) => {
  const { table, keyspace, refs } = bench(200_000);
  const kept = [7, 100_000, 199_999].map((at) => refs[at] as number);
  for (const ref of refs) if (!kept.includes(ref)) table.remove(ref);
  const found = new Set<string>();
  const visit = table.slab.visitPage.bind(table.slab);
  let visits = 0;
  table.slab.visitPage = (page, each) => {
    visits++;
    visit(page, each);
  };
  for (let i = 0; i < 100; i++) found.add(String(keyspace.random()));
  t.deepEqual([...found].sort(), ['name:100000', 'name:199999', 'name:7']);
  // No more than those of one chunk.
  t.true(visits <= 100 * 1024, `${visits} visits`);
});

test('every name can be picked at random', (t) => {
  const { keyspace } = bench(50);
  const found = new Set<string>();
  for (let i = 0; i < 5000; i++) found.add(String(keyspace.random()));
  t.is(found.size, 50);
});
