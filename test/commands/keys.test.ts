import test from 'ava';
import { FakeKeyspace, inMaster } from './fakes.js';

const SYNTAX_ERROR = '-ERR syntax error\r\n';

test('DEL and UNLINK count what was there', (t) => {
  const keyspace = new FakeKeyspace({ a: 1, b: 2, c: 3 });
  t.is(inMaster(keyspace, ['DEL', 'a', 'a', 'x']), ':1\r\n');
  t.is(inMaster(keyspace, ['UNLINK', 'b', 'c']), ':2\r\n');
  t.is(keyspace.size(), 0);
});

test('EXISTS counts a name as often as it is asked for', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['EXISTS', 'a', 'a', 'b']), ':2\r\n');
});

test('TYPE is string or none', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['TYPE', 'a']), '+string\r\n');
  t.is(inMaster(keyspace, ['TYPE', 'b']), '+none\r\n');
});

test('KEYS answers the names that match, byte for byte', (t) => {
  const keyspace = new FakeKeyspace({ a: 1, '\xff\0': 2, ab: 3, '': 4 });
  t.is(inMaster(keyspace, ['KEYS', 'a*']), '*2\r\n$1\r\na\r\n$2\r\nab\r\n');
  t.is(inMaster(keyspace, ['KEYS', '\xff?']), '*1\r\n$2\r\n\xff\0\r\n');
  t.is(inMaster(keyspace, ['KEYS', 'A']), '*0\r\n');
  t.true(inMaster(keyspace, ['KEYS', '*']).startsWith('*4\r\n'));
});

test('SCAN goes on from the cursor it answered, and ends with 0', (t) => {
  const keyspace = new FakeKeyspace({ a: 1, b: 2, c: 3 });
  t.is(
    inMaster(keyspace, ['SCAN', '0', 'COUNT', '2']),
    '*2\r\n$1\r\n2\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n',
  );
  t.is(inMaster(keyspace, ['SCAN', '2', 'COUNT', '2']), '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nc\r\n');
});

test('SCAN filters by pattern and by type', (t) => {
  const keyspace = new FakeKeyspace({ a: 1, b: 2 });
  t.is(inMaster(keyspace, ['SCAN', '0', 'MATCH', 'b']), '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n');
  t.is(inMaster(keyspace, ['SCAN', '0', 'TYPE', 'list']), '*2\r\n$1\r\n0\r\n*0\r\n');
  t.is(
    inMaster(keyspace, ['SCAN', '0', 'TYPE', 'String', 'MATCH', 'b']),
    '*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n',
  );
});

test('SCAN takes every 64-bit cursor that Redis takes', (t) => {
  const keyspace = new FakeKeyspace();
  for (const cursor of ['0', '', '+5', '-1', '007', '18446744073709551615', '5\0x', '-5']) {
    t.is(inMaster(keyspace, ['SCAN', cursor]), '*2\r\n$1\r\n0\r\n*0\r\n', cursor);
  }
  for (const cursor of [' 5', 'x', '5x', '-', '+-1', '18446744073709551616', '9'.repeat(1e6)]) {
    t.is(inMaster(keyspace, ['SCAN', cursor]), '-ERR invalid cursor\r\n', cursor.slice(0, 30));
  }
});

test('SCAN refuses options that make no sense, after the cursor', (t) => {
  const keyspace = new FakeKeyspace();
  t.is(inMaster(keyspace, ['SCAN', '0', 'COUNT', '0']), SYNTAX_ERROR);
  t.is(inMaster(keyspace, ['SCAN', '0', 'COUNT']), SYNTAX_ERROR);
  t.is(inMaster(keyspace, ['SCAN', '0', 'FOO', '1']), SYNTAX_ERROR);
  t.is(inMaster(keyspace, ['SCAN', 'x', 'FOO', '1']), '-ERR invalid cursor\r\n');
  t.is(
    inMaster(keyspace, ['SCAN', '0', 'COUNT', 'x']),
    '-ERR value is not an integer or out of range\r\n',
  );
});

test('DBSIZE counts, and RANDOMKEY is nil when there is nothing', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['DBSIZE']), ':1\r\n');
  t.is(inMaster(keyspace, ['RANDOMKEY']), '$1\r\na\r\n');
  t.is(inMaster(new FakeKeyspace(), ['RANDOMKEY']), '$-1\r\n');
});

test('FLUSHDB and FLUSHALL take SYNC or ASYNC and no other word', (t) => {
  for (const [name, flushed] of [
    ['FLUSHDB', 'one'],
    ['FLUSHALL', 'all'],
  ] as const) {
    for (const mode of [[], ['sync'], ['ASYNC']]) {
      const keyspace = new FakeKeyspace({ a: 1 });
      t.is(inMaster(keyspace, [name, ...mode]), '+OK\r\n');
      t.is(keyspace.flushed, flushed);
    }
    const keyspace = new FakeKeyspace({ a: 1 });
    t.is(inMaster(keyspace, [name, 'NOW']), SYNTAX_ERROR);
    t.is(inMaster(keyspace, [name, 'SYNC', 'SYNC']), SYNTAX_ERROR);
    t.is(keyspace.size(), 1);
  }
});

test('SEQ.INFO tells what a crash would cost', (t) => {
  const keyspace = new FakeKeyspace();
  t.is(inMaster(keyspace, ['SEQ.INFO', 'a']), '$-1\r\n');
  keyspace.facts = {
    value: 9007199254740993n,
    ceiling: 9007199254741093n,
    durableCeiling: 9007199254741093n,
    block: 100,
    isGauge: false,
  };
  const words = [
    '%8',
    ...['$4', 'name', '$1', 'a', '$5', 'value', ':9007199254740993', '$7', 'ceiling'],
    ...[
      ':9007199254741093',
      '$15',
      'durable-ceiling',
      ':9007199254741093',
      '$8',
      'reserved',
      ':100',
    ],
    ...['$5', 'block', ':100', '$4', 'kind', '$7', 'counter', '$15', 'lost-if-crashed', ':100', ''],
  ];
  t.is(inMaster(keyspace, ['SEQ.INFO', 'a'], 3), words.join('\r\n'));
  keyspace.facts = { ...keyspace.facts, isGauge: true };
  t.true(inMaster(keyspace, ['SEQ.INFO', 'a']).startsWith('*16\r\n'));
  t.true(inMaster(keyspace, ['SEQ.INFO', 'a']).includes('gauge'));
});
