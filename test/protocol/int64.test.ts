import test from 'ava';
import fc from 'fast-check';
import {
  add,
  advance,
  distance,
  fromBigInt,
  fromWords,
  highWord,
  INT64_MAX,
  INT64_MIN,
  type Int64,
  lowWord,
  multiply,
  parseInt64,
  readInt64,
  subtract,
  writeInt64,
} from '#dist/protocol/int64.js';

/** Around these, doubles, 32-bit words or 64 bits come to their end. */
const EDGES = [
  0n,
  1n << 31n,
  1n << 32n,
  1n << 52n,
  1n << 53n,
  1n << 54n,
  3037000500n, // √2^63
  10n ** 15n,
  10n ** 16n,
  10n ** 18n,
  INT64_MAX,
];

const nearEdge = fc
  .tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -3n, max: 3n }), fc.boolean())
  .map(([edge, offset, isNegative]) => (isNegative ? -edge : edge) + offset)
  .filter((value) => value >= INT64_MIN && value <= INT64_MAX);

const int64 = fc.oneof(
  nearEdge,
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.maxSafeInteger().map(BigInt),
);

const RUNS = { numRuns: 5000 };

function isCanonical(value: Int64): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  return !Number.isSafeInteger(Number(value)) && value >= INT64_MIN && value <= INT64_MAX;
}

/** What the result must be, in the form that `===` compares. */
function expected(exact: bigint): Int64 | undefined {
  return exact < INT64_MIN || exact > INT64_MAX ? undefined : fromBigInt(exact);
}

function parse(text: string): Int64 | undefined {
  const bytes = Buffer.from(`7${text}7`, 'latin1');
  return parseInt64(bytes, 1, bytes.length - 1);
}

test('the canonical form is a number exactly while that is safe', (t) => {
  t.is(fromBigInt(0n), 0);
  t.is(fromBigInt(9007199254740991n), 9007199254740991);
  t.is(fromBigInt(9007199254740992n), 9007199254740992n);
  t.is(fromBigInt(-9007199254740991n), -9007199254740991);
  t.is(fromBigInt(-9007199254740992n), -9007199254740992n);
  fc.assert(
    fc.property(int64, (value) => {
      t.true(isCanonical(fromBigInt(value)));
      t.is(BigInt(fromBigInt(value)), value);
    }),
    RUNS,
  );
});

for (const [name, operation, exact] of [
  ['sum', add, (a: bigint, b: bigint) => a + b],
  ['difference', subtract, (a: bigint, b: bigint) => a - b],
  ['product', multiply, (a: bigint, b: bigint) => a * b],
] as const) {
  test(`a ${name} is exact, or undefined beyond 64 bits`, (t) => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const result = operation(fromBigInt(a), fromBigInt(b));
        t.is(result, expected(exact(a, b)));
        t.true(result === undefined || isCanonical(result));
      }),
      RUNS,
    );
  });
}

test('arithmetic ends at the limits', (t) => {
  t.is(add(INT64_MAX, 1), undefined);
  t.is(add(INT64_MAX, 0), INT64_MAX);
  t.is(add(INT64_MAX, INT64_MIN), -1);
  t.is(subtract(INT64_MIN, 1), undefined);
  t.is(subtract(0, INT64_MIN), undefined);
  t.is(multiply(INT64_MIN, -1), undefined);
  t.is(multiply(INT64_MIN, 1), INT64_MIN);
  t.is(multiply(-5, 0), 0);
});

test('an integer is parsed as it is written', (t) => {
  fc.assert(
    fc.property(int64, (value) => {
      t.is(parse(String(value)), fromBigInt(value));
    }),
    RUNS,
  );
});

test('what is not written as an integer of 64 bits is none', (t) => {
  const wrong = [
    '',
    '-',
    '+1',
    '01',
    '00',
    '-0',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '--1',
    '1-',
  ];
  wrong.push(
    '1\0',
    '\x001',
    '1\r\n',
    '1234567890123456x',
    '123456789012345678x',
    '/',
    ':',
    '1/',
    '1:',
  );
  wrong.push('9223372036854775808', '-9223372036854775809', '9999999999999999999');
  wrong.push('18446744073709551616', '92233720368547758070', '1'.repeat(1000));
  for (const text of wrong) t.is(parse(text), undefined, JSON.stringify(text));
});

test('any text is an integer exactly by the grammar', (t) => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 21 });
  const text = fc.oneof(
    fc.tuple(fc.constantFrom('', '-', '+', ' ', '--'), digits).map((parts) => parts.join('')),
    fc.string({ unit: fc.constantFrom(...'0019-+ ./:'), maxLength: 21 }),
    fc.tuple(int64, fc.nat(20), fc.constantFrom(...'x -.\0')).map(([value, at, letter]) => {
      const written = String(value);
      return written.slice(0, at) + letter + written.slice(at);
    }),
  );
  fc.assert(
    fc.property(text, (written) => {
      const isInteger = /^(?:0|-?[1-9][0-9]*)$/.test(written);
      t.is(parse(written), isInteger ? expected(BigInt(written)) : undefined);
    }),
    RUNS,
  );
});

test('8 bytes hold an integer in little-endian two’s complement', (t) => {
  fc.assert(
    fc.property(int64, fc.nat(5), (value, offset) => {
      const bytes = Buffer.alloc(14, 0xaa);
      writeInt64(bytes, offset, fromBigInt(value));
      t.is(bytes.readBigInt64LE(offset), value);
      t.is(readInt64(bytes, offset), fromBigInt(value));
      bytes.fill(0xaa, offset, offset + 8);
      t.deepEqual(bytes, Buffer.alloc(14, 0xaa));
    }),
    RUNS,
  );
});

test('two words make the integer they came from, signed or unsigned', (t) => {
  fc.assert(
    fc.property(int64, (value) => {
      const canonical = fromBigInt(value);
      const low = lowWord(canonical);
      const high = highWord(canonical);
      t.is(low, Number(BigInt.asIntN(32, value)));
      t.is(high, Number(BigInt.asIntN(32, value >> 32n)));
      t.is(fromWords(low, high), canonical);
      t.is(fromWords(low >>> 0, high >>> 0), canonical);
    }),
    RUNS,
  );
});

test('advancing by a step several times is exact, though the product leave 64 bits', (t) => {
  fc.assert(
    fc.property(int64, int64, fc.nat(100_000), (value, step, count) => {
      const sum = value + step * BigInt(count);
      const expected = sum > INT64_MAX || sum < INT64_MIN ? undefined : fromBigInt(sum);
      t.is(advance(fromBigInt(value), fromBigInt(step), count), expected);
    }),
    RUNS,
  );
  t.is(advance(INT64_MIN, 2n ** 62n, 3), fromBigInt(2n ** 62n));
  t.is(advance(0, -1, 0), 0);
});

test('a distance is exact, though it leave 64 bits', (t) => {
  fc.assert(
    fc.property(int64, int64, (a, b) => {
      t.is(distance(fromBigInt(a), fromBigInt(b)), fromBigInt(a - b));
    }),
    RUNS,
  );
});
