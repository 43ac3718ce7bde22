import test from 'ava';
import fc from 'fast-check';
import { SequenceTable } from '#dist/master/sequence-table.js';
import { checkProperty } from '../check-property.js';

/** A table whose sequences are removed when they are due, as the keyspace would. */
class Rig {
  readonly table = new SequenceTable(0);
  nowMs = 0;

  set(name: string, deadline: number): void {
    const bytes = Buffer.from(name);
    const { table } = this;
    const found = table.find(bytes, 0, bytes.length);
    const ref = found === 0 ? table.insert(bytes, 0, bytes.length) : found;
    table.slab.setGauge(ref, true);
    table.setDeadline(ref, deadline);
  }

  remove(name: string): void {
    const ref = this.table.find(Buffer.from(name), 0, name.length);
    if (ref !== 0) this.table.remove(ref);
  }

  due(nowMs: number, limit = 1000): string[] {
    const names: string[] = [];
    while (
      this.table.deadlines.due(nowMs, limit, (ref) => {
        const { slab } = this.table;
        names.push(slab.nameBytes(ref).toString('latin1', slab.nameStart(ref), slab.nameEnd(ref)));
        this.table.remove(ref);
      })
    );
    return names.sort();
  }
}

test('sequences come out when their deadline has passed, not before', (t) => {
  const rig = new Rig();
  rig.set('a', 1_000);
  rig.set('b', 5_000);
  t.deepEqual(rig.due(900), []);
  t.deepEqual(rig.due(1_100), ['a']);
  t.deepEqual(rig.due(1_100), []);
  t.deepEqual(rig.due(1e12), ['b']);
});

test('a deadline that was put off, taken away or moved up counts as it is now', (t) => {
  const rig = new Rig();
  for (const name of ['a', 'b', 'c', 'd', 'e']) rig.set(name, 1_000);
  rig.set('a', 9_000);
  rig.set('b', 0);
  rig.set('c', 500);
  rig.remove('d');
  rig.remove('e');
  rig.set('e', 3_000);
  t.deepEqual(rig.due(800), ['c']);
  t.deepEqual(rig.due(2_000), []);
  rig.set('b', 9_000);
  t.deepEqual(rig.due(4_000), ['e']);
  t.deepEqual(rig.due(9_200), ['a', 'b']);
});

test('a slice hands out no more than it may', (t) => {
  const { table } = new Rig();
  const rig = new Rig();
  for (let i = 0; i < 10_000; i++) rig.set(`name-${i}`, 1_000);
  let count = 0;
  t.true(
    rig.table.deadlines.due(2_000, 100, (ref) => {
      count++;
      rig.table.remove(ref);
    }),
  );
  t.is(count, 100);
  t.is(rig.due(2_000).length, 9_900);
  t.is(rig.table.slab.expiring, 0);
  t.is(table.size, 0);
});

test('whatever is done to deadlines, each sequence comes out once, when it is due', (t) => {
  const step = fc.record({
    kind: fc.constantFrom('set', 'set', 'set', 'persist', 'remove', 'pass'),
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    ms: fc.integer({ min: 0, max: 5_000 }),
  });
  checkProperty(
    t,
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rig = new Rig();
      const model = new Map<string, number>();
      for (const { kind, name, ms } of steps) {
        if (kind === 'set') {
          rig.set(name, rig.nowMs + ms + 1);
          model.set(name, rig.nowMs + ms + 1);
        } else if (kind === 'persist') {
          if (model.has(name)) {
            rig.set(name, 0);
            model.set(name, 0);
          }
        } else if (kind === 'remove') {
          rig.remove(name);
          model.delete(name);
        } else {
          rig.nowMs += ms;
          const due = rig.due(rig.nowMs);
          const end = Math.floor(rig.nowMs / 100) * 100;
          for (const each of due) {
            const deadline = model.get(each) ?? 0;
            if (deadline === 0 || deadline > rig.nowMs) throw new Error(`${each} came out early`);
            model.delete(each);
          }
          for (const [each, deadline] of model) {
            if (deadline !== 0 && deadline < end) throw new Error(`${each} did not come out`);
          }
        }
      }
    }),
  );
  t.pass();
});
