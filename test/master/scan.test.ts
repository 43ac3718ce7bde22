import test from 'ava';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import { Sequences } from '#dist/master/sequences.js';
import { seeded } from '../store/memory-disk.js';

const SETTINGS = { block: 100, blockMax: 100, threshold: 1, blockTimeMs: 500 };
/** A step visits so many, and what is in the last page beside them. */
const MOST = 4096;
const A_PAGE = 60;

class Bench {
  readonly log = new ReservationLog();
  readonly sequences = new Sequences(this.log, 1);
  readonly keyspace = new KeyspaceView(
    this.sequences,
    () => SETTINGS,
    () => 1,
  );

  set(name: string): void {
    const bytes = Buffer.from(name);
    this.keyspace.write(bytes, 0, bytes.length, 1);
  }

  remove(name: string): void {
    const bytes = Buffer.from(name);
    this.keyspace.remove(bytes, 0, bytes.length);
  }

  scan(cursor: number, count: number): { next: number; names: string[] } {
    const names: string[] = [];
    this.keyspace.begin(0);
    const next = this.keyspace.scan(cursor, count, (bytes, start, end) => {
      names.push(bytes.toString('latin1', start, end));
    });
    return { next, names };
  }

  /** All steps from the first to the last; `between` happens between two of them. */
  scanAll(count: number, between: () => void = () => {}): string[] {
    const found: string[] = [];
    let cursor = 0;
    do {
      const { next, names } = this.scan(cursor, count);
      found.push(...names);
      cursor = next;
      between();
    } while (cursor !== 0);
    return found;
  }
}

function filled(count: number): Bench {
  const bench = new Bench();
  for (let i = 0; i < count; i++) bench.set(`name:${i}`);
  return bench;
}

test('SCAN names everything once, whatever its COUNT', (t) => {
  const bench = filled(3000);
  const all = Array.from({ length: 3000 }, (_, i) => `name:${i}`).sort();
  for (const count of [1, 3, 10, 19, 1000, 1e6]) {
    t.is(bench.scanAll(count).sort().join(), all.join(), `COUNT ${count}`);
  }
});

test('SCAN names what is there all along, and nothing that is not there at its end or came meanwhile', (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed);
    const bench = filled(1500);
    const pick = (count: number) => Math.floor(random() * count);
    const there = new Set(Array.from({ length: 1500 }, (_, i) => `name:${i}`));
    const allAlong = new Set(there);
    const ever = new Set(there);
    let made = 1500;
    const found = bench.scanAll(1 + pick(30), () => {
      for (let changes = pick(60); changes > 0; changes--) {
        // Names of other lengths leave holes, and take the places of others.
        const name = random() < 0.5 ? `name:${pick(made)}` : `${'x'.repeat(pick(40))}${made++}`;
        if (there.delete(name)) {
          allAlong.delete(name);
          bench.remove(name);
        } else {
          there.add(name);
          ever.add(name);
          bench.set(name);
        }
      }
    });
    const times = new Map<string, number>();
    for (const name of found) times.set(name, (times.get(name) ?? 0) + 1);
    t.deepEqual(
      [...allAlong].filter((name) => times.get(name) !== 1),
      [],
      `seed ${seed}`,
    );
    t.deepEqual(
      found.filter((name) => !ever.has(name)),
      [],
    );
  }
});

test('SCAN goes on over places that are empty, and looks at so many of them at a time', (t) => {
  const bench = filled(100_000);
  for (let i = 5; i < 99_995; i++) bench.remove(`name:${i}`);
  const first = bench.scan(0, 10);
  t.deepEqual(first.names, ['name:0', 'name:1', 'name:2', 'name:3', 'name:4']);
  t.not(first.next, 0);
  t.is(bench.scanAll(10).length, 10);
  // None is left in the first of its steps.
  for (let i = 0; i < 5; i++) bench.remove(`name:${i}`);
  t.deepEqual(bench.scan(0, 10).names, []);
  t.deepEqual(bench.scanAll(10), [
    'name:99995',
    'name:99996',
    'name:99997',
    'name:99998',
    'name:99999',
  ]);
});

test('one SCAN does not hold others up, whatever its COUNT', (t) => {
  const { names, next } = filled(MOST * 2).scan(0, 1e9);
  t.true(names.length >= MOST && names.length <= MOST + A_PAGE, `${names.length}`);
  t.not(next, 0);
});

test('SCAN ends at a cursor that is beyond all names', (t) => {
  const bench = filled(100);
  for (const cursor of [1e6, 2 ** 53 - 1, -1]) {
    t.deepEqual(bench.scan(cursor, 10), { next: 0, names: [] });
  }
});
