import test from 'ava';
import fc from 'fast-check';
import { ByteWriter } from '#dist/protocol/bytes.js';
import {
  ALL_DATABASES,
  ENTRY_EXPIRES,
  ENTRY_GAUGE,
  ENTRY_HEADER,
  readEntries,
  writeClock,
  writeFlush,
  writePlace,
  writeRemove,
  writeState,
} from '#dist/protocol/entry.js';
import { fromBigInt, INT64_MAX, INT64_MIN, type Int64 } from '#dist/protocol/int64.js';

type Entry =
  | {
      kind: 'state';
      database: number;
      flags: number;
      ceiling: Int64;
      name: string;
      deadline: Int64;
    }
  | { kind: 'remove'; database: number; name: string }
  | { kind: 'flush'; database: number }
  | { kind: 'clock'; nowMs: number }
  | { kind: 'place'; database: number; place: number };

function write(entries: readonly Entry[]): Buffer {
  const out = new ByteWriter(8);
  for (const entry of entries) {
    if (entry.kind === 'flush') {
      writeFlush(out, entry.database);
      continue;
    }
    if (entry.kind === 'clock') {
      writeClock(out, entry.nowMs);
      continue;
    }
    if (entry.kind === 'place') {
      writePlace(out, entry.database, entry.place);
      continue;
    }
    // The name lies somewhere within other bytes, as it does in a frame.
    const bytes = Buffer.from(`<${entry.name}>`, 'latin1');
    const end = bytes.length - 1;
    if (entry.kind === 'remove') writeRemove(out, entry.database, bytes, 1, end);
    else {
      const { database, flags, ceiling, deadline } = entry;
      writeState(out, database, flags, ceiling, bytes, 1, end, deadline);
    }
  }
  return out.take();
}

function read(bytes: Buffer, start = 0, end = bytes.length): Entry[] {
  const entries: Entry[] = [];
  const count = readEntries(bytes, start, end, {
    state(database, flags, ceiling, source, from, to, deadline) {
      const name = source.toString('latin1', from, to);
      entries.push({ kind: 'state', database, flags, ceiling, name, deadline });
    },
    remove(database, source, from, to) {
      entries.push({ kind: 'remove', database, name: source.toString('latin1', from, to) });
    },
    flush(database) {
      entries.push({ kind: 'flush', database });
    },
    clock(nowMs) {
      entries.push({ kind: 'clock', nowMs });
    },
    place(database, place) {
      entries.push({ kind: 'place', database, place });
    },
  });
  if (count !== entries.length) throw new Error(`counted ${count}, visited ${entries.length}`);
  return entries;
}

const name = fc
  .uint8Array({ maxLength: 100 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const database = fc.oneof(fc.nat(15), fc.nat(0xffff));
const int64 = fc.bigInt({ min: INT64_MIN, max: INT64_MAX }).map(fromBigInt);
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    kind: fc.constant('state' as const),
    database,
    flags: fc.constantFrom(0, ENTRY_GAUGE),
    ceiling: int64,
    name,
    deadline: fc.constant(0),
  }),
  fc.record({
    kind: fc.constant('state' as const),
    database,
    flags: fc.constant(ENTRY_GAUGE | ENTRY_EXPIRES),
    ceiling: int64,
    name,
    deadline: int64.filter((deadline) => deadline !== 0),
  }),
  fc.record({ kind: fc.constant('clock' as const), nowMs: fc.nat(2 ** 31 - 1) }),
  fc.record({ kind: fc.constant('place' as const), database, place: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant('remove' as const), database, name }),
  fc.record({ kind: fc.constant('flush' as const), database }),
);

const EXAMPLES: readonly Entry[] = [
  { kind: 'state', database: 3, flags: ENTRY_GAUGE, ceiling: -2, name: 'ab', deadline: 0 },
  { kind: 'remove', database: 258, name: 'c' },
  { kind: 'flush', database: ALL_DATABASES },
  { kind: 'state', database: 0, flags: 0, ceiling: INT64_MAX, name: '', deadline: 0 },
  { kind: 'state', database: 1, flags: 3, ceiling: 7, name: 'd', deadline: 1_700_000_000_001 },
  { kind: 'clock', nowMs: 1_700_000_000_000 },
  { kind: 'place', database: 2, place: 5 },
];

test('an entry has the layout of its picture', (t) => {
  t.is(
    write(EXAMPLES.slice(0, 3)).toString('hex'),
    '01010300' +
      '02000000' +
      'feffffffffffffff' +
      '6162' + //
      '02000201' +
      '01000000' +
      '0000000000000000' +
      '63' + //
      '0300ffff' +
      '00000000' +
      '0000000000000000',
  );
  t.is(
    write(EXAMPLES.slice(4)).toString('hex'),
    '01030100' +
      '01000000' +
      '0700000000000000' +
      '0168e5cf8b010000' +
      '64' + //
      '04000000' +
      '00000000' +
      '0068e5cf8b010000' + //
      '05000200' +
      '00000000' +
      '0500000000000000',
  );
});

test('entries are read as they were written, in order', (t) => {
  t.deepEqual(read(write(EXAMPLES)), EXAMPLES);
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      t.deepEqual(read(write(entries)), entries);
    }),
  );
});

test('only the bytes between start and end are read', (t) => {
  const bytes = Buffer.concat([Buffer.alloc(7, 0xff), write(EXAMPLES), Buffer.alloc(9, 0xff)]);
  t.deepEqual(read(bytes, 7, bytes.length - 9), EXAMPLES);
  t.deepEqual(read(bytes, 7, 7), []);
});

test('entries that are cut anywhere but between two are refused', (t) => {
  const bytes = write(EXAMPLES);
  const ends = EXAMPLES.map((_, i) => write(EXAMPLES.slice(0, i)).length);
  for (let end = 0; end < bytes.length; end++) {
    const whole = ends.indexOf(end);
    if (whole >= 0) t.deepEqual(read(bytes, 0, end), EXAMPLES.slice(0, whole));
    else
      t.throws(() => read(bytes, 0, end), {
        message: /^an entry (ends early|reaches past its record)$/,
      });
  }
});

test('an unknown kind is refused', (t) => {
  for (const kind of [0, 6, 255]) {
    const bytes = write(EXAMPLES);
    bytes[0] = kind;
    t.throws(() => read(bytes), { message: `unknown entry kind ${kind}` });
  }
});

test('an unknown flag is refused', (t) => {
  for (const flags of [4, 5, 0x80, 255]) {
    const bytes = write(EXAMPLES);
    bytes[1] = flags;
    t.throws(() => read(bytes), { message: `unknown entry flags ${flags}` });
  }
});

test('a name that reaches past the record is refused', (t) => {
  for (const length of [3, 1000, 0x7fffffff, 0xffffffff]) {
    const bytes = write([{ kind: 'remove', database: 0, name: 'ab' }]);
    bytes.writeUInt32LE(length, 4);
    t.is(bytes.length, ENTRY_HEADER + 2);
    t.throws(() => read(bytes), { message: 'an entry reaches past its record' });
  }
});

test('damaged bytes are read or refused with a reason', (t) => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 5 }),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (entries, damages) => {
        const bytes = write(entries);
        for (const { at, byte } of damages) bytes[at % bytes.length] = byte;
        try {
          read(bytes);
        } catch (error) {
          t.regex((error as Error).message, /^(an entry|unknown entry) /);
        }
        t.pass();
      },
    ),
    { numRuns: 2000 },
  );
});
