import test from 'ava';
import { FakeKeyspace, inMaster } from './fakes.js';

const NOT_AN_INTEGER = '-ERR value is not an integer or out of range\r\n';
const SYNTAX_ERROR = '-ERR syntax error\r\n';

test('GET answers decimal digits, or nil in the form of the protocol', (t) => {
  const keyspace = new FakeKeyspace({ a: -12, big: 9223372036854775807n });
  t.is(inMaster(keyspace, ['GET', 'a']), '$3\r\n-12\r\n');
  t.is(inMaster(keyspace, ['GET', 'big']), '$19\r\n9223372036854775807\r\n');
  t.is(inMaster(keyspace, ['GET', 'b']), '$-1\r\n');
  t.is(inMaster(keyspace, ['GET', 'b'], 3), '_\r\n');
});

test('SET writes exactly and reads nothing without an option that asks for it', (t) => {
  const keyspace = new FakeKeyspace();
  t.is(inMaster(keyspace, ['SET', 'a', '9007199254740993']), '+OK\r\n');
  t.is(inMaster(keyspace, ['SET', 'b', '1', 'KEEPTTL']), '+OK\r\n');
  t.is(keyspace.values.get('a'), 9007199254740993n);
  t.deepEqual(keyspace.readNames, []);
});

test('a value that is no integer is refused and nothing changes', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  for (const text of ['', '+1', '01', '-0', ' 1', '1.0', 'x', '9223372036854775808']) {
    for (const words of [
      ['SET', 'a', text],
      ['SET', 'a', text, 'NX'],
      ['SET', 'a', text, 'XX', 'GET'],
      ['SETNX', 'b', text],
      ['GETSET', 'a', text],
      ['MSET', 'c', '1', 'a', text],
    ]) {
      t.is(inMaster(keyspace, words), NOT_AN_INTEGER, words.join(' '));
    }
  }
  t.deepEqual([...keyspace.values], [['a', 1]]);
});

test('SET NX and XX write only when their condition holds', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['SET', 'a', '2', 'NX']), '$-1\r\n');
  t.is(inMaster(keyspace, ['SET', 'b', '2', 'XX']), '$-1\r\n');
  t.is(inMaster(keyspace, ['SET', 'a', '3', 'xx']), '+OK\r\n');
  t.is(inMaster(keyspace, ['SET', 'c', '4', 'nx']), '+OK\r\n');
  t.deepEqual(
    [...keyspace.values],
    [
      ['a', 3],
      ['c', 4],
    ],
  );
});

test('SET GET answers the old value whether or not it writes', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['SET', 'a', '2', 'GET']), '$1\r\n1\r\n');
  t.is(inMaster(keyspace, ['SET', 'a', '3', 'NX', 'GET']), '$1\r\n2\r\n');
  t.is(inMaster(keyspace, ['SET', 'b', '3', 'GET', 'NX']), '$-1\r\n');
  t.is(inMaster(keyspace, ['SET', 'c', '3', 'XX', 'GET']), '$-1\r\n');
  t.deepEqual(
    [...keyspace.values],
    [
      ['a', 2],
      ['b', 3],
    ],
  );
});

test('SET checks options, then the expiry, then the value', (t) => {
  const keyspace = new FakeKeyspace();
  const invalid = "-ERR invalid expire time in 'set' command\r\n";
  const cases: readonly (readonly [options: readonly string[], reply: string])[] = [
    [['NX', 'XX'], SYNTAX_ERROR],
    [['EX', '1', 'PX', '1'], SYNTAX_ERROR],
    [['KEEPTTL', 'EX', '1'], SYNTAX_ERROR],
    [['EX', '1', 'KEEPTTL'], SYNTAX_ERROR],
    [['EX'], SYNTAX_ERROR],
    [['FOO'], SYNTAX_ERROR],
    [['EX', 'abc', 'FOO'], SYNTAX_ERROR],
    [['EX', 'abc'], NOT_AN_INTEGER],
    [['EX', '0'], invalid],
    [['PX', '-1'], invalid],
    [['EX', '9223372036854775807'], invalid],
    [['PX', '9223372036854775807'], invalid],
    [['EXAT', '9223372036854776'], invalid],
    [['NX', 'NX'], NOT_AN_INTEGER],
  ];
  for (const [options, reply] of cases) {
    t.is(inMaster(keyspace, ['SET', 'a', 'bad', ...options]), reply, options.join(' '));
  }
});

test('the options of time give a deadline in milliseconds', (t) => {
  const keyspace = new FakeKeyspace();
  const now = keyspace.nowMs;
  for (const [options, deadline] of [
    [['EX', '1'], now + 1000],
    [['px', '9'], now + 9],
    [['EXAT', '9223372036854775'], 9223372036854775000n],
    [['PXAT', '1'], 1],
    [[], 0],
  ] as const) {
    t.is(inMaster(keyspace, ['SET', 'a', '1', ...options]), '+OK\r\n');
    t.is(keyspace.deadlines.get('a'), deadline);
  }
});

test('GETSET and SETNX tell what was there', (t) => {
  const keyspace = new FakeKeyspace();
  t.is(inMaster(keyspace, ['GETSET', 'a', '1']), '$-1\r\n');
  t.is(inMaster(keyspace, ['GETSET', 'a', '2']), '$1\r\n1\r\n');
  t.is(inMaster(keyspace, ['SETNX', 'a', '3']), ':0\r\n');
  t.is(inMaster(keyspace, ['SETNX', 'b', '3']), ':1\r\n');
  t.deepEqual(
    [...keyspace.values],
    [
      ['a', 2],
      ['b', 3],
    ],
  );
});

test('MGET answers in the order of its names, the same one twice', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['MGET', 'a', 'b', 'a']), '*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n1\r\n');
});

test('MSET writes all, the last of the same name wins, and an odd number is an arity error', (t) => {
  const keyspace = new FakeKeyspace();
  t.is(inMaster(keyspace, ['MSET', 'a', '1', 'b', '2', 'a', '3']), '+OK\r\n');
  t.deepEqual(
    [...keyspace.values],
    [
      ['a', 3],
      ['b', 2],
    ],
  );
  t.is(
    inMaster(keyspace, ['MSET', 'a', '1', 'b']),
    "-ERR wrong number of arguments for 'mset' command\r\n",
  );
});
