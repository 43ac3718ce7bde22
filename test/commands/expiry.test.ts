import test from 'ava';
import { FakeKeyspace, inMaster } from './fakes.js';

test('EXPIRETIME is exact in seconds beyond 2^53 milliseconds, too', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  t.is(inMaster(keyspace, ['EXPIREAT', 'a', '9223372036854775']), ':1\r\n');
  t.is(inMaster(keyspace, ['PEXPIRETIME', 'a']), ':9223372036854775000\r\n');
  t.is(inMaster(keyspace, ['EXPIRETIME', 'a']), ':9223372036854775\r\n');
});

test('what sets or takes away a deadline is told by its effect', (t) => {
  const keyspace = new FakeKeyspace({ a: 1 });
  inMaster(keyspace, ['EXPIRE', 'a', '100']);
  inMaster(keyspace, ['PERSIST', 'a']);
  inMaster(keyspace, ['PERSIST', 'a']);
  inMaster(keyspace, ['PEXPIREAT', 'a', '0']);
  t.deepEqual(keyspace.events, ['expire a', 'persist a', 'del a']);
});
