import test from 'ava';
import fc from 'fast-check';
import { Carry } from '#dist/protocol/carry.js';

/** Appends pieces and counts the bytes that had to move because the carry grew. */
class Counted {
  readonly carry = new Carry();
  moved = 0;

  append(piece: Buffer, bulkStart = 0, bulkLength = -1): void {
    const before = this.carry.bytes;
    const kept = this.carry.length;
    this.carry.append(piece, 0, piece.length, bulkStart, bulkLength);
    if (this.carry.bytes !== before) this.moved += kept;
  }
}

test('a carry keeps what was appended, in order', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
      const carry = new Carry();
      for (const piece of pieces) carry.append(Buffer.from(piece), 0, piece.length, 0, -1);
      t.deepEqual(carry.bytes.subarray(0, carry.length), Buffer.concat(pieces));
    }),
  );
});

test('growing moves each byte a constant number of times', (t) => {
  const counted = new Counted();
  const piece = Buffer.alloc(10);
  for (let i = 0; i < 100_000; i++) counted.append(piece);
  t.true(counted.moved < 2 * counted.carry.length);
  t.true(counted.carry.bytes.length <= 2 * counted.carry.length);
});

test('growing for the bulks of one request moves each byte a constant number of times', (t) => {
  for (const length of [1, 100, 3000, 100_000]) {
    const counted = new Counted();
    for (let bulk = 0; bulk < 5_000_000 / length / 10; bulk++) {
      const start = counted.carry.length;
      for (let i = 0; i < 4; i++)
        counted.append(Buffer.alloc(Math.ceil((length + 2) / 4)), start, length);
    }
    t.true(counted.moved <= 4 * counted.carry.length, `bulks of ${length}`);
  }
});

test('a bulk of 64 KB or less gets exactly its room at once', (t) => {
  const carry = new Carry();
  carry.append(Buffer.alloc(10), 0, 10, 4, 65_000);
  t.is(carry.bytes.length, 65_006);
});

test('a longer bulk gets no more than twice what has arrived, and exactly its room at last', (t) => {
  const counted = new Counted();
  const length = 20 << 20;
  const piece = Buffer.alloc(65536);
  while (counted.carry.length < length) {
    counted.append(piece, 0, length);
    t.true(counted.carry.bytes.length <= 2 * counted.carry.length);
  }
  counted.append(Buffer.alloc(2), 0, length);
  t.is(counted.carry.bytes.length, length + 2);
  t.true(counted.moved < 2 * length);
});

test('a cleared carry holds no memory', (t) => {
  const carry = new Carry();
  carry.append(Buffer.alloc(1000), 0, 1000, 0, -1);
  carry.clear();
  t.is(carry.length, 0);
  t.is(carry.bytes.length, 0);
});
