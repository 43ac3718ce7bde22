import test from 'ava';
import { request, takeOf, takeOfRequest } from './fakes.js';

const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';

test('INCR and DECR take one unit up or down', (t) => {
  t.deepEqual(takeOf('INCR', 'a'), { amount: 1, inUnits: true, form: 'integer' });
  t.deepEqual(takeOf('decr', 'a'), { amount: -1, inUnits: true, form: 'integer' });
});

test('INCRBY and DECRBY take their amount, exact over 64 bits', (t) => {
  for (const text of ['0', '5', '-5', '9007199254740993', '9223372036854775807']) {
    const amount = BigInt(text);
    const canonical = Number.isSafeInteger(Number(amount)) ? Number(amount) : amount;
    t.deepEqual(takeOf('INCRBY', 'a', text), {
      amount: canonical,
      inUnits: false,
      form: 'integer',
    });
    const take = takeOf('DECRBY', 'a', text);
    t.is(typeof take === 'string' ? take : BigInt(take.amount), -amount);
  }
});

test('an amount that is no integer is refused', (t) => {
  for (const text of ['', '+1', '01', '-0', ' 1', '1.0', '1e3', '9223372036854775808', '1\0']) {
    t.is(takeOf('INCRBY', 'a', text), NOT_AN_INTEGER, text);
    t.is(takeOf('DECRBY', 'a', text), NOT_AN_INTEGER, text);
  }
});

test('DECRBY refuses the amount that has no opposite', (t) => {
  t.is(takeOf('DECRBY', 'a', '-9223372036854775808'), 'ERR decrement would overflow');
  t.deepEqual(takeOf('INCRBY', 'a', '-9223372036854775808'), {
    amount: -9223372036854775808n,
    inUnits: false,
    form: 'integer',
  });
});

test('SEQ.NEXT takes one number, or with COUNT a range', (t) => {
  t.deepEqual(takeOf('SEQ.NEXT', 'a'), { amount: 1, inUnits: true, form: 'integer' });
  t.deepEqual(takeOf('seq.next', 'a', 'count', '1'), { amount: 1, inUnits: true, form: 'range' });
  t.deepEqual(takeOf('Seq.Next', 'a', 'COUNT', '1000'), {
    amount: 1000,
    inUnits: true,
    form: 'range',
  });
});

test('SEQ.NEXT refuses what is not COUNT and a positive integer', (t) => {
  t.is(takeOf('SEQ.NEXT', 'a', 'COUNT'), 'ERR syntax error');
  t.is(takeOf('SEQ.NEXT', 'a', 'FOO', '1'), 'ERR syntax error');
  t.is(takeOf('SEQ.NEXT', 'a', 'COUNT', '1', 'x'), 'ERR syntax error');
  t.is(takeOf('SEQ.NEXT', 'a', 'COUNT', 'x'), NOT_AN_INTEGER);
  t.is(takeOf('SEQ.NEXT', 'a', 'COUNT', '0'), 'ERR COUNT must be at least 1');
  t.is(takeOf('SEQ.NEXT', 'a', 'COUNT', '-1'), 'ERR COUNT must be at least 1');
});

test("the original's line answers a line, and an array an integer", (t) => {
  const line = { ...request('next', 'example'), isInline: true };
  t.deepEqual(takeOfRequest(line), { amount: 1, inUnits: true, form: 'line' });
  t.deepEqual(takeOf('next', 'example'), { amount: 1, inUnits: true, form: 'integer' });
});
