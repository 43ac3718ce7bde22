import test from 'ava';
import fc from 'fast-check';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { fromBigInt, INT64_MAX, INT64_MIN, type Int64 } from '#dist/protocol/int64.js';
import { type ProtocolVersion, ReplyWriter, writeIntegerRun } from '#dist/protocol/reply.js';
import { checkProperty } from '../check-property.js';

function written(protocol: ProtocolVersion, write: (reply: ReplyWriter) => void): string {
  const reply = new ReplyWriter(new ByteWriter(1));
  reply.protocol = protocol;
  write(reply);
  return reply.out.view().toString('latin1');
}

function run(first: Int64, step: Int64, count: number): string {
  const out = new ByteWriter(1);
  writeIntegerRun(out, first, step, count);
  return out.view().toString('latin1');
}

function expected(first: Int64, step: Int64, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += `:${BigInt(first) + BigInt(step) * BigInt(i)}\r\n`;
  return text;
}

test('an integer is written as JavaScript writes it', (t) => {
  const edges: Int64[] = [0, 1, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, -(2 ** 31), 2 ** 32];
  for (let power = 1; power <= 15; power++) {
    edges.push(10 ** power - 1, 10 ** power, -(10 ** power), 10 ** power + 1);
  }
  edges.push(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, INT64_MAX, INT64_MIN);
  for (const value of edges) {
    t.is(
      written(2, (reply) => reply.integer(value)),
      `:${value}\r\n`,
    );
  }
  checkProperty(
    t,
    fc.property(fc.bigInt(INT64_MIN, INT64_MAX), fc.nat(63), (large, bits) => {
      const value = large >> BigInt(bits);
      return written(2, (reply) => reply.integer(fromBigInt(value))) === `:${value}\r\n`;
    }),
    { numRuns: 3000 },
  );
});

test('a run is the integers one after the other, over every change of length', (t) => {
  for (let power = 0; power <= 15; power++) {
    for (let before = 0; before <= 12; before++) {
      const first = Math.max(0, 10 ** power - before);
      t.is(run(first, 1, 25), expected(first, 1, 25));
    }
  }
  t.is(run(0, 1, 11_000), expected(0, 1, 11_000));
});

test('a run is exact with any step, below zero and beyond the safe integers', (t) => {
  checkProperty(
    t,
    fc.property(
      fc.bigInt(-(2n ** 62n), 2n ** 62n),
      fc.nat(62),
      fc.bigInt(-(2n ** 55n), 2n ** 55n),
      fc.nat(55),
      fc.integer({ min: 1, max: 60 }),
      (large, bits, wide, stepBits, count) => {
        const first = fromBigInt(large >> BigInt(bits));
        const step = fromBigInt(wide >> BigInt(stepBits));
        return run(first, step, count) === expected(first, step, count);
      },
    ),
    { numRuns: 2000 },
  );
  const edges: Int64[] = [-3, 9e15 - 10, Number.MAX_SAFE_INTEGER - 3, INT64_MAX - 9n];
  for (const first of edges) t.is(run(first, 1, 10), expected(first, 1, 10));
  t.is(run(INT64_MIN + 9n, -1, 10), expected(INT64_MIN + 9n, -1, 10));
});

test('what RESP2 lacks takes its RESP2 form', (t) => {
  const both = (write: (reply: ReplyWriter) => void) => [written(2, write), written(3, write)];
  t.deepEqual(
    both((reply) => reply.nil()),
    ['$-1\r\n', '_\r\n'],
  );
  t.deepEqual(
    both((reply) => reply.nilArray()),
    ['*-1\r\n', '_\r\n'],
  );
  t.deepEqual(
    both((reply) => reply.map(3)),
    ['*6\r\n', '%3\r\n'],
  );
  t.deepEqual(
    both((reply) => reply.set(12)),
    ['*12\r\n', '~12\r\n'],
  );
  t.deepEqual(
    both((reply) => reply.verbatim('a=1\r\n')),
    ['$5\r\na=1\r\n\r\n', '=9\r\ntxt:a=1\r\n\r\n'],
  );
});

test('what both protocols have is the same in both', (t) => {
  const forms: [(reply: ReplyWriter) => void, string][] = [
    [(reply) => reply.ok(), '+OK\r\n'],
    [(reply) => reply.status('PONG'), '+PONG\r\n'],
    [(reply) => reply.error('ERR a\r\nb'), '-ERR a  b\r\n'],
    [(reply) => reply.array(0), '*0\r\n'],
    [(reply) => reply.bulk(Buffer.from('x\0\xffy', 'latin1'), 1, 3), '$2\r\n\0\xff\r\n'],
    [(reply) => reply.bulkText(''), '$0\r\n\r\n'],
    [(reply) => reply.bulkInteger(INT64_MIN), '$20\r\n-9223372036854775808\r\n'],
  ];
  for (const [write, bytes] of forms) {
    t.is(written(2, write), bytes);
    t.is(written(3, write), bytes);
  }
});
