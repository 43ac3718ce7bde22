import test from 'ava';
import { FakeKeyspace, inMaster } from './fakes.js';

const keyspace = new FakeKeyspace({ small: 9999, large: 10000, below: -1 });

test('a value is kept as an integer', (t) => {
  t.is(inMaster(keyspace, ['OBJECT', 'ENCODING', 'small']), '$3\r\nint\r\n');
  t.is(inMaster(keyspace, ['OBJECT', 'ENCODING', 'nosuch']), '$-1\r\n');
  t.is(inMaster(keyspace, ['OBJECT', 'ENCODING', 'nosuch'], 3), '_\r\n');
});

test('the numbers that Redis keeps once for all are told apart', (t) => {
  t.is(inMaster(keyspace, ['OBJECT', 'REFCOUNT', 'small']), ':2147483647\r\n');
  t.is(inMaster(keyspace, ['OBJECT', 'REFCOUNT', 'large']), ':1\r\n');
  t.is(inMaster(keyspace, ['OBJECT', 'REFCOUNT', 'below']), ':1\r\n');
});

test('the idle time is in whole seconds', (t) => {
  t.is(inMaster(keyspace, ['OBJECT', 'IDLETIME', 'small']), ':1\r\n');
});

test('how often a sequence is used is not told', (t) => {
  t.regex(inMaster(keyspace, ['OBJECT', 'FREQ', 'small']), /^-ERR An LFU maxmemory policy is not/);
  t.is(inMaster(keyspace, ['OBJECT', 'FREQ', 'nosuch']), '$-1\r\n');
});

test('MEMORY USAGE tells the bytes, whatever the samples', (t) => {
  t.is(inMaster(keyspace, ['MEMORY', 'USAGE', 'small']), ':28\r\n');
  t.is(inMaster(keyspace, ['MEMORY', 'USAGE', 'small', 'SAMPLES', '0']), ':28\r\n');
  t.is(inMaster(keyspace, ['MEMORY', 'USAGE', 'nosuch']), '$-1\r\n');
  const samples = (...words: string[]) => inMaster(keyspace, ['MEMORY', 'USAGE', 'x', ...words]);
  t.is(samples('SAMPLES'), '-ERR syntax error\r\n');
  t.is(samples('FOO', '1'), '-ERR syntax error\r\n');
  t.is(samples('SAMPLES', '-1'), '-ERR syntax error\r\n');
  t.is(samples('SAMPLES', 'x'), '-ERR value is not an integer or out of range\r\n');
});
