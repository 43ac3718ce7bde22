import test from 'ava';
import fc from 'fast-check';
import { SequenceTable } from '#dist/master/sequence-table.js';
import { fromBigInt } from '#dist/protocol/int64.js';
import { checkProperty } from '../check-property.js';

const LENGTHS = [0, 1, 2, 3, 4, 7, 8, 255, 65534, 65535, 65536, 70000];

/** Binary names of all interesting lengths, equal for equal numbers. */
function nameOf(number: number): Buffer {
  const length = LENGTHS[number % LENGTHS.length] as number;
  const name = Buffer.alloc(length, number);
  if (length >= 2) name.writeUInt16LE(number, 0);
  return name;
}

function find(table: SequenceTable, name: Buffer): number {
  return table.find(name, 0, name.length);
}

function names(table: SequenceTable): string[] {
  const found: string[] = [];
  for (let page = 0; page < table.slab.pages; page++) {
    table.slab.visitPage(page, (ref) => found.push(nameAt(table, ref)));
  }
  return found;
}

function nameAt({ slab }: SequenceTable, ref: number): string {
  return slab.nameBytes(ref).toString('latin1', slab.nameStart(ref), slab.nameEnd(ref));
}

test('a table has the names and values that a map has', (t) => {
  const step = fc.tuple(
    fc.constantFrom('set', 'set', 'set', 'remove'),
    fc.nat(60),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  );
  checkProperty(
    t,
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const table = new SequenceTable(0);
      const map = new Map<string, bigint>();
      for (const [act, number, value] of steps) {
        const name = nameOf(number);
        const key = name.toString('latin1');
        const ref = find(table, name);
        t.is(ref !== 0, map.has(key));
        if (act === 'set') {
          const target = ref === 0 ? table.insert(name, 0, name.length) : ref;
          if (ref === 0) t.is(table.value(target), 0);
          table.setValue(target, fromBigInt(value));
          map.set(key, value);
        } else if (ref !== 0) {
          table.remove(ref);
          map.delete(key);
        }
      }
      t.is(table.size, map.size);
      for (const [key, value] of map) {
        const ref = find(table, Buffer.from(key, 'latin1'));
        t.is(BigInt(table.value(ref)), value);
        t.true(nameAt(table, ref) === key);
      }
      t.deepEqual(names(table).sort(), [...map.keys()].sort());
    }),
    { numRuns: 60 },
  );
});

test('a name is found within a larger buffer and beside names that it begins', (t) => {
  const table = new SequenceTable(0);
  const bytes = Buffer.from('xxabcdyy');
  const abcd = table.insert(bytes, 2, 6);
  const abc = table.insert(bytes, 2, 5);
  t.is(table.find(Buffer.from('abcd'), 0, 4), abcd);
  t.is(table.find(Buffer.from('abcde'), 0, 3), abc);
  t.is(table.find(Buffer.from('ab'), 0, 2), 0);
  t.is(table.find(Buffer.from('abce'), 0, 4), 0);
});

test('names longer than a chunk stand beside short ones', (t) => {
  const table = new SequenceTable(0);
  const long = [1 << 20, (1 << 20) - 24, 3 << 20, (5 << 20) + 1].map((length, i) =>
    Buffer.alloc(length, i + 1),
  );
  const all: Buffer[] = [];
  long.forEach((name, i) => {
    all.push(name, Buffer.from(`short-${i}`));
  });
  for (const round of [1, 2]) {
    for (const name of all) table.setValue(table.insert(name, 0, name.length), name.length * round);
    for (const name of all) t.is(table.value(find(table, name)), name.length * round);
    t.is(names(table).length, all.length);
    const { bytes } = table;
    for (const name of all) table.remove(find(table, name));
    t.is(table.size, 0);
    t.is(names(table).length, 0);
    if (round === 2) t.is(table.bytes, bytes);
  }
});

test('names that come and go leave no room in the index taken, and the others are found', (t) => {
  const table = new SequenceTable(0);
  const name = (number: number) => Buffer.from(`session:${number}`);
  const put = (number: number) => {
    const bytes = name(number);
    table.setValue(table.insert(bytes, 0, bytes.length), number);
  };
  const stay = 8000;
  for (let i = 0; i < stay; i++) put(-i);
  const { indexBytes } = table;
  for (let i = 1; i <= 100_000; i++) {
    put(i);
    if (i > 50) table.remove(find(table, name(i - 50)));
  }
  for (let i = 0; i < stay; i++) t.is(Number(table.value(find(table, name(-i)))), -i || 0);
  for (let i = 1; i <= 100_000; i++) t.is(find(table, name(i)) !== 0, i > 99_950);
  // As many as names alone take.
  const other = new SequenceTable(0);
  for (let i = 0; i < stay + 50; i++) {
    const bytes = name(-i);
    other.insert(bytes, 0, bytes.length);
  }
  t.true(table.indexBytes <= Math.max(indexBytes, other.indexBytes) * 1.5, `${table.indexBytes}`);
  for (let i = 99_951; i <= 100_000; i++) table.remove(find(table, name(i)));
  for (let i = 0; i < stay; i++) table.remove(find(table, name(-i)));
  t.is(table.size, 0);
  t.is(find(table, name(-1)), 0);
});

test('a scan by pages sees every name that stays exactly once, whatever comes and goes meanwhile', (t) => {
  const table = new SequenceTable(0);
  const name = (number: number) => Buffer.from(`tenant:${number % 977}:${number}`);
  const count = 200_000;
  for (let i = 0; i < count; i++) {
    const bytes = name(i);
    table.setValue(table.insert(bytes, 0, bytes.length), i);
  }
  const seen = new Uint8Array(count);
  let next = count;
  for (let page = 0; page < table.slab.pages; page++) {
    table.slab.visitPage(page, (ref) => {
      const value = Number(table.value(ref));
      if (value < count) seen[value] = (seen[value] as number) + 1;
    });
    // The even ones go, the odd ones stay, and new ones take their places.
    for (let i = 0; i < 20; i++) {
      const gone = name((page * 20 + i) * 2);
      const ref = find(table, gone);
      if (ref !== 0 && (page * 20 + i) * 2 < count) table.remove(ref);
      const bytes = name(next++);
      table.setValue(table.insert(bytes, 0, bytes.length), next);
    }
  }
  let wrong = 0;
  for (let i = 1; i < count; i += 2) if (seen[i] !== 1) wrong++;
  t.is(wrong, 0);
  for (let i = 1; i < count; i += 2) if (table.value(find(table, name(i))) !== i) wrong++;
  t.is(wrong, 0);
});

test('the records of removed sequences are used again', (t) => {
  const table = new SequenceTable(0);
  const fill = (prefix: string) => {
    for (let i = 0; i < 20_000; i++) {
      const name = Buffer.from(`${prefix}${i}`);
      table.insert(name, 0, name.length);
    }
  };
  fill('a');
  const { bytes } = table.slab;
  for (let i = 0; i < 20_000; i++) table.remove(find(table, Buffer.from(`a${i}`)));
  fill('b');
  t.is(table.slab.bytes, bytes);
  t.is(table.size, 20_000);
});
