import test from 'ava';
import { KeyListing } from '#dist/master/key-listing.js';
import { SequenceTable } from '#dist/master/sequence-table.js';
import type { Int64 } from '#dist/protocol/int64.js';
import { seeded } from '../store/memory-disk.js';

class Bench {
  readonly table = new SequenceTable(0);
  readonly over: Int64[] = [];

  add(name: string): void {
    const bytes = Buffer.from(name);
    if (this.table.find(bytes, 0, bytes.length) === 0) this.table.insert(bytes, 0, bytes.length);
  }

  remove(name: string): void {
    const bytes = Buffer.from(name);
    const ref = this.table.find(bytes, 0, bytes.length);
    if (ref !== 0) this.table.remove(ref);
  }

  list(pattern: string, nowMs = 0): KeyListing {
    const onOver = (deadline: Int64) => this.over.push(deadline);
    return new KeyListing(this.table.slab, Buffer.from(pattern), nowMs, onOver);
  }
}

function names(listing: KeyListing): string[] {
  const words = Buffer.concat([...listing.reply()])
    .toString('latin1')
    .split('\r\n');
  const names = words.slice(1).filter((_, i) => i % 2 === 1);
  if (words[0] !== `*${names.length}`) throw new Error(`${words[0]} of ${names.length} names`);
  return names.sort();
}

test('a listing has the names that were there when it began, whatever comes and goes', (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const bench = new Bench();
    const own = new Set<string>();
    const change = () => {
      const name = `${'n'.repeat(1 + pick(3) * 4)}${pick(900)}`;
      if (own.has(name) && random() < 0.6) {
        bench.remove(name);
        own.delete(name);
      } else {
        bench.add(name);
        own.add(name);
      }
    };
    for (let i = 0; i < 800; i++) change();
    const running: { listing: KeyListing; expected: string[]; isDone: boolean }[] = [];
    for (let round = 0; round < 200; round++) {
      if (round < 100 && random() < 0.05) {
        const expected = [...own].sort();
        running.push({ listing: bench.list('*'), expected, isDone: false });
      }
      for (let i = pick(6); i > 0; i--) change();
      for (const each of running) {
        if (!each.isDone && random() < 0.5) each.isDone = each.listing.step(1 + pick(20));
      }
    }
    for (const { listing, expected } of running) {
      while (!listing.step(100)) {}
      t.deepEqual(names(listing), expected, `seed ${seed}`);
    }
  }
});

test('a listing of more than one chunk goes on in slices, and its reply comes in pieces', (t) => {
  const bench = new Bench();
  const expected: string[] = [];
  for (let i = 0; i < 60_000; i++) {
    const name = `name:${i}`;
    bench.add(name);
    if (i % 2 === 0) bench.remove(name);
    else expected.push(name);
  }
  const listing = bench.list('name:*');
  let steps = 1;
  while (!listing.step(1000)) steps++;
  t.true(steps > 20);
  const pieces = [...listing.reply()];
  t.true(pieces.length > 3);
  t.true(pieces.every(({ length }) => length < 150_000));
  t.deepEqual(names(listing), expected.sort());
});

test('a name whose time had come when the listing began is not in it', (t) => {
  const bench = new Bench();
  bench.add('a');
  bench.add('b');
  const { table } = bench;
  const ref = table.find(Buffer.from('a'), 0, 1);
  table.slab.setGauge(ref, true);
  table.setDeadline(ref, 1000);
  const [before, then] = [bench.list('*', 999), bench.list('*', 1000)];
  t.true(before.step(100) && then.step(100));
  t.deepEqual([names(before), names(then)], [['a', 'b'], ['b']]);
  t.deepEqual(bench.over, [1000]);
});

test('the pattern chooses, and an empty table has no names', (t) => {
  const bench = new Bench();
  const empty = bench.list('*');
  t.true(empty.step(1));
  t.deepEqual(names(empty), []);
  for (const name of ['user:1', 'user:2', 'order:1']) bench.add(name);
  const listing = bench.list('user:?');
  t.true(listing.step(1000));
  t.deepEqual(names(listing), ['user:1', 'user:2']);
});
