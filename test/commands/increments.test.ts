import test from 'ava';
import { exactInteger } from '#dist/commands/decimal.js';
import { FakeKeyspace, inMaster } from './fakes.js';

const NOT_AN_INTEGER = '-ERR value is not an integer or out of range\r\n';
const SYNTAX_ERROR = '-ERR syntax error\r\n';

function bench(value?: number | bigint) {
  const keyspace = new FakeKeyspace(value === undefined ? {} : { a: value });
  const increx = (...words: string[]) => inMaster(keyspace, ['INCREX', 'a', ...words]);
  return { keyspace, increx };
}

function pair(value: number | string, applied: number | string): string {
  return `*2\r\n:${value}\r\n:${applied}\r\n`;
}

test('INCREX moves by 1, or by what it is told, from 0 on', (t) => {
  const { increx } = bench();
  t.is(increx(), pair(1, 1));
  t.is(increx('byint', '-5'), pair(-4, -5));
  t.is(increx('BYINT', '0'), pair(-4, 0));
});

test('INCREX changes nothing when the result is out of bounds', (t) => {
  const { keyspace, increx } = bench(9);
  keyspace.deadlines.set('a', 5);
  t.is(increx('UBOUND', '10'), pair(10, 1));
  t.is(increx('UBOUND', '10', 'EX', '100'), pair(10, 0));
  t.is(increx('BYINT', '-3', 'LBOUND', '8'), pair(10, 0));
  t.is(keyspace.deadlines.get('a'), 5);
  const absent = bench();
  t.is(absent.increx('LBOUND', '5', 'EX', '10'), pair(0, 0));
  t.is(absent.keyspace.values.size, 0);
});

test('INCREX goes to the bound with SATURATE', (t) => {
  const { increx } = bench(9);
  t.is(increx('BYINT', '5', 'UBOUND', '10', 'SATURATE'), pair(10, 1));
  t.is(increx('BYINT', '5', 'UBOUND', '10', 'SATURATE'), pair(10, 0));
  t.is(increx('BYINT', '-50', 'LBOUND', '-3', 'saturate'), pair(-3, -13));
  t.is(increx('UBOUND', '-7', 'SATURATE'), pair(-7, -4));
});

test('the ends of 64 bits are bounds', (t) => {
  const { increx } = bench(9223372036854775806n);
  t.is(increx('BYINT', '2'), pair('9223372036854775806', 0));
  t.is(increx('BYINT', '2', 'SATURATE'), pair('9223372036854775807', 1));
  const low = bench(-9223372036854775807n);
  t.is(low.increx('BYINT', '-2'), pair('-9223372036854775807', 0));
  t.is(low.increx('BYINT', '-2', 'SATURATE'), pair('-9223372036854775808', -1));
  // From one end to the other the amount is no number of 64 bits.
  t.is(low.increx('LBOUND', '9223372036854775807', 'SATURATE'), pair('-9223372036854775808', 0));
});

test('INCREX sets, keeps and removes when the sequence expires', (t) => {
  const { keyspace, increx } = bench();
  const deadline = () => keyspace.deadlines.get('a');
  increx('EX', '10');
  t.is(deadline(), keyspace.nowMs + 10_000);
  increx();
  t.is(deadline(), keyspace.nowMs + 10_000);
  increx('PX', '5', 'ENX');
  t.is(deadline(), keyspace.nowMs + 10_000);
  increx('PX', '5');
  t.is(deadline(), keyspace.nowMs + 5);
  increx('PERSIST');
  t.is(deadline(), 0);
  increx('ENX', 'EXAT', '1700001000');
  t.is(deadline(), 1_700_001_000_000);
});

test('INCREX refuses what makes no sense', (t) => {
  const { keyspace, increx } = bench(1);
  for (const words of [
    ['FOO'],
    ['BYINT'],
    ['UBOUND'],
    ['BYINT', '1', 'BYINT', '1'],
    ['EX', '1', 'PX', '1'],
    ['EX', '1', 'PERSIST'],
    ['PERSIST', 'ENX'],
  ]) {
    t.is(increx(...words), SYNTAX_ERROR, words.join(' '));
  }
  t.is(increx('BYINT', '1.5'), NOT_AN_INTEGER);
  t.is(increx('LBOUND', 'x'), NOT_AN_INTEGER);
  t.is(increx('EX', '0'), "-ERR invalid expire time in 'increx' command\r\n");
  t.is(increx('LBOUND', '2', 'UBOUND', '1'), "-ERR LBOUND can't be greater than UBOUND\r\n");
  t.is(increx('ENX'), '-ERR ENX flag requires an expiration\r\n');
  t.is(keyspace.values.get('a'), 1);
});

test('INCRBYFLOAT answers an integer, keeps the deadline, and refuses a fraction', (t) => {
  const { keyspace } = bench(5);
  const by = (text: string) => inMaster(keyspace, ['INCRBYFLOAT', 'a', text]);
  keyspace.deadlines.set('a', 77);
  t.is(by('1.0'), '$1\r\n6\r\n');
  t.is(by('-1e1'), '$2\r\n-4\r\n');
  t.is(keyspace.deadlines.get('a'), 77);
  t.is(by('0.5'), NOT_AN_INTEGER);
  t.is(by('1e19'), NOT_AN_INTEGER);
  t.is(by('abc'), '-ERR value is not a valid float\r\n');
  t.is(by('nan'), '-ERR value is not a valid float\r\n');
  t.is(by('+inf'), '-ERR increment would produce NaN or Infinity\r\n');
  t.is(keyspace.values.get('a'), -4);
});

test('a decimal number is an integer, or is told from one', (t) => {
  const cases: Record<string, unknown> = {
    '0': 0,
    '-0': 0,
    '0.000e99999': 0,
    '12': 12,
    '+12.': 12,
    '.5e1': 5,
    '1.50e1': 15,
    '150e-1': 15,
    '1e18': 1000000000000000000n,
    '9223372036854775807': 9223372036854775807n,
    '-9223372036854775808.000': -9223372036854775808n,
    '9223372036854775808': 'fraction',
    '1e4900': 'fraction',
    '1e5000': 'none',
    '1e-5000': 'none',
    '.5': 'fraction',
    '1.05e1': 'fraction',
    '': 'none',
    '.': 'none',
    e5: 'none',
    '1e': 'none',
    ' 1': 'none',
    '1 ': 'none',
    '1\n': 'none',
    '--1': 'none',
    '1_0': 'none',
    '0x10': 16,
    '-0X1f': -31,
    '0xffffffffffffffff': 'fraction',
    '0x': 'none',
    '-infinity': 'infinite',
  };
  for (const [text, expected] of Object.entries(cases)) {
    const found = exactInteger(text);
    const same = typeof expected === 'bigint' ? BigInt(found) === expected : found === expected;
    t.true(same, `${text}: ${found}`);
  }
});
