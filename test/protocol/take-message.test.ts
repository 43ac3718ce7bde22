import test from 'ava';
import fc from 'fast-check';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { fromBigInt } from '#dist/protocol/int64.js';
import {
  EntryReader,
  EntryType,
  PartReader,
  PartType,
  setTakeCount,
  writeCommand,
  writeRefusalPart,
  writeReplyPart,
  writeRunPart,
  writeTake,
} from '#dist/protocol/take-message.js';
import { checkProperty } from '../check-property.js';

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(fromBigInt);
const tag = fc.nat(0xffffffff);
const count = fc.integer({ min: 1, max: 0xffffffff });
const bytes = fc.uint8Array({ maxLength: 80 }).map((each) => Buffer.from(each));
const text = fc.string({ unit: 'binary-ascii', minLength: 1 });

const entry = fc.oneof(
  fc.record({
    type: fc.constantFrom(EntryType.take, EntryType.unitTake),
    tag,
    database: fc.nat(0xffff),
    amount: int64,
    count,
    name: bytes,
  }),
  fc.record({
    type: fc.constant(EntryType.command),
    tag,
    database: fc.nat(0xffff),
    protocol: fc.constantFrom(2, 3),
    index: fc.nat(500),
    words: fc.array(bytes, { minLength: 1 }),
  }),
);

test('entries come out as they went in', (t) => {
  checkProperty(
    t,
    fc.property(fc.array(entry), bytes, (entries, before) => {
      const out = new ByteWriter(16);
      out.copy(before, 0, before.length);
      for (const each of entries) {
        if ('words' in each) {
          const whole = Buffer.concat(each.words);
          const ends = each.words.map((_, i) => Buffer.concat(each.words.slice(0, i + 1)).length);
          const starts = ends.map((end, i) => end - (each.words[i] as Buffer).length);
          const { tag, protocol, database, index } = each;
          writeCommand(out, tag, protocol, database, index, whole, ends.length, starts, ends);
        } else {
          const { tag, database, amount, name } = each;
          const inUnits = each.type === EntryType.unitTake;
          const at = writeTake(out, tag, inUnits, database, amount, name, 0, name.length);
          setTakeCount(out, at, each.count);
        }
      }
      const reader = new EntryReader();
      reader.begin(out.view(), before.length, out.length);
      for (const each of entries) {
        t.true(reader.next());
        t.is(reader.tag, each.tag);
        t.is(reader.type, each.type);
        t.is(reader.database, each.database);
        if ('words' in each) {
          t.is(reader.protocol, each.protocol);
          t.is(reader.command, each.index);
          t.is(reader.count, each.words.length);
          each.words.forEach((word, i) => {
            t.is(reader.text(i), word.toString('latin1'));
          });
        } else {
          t.is(reader.amount, each.amount);
          t.is(reader.takes, each.count);
          const name = out.bytes.subarray(reader.nameStart, reader.nameEnd);
          t.true(each.name.equals(name));
        }
      }
      t.false(reader.next());
    }),
  );
});

const part = fc.oneof(
  fc.record({
    type: fc.constant(PartType.run),
    tag,
    isLast: fc.boolean(),
    count,
    first: int64,
    step: int64,
  }),
  fc.record({ type: fc.constant(PartType.refusal), tag, isLast: fc.boolean(), count, text }),
  fc.record({ type: fc.constant(PartType.reply), tag, bytes }),
);

test('parts come out as they went in', (t) => {
  checkProperty(
    t,
    fc.property(fc.array(part), (parts) => {
      const out = new ByteWriter(16);
      for (const each of parts) {
        if ('first' in each) {
          writeRunPart(out, each.tag, each.isLast, each.count, each.first, each.step);
        } else if ('text' in each) {
          writeRefusalPart(out, each.tag, each.isLast, each.count, each.text);
        } else writeReplyPart(out, each.tag, each.bytes, 0, each.bytes.length);
      }
      const reader = new PartReader();
      reader.begin(out.view(), 0, out.length);
      for (const each of parts) {
        t.true(reader.next());
        t.is(reader.tag, each.tag);
        t.is(reader.type, each.type);
        t.is(reader.isLast, 'isLast' in each ? each.isLast : true);
        if ('count' in each) t.is(reader.count, each.count);
        if ('first' in each) t.deepEqual([reader.first, reader.step], [each.first, each.step]);
        else {
          const found = out.bytes.toString('latin1', reader.start, reader.end);
          t.is(found, 'text' in each ? each.text : each.bytes.toString('latin1'));
        }
      }
      t.false(reader.next());
    }),
  );
});

test('a reader goes by the size of an entry, not by what it knows of it', (t) => {
  const out = new ByteWriter(16);
  const name = Buffer.from('x');
  writeCommand(out, 1, 2, 0, 7, name, 1, [0], [1]);
  out.u32(0xdeadbeef);
  out.bytes.writeUInt32LE(out.length - 8, 4);
  writeTake(out, 2, true, 0, 1, name, 0, 1);
  const reader = new EntryReader();
  reader.begin(out.view(), 0, out.length);
  t.true(reader.next());
  t.true(reader.next());
  t.is(reader.tag, 2);
  t.false(reader.next());
});
