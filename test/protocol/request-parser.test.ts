import test from 'ava';
import { RequestParser } from '#dist/protocol/request-parser.js';
import { array, LIMITS, latin1, outcome, parse, piecesOf } from './parsing.js';

test('an array of bulk strings is a request', (t) => {
  t.deepEqual(outcome(array('INCR', 'a') + array('GET', 'b') + array('PING')).requests, [
    ['INCR', 'a'],
    ['GET', 'b'],
    ['PING'],
  ]);
});

test('arguments keep every byte', (t) => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  t.deepEqual(outcome(array('ECHO', all, '', '\r\n', '*1\r\n')).requests, [
    ['ECHO', all, '', '\r\n', '*1\r\n'],
  ]);
});

test('a request is handed out in the chunk itself', (t) => {
  const chunk = latin1(array('INCR', 'counter') + array('INCR', 'counter'));
  let calls = 0;
  const parser = new RequestParser(LIMITS, (request) => {
    calls++;
    t.is(request.bytes, chunk);
    t.is(request.argument(1).buffer, chunk.buffer);
    t.is(request.argument(1).toString(), 'counter');
    return true;
  });
  t.is(parser.push(chunk), undefined);
  t.is(calls, 2);
  t.not(parser.bytes, chunk);
});

test('a request that lies in memory of its own can be kept without a copy', (t) => {
  const bytes = latin1(array('DEL', 'one', 'two') + array('DEL', 'three'));
  const kept: (RequestParser | ReturnType<RequestParser['takeOver']>)[] = [];
  const parser = new RequestParser(LIMITS, (request) => {
    kept.push(request.takeOver());
    return true;
  });
  const chunk = Buffer.alloc(bytes.length);
  for (const [from, to] of [
    [0, 20],
    [20, bytes.length],
  ] as const) {
    bytes.copy(chunk, 0, from, to);
    parser.push(chunk.subarray(0, to - from));
  }
  chunk.fill(0);
  parser.push(latin1(array('DEL', 'four').repeat(9)).subarray(0, 200));
  parser.push(latin1('5'.repeat(50)));
  const [first, ...others] = kept;
  t.deepEqual(
    Array.from({ length: first?.count ?? 0 }, (_, i) => first?.text(i)),
    ['DEL', 'one', 'two'],
  );
  t.true(others.length >= 8);
  t.is(others[0], undefined);
});

test('an inline line is a request that says so', (t) => {
  const seen: [boolean, string][] = [];
  const parser = new RequestParser(LIMITS, (request) => {
    seen.push([request.isInline, request.text(0)]);
    return true;
  });
  parser.push(latin1(`next example\r\n${array('PING')}next "example"\n${array('PING')}`));
  t.deepEqual(seen, [
    [true, 'next'],
    [false, 'PING'],
    [true, 'next'],
    [false, 'PING'],
  ]);
});

test('an inline line ends at its newline and may have one carriage return before it', (t) => {
  t.deepEqual(outcome('a b\nc d\r\n"e\r\r\nf\r"\r\n'), {
    requests: [
      ['a', 'b'],
      ['c', 'd'],
    ],
    error: 'ERR Protocol error: unbalanced quotes in request',
  });
});

test('empty arrays, arrays of negative length and blank lines are skipped', (t) => {
  const skipped = '*0\r\n*-1\r\n\r\n\n  \t\v\f\r\n*-9223372036854775808\r\n';
  t.deepEqual(outcome(skipped + array('PING') + skipped), {
    requests: [['PING']],
    error: undefined,
  });
});

test('the byte behind the CR of a header and the two behind a bulk may be any', (t) => {
  t.deepEqual(outcome('*2\rX$1\r\raxy$2\r$bc*1*1\r\n$1\r\nd\0\0').requests, [['a', 'bc'], ['d']]);
});

test('a line behind a NUL never ends', (t) => {
  for (const stalled of ['PING\0\n', '*1\0\r\n', '*1\r\n$1\0\r\n', '\0']) {
    t.deepEqual(outcome(stalled + array('PING')), { requests: [], error: undefined });
  }
});

const WRONG: readonly (readonly [string, string])[] = [
  ...['+4', ' 4', '04', '4 ', '-0', '', '-', 'abc', '4a', '1\n$1'].flatMap((length) => [
    [`*${length}\r\n`, 'invalid multibulk length'] as const,
    [`*1\r\n$${length}\r\n`, 'invalid bulk length'] as const,
  ]),
  ['*2147483648\r\n', 'invalid multibulk length'],
  ['*9223372036854775807\r\n', 'invalid multibulk length'],
  ['*9223372036854775808\r\n', 'invalid multibulk length'],
  ['*-9223372036854775809\r\n', 'invalid multibulk length'],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$536870913\r\n', 'invalid bulk length'],
  ['*1\r\n$9223372036854775807\r\n', 'invalid bulk length'],
  ['*1\r\n$-9223372036854775808\r\n', 'invalid bulk length'],
  ['*1\r\nabc\r\n', "expected '$', got 'a'"],
  ['*1\r\n*1\r\n', "expected '$', got '*'"],
  ['*1\r\n\r\n', "expected '$', got ' '"],
  ['*1\r\n\n\r\n', "expected '$', got ' '"],
  ['*1\r\n\xff\r\n', "expected '$', got '\xff'"],
  ['*1\r\n\x07\r\n', "expected '$', got '\x07'"],
  ['ECHO "a\r\n', 'unbalanced quotes in request'],
  ['a'.repeat(65537), 'too big inline request'],
  [`a\0${'\n'.repeat(65536)}`, 'too big inline request'],
  [`*${'1'.repeat(65536)}`, 'too big mbulk count string'],
  [`*1\r\n$${'1'.repeat(65536)}`, 'too big bulk count string'],
  [`*1\r\n${'x'.repeat(65537)}`, 'too big bulk count string'],
];

test('a protocol error ends the stream with its text', (t) => {
  for (const [wrong, text] of WRONG) {
    const expected = { requests: [['GET', 'a']], error: `ERR Protocol error: ${text}` };
    t.deepEqual(outcome(array('GET', 'a') + wrong), expected, wrong.slice(0, 40));
    const stream = latin1(array('GET', 'a') + wrong);
    for (const size of [1, 7, 1000]) {
      const { requests, error } = parse(piecesOf(stream, size));
      t.deepEqual({ requests, error }, expected, `${wrong.slice(0, 40)} in pieces of ${size}`);
    }
  }
});

test('a line of 65536 bytes is not too long', (t) => {
  const long = 'a'.repeat(65536);
  for (const size of [1, 1000, 70000]) {
    t.deepEqual(parse(piecesOf(latin1(`${long}\n`), size)).requests, [[long]]);
    const header = `*${'1'.repeat(65535)}`;
    t.is(parse(piecesOf(latin1(header), size)).error, undefined);
    t.is(
      parse(piecesOf(latin1(`${header}\r\n`), size)).error,
      'ERR Protocol error: invalid multibulk length',
    );
  }
});

test('nothing is parsed after a protocol error', (t) => {
  let requests = 0;
  const parser = new RequestParser(LIMITS, () => ++requests > 0);
  t.is(
    parser.push(latin1(`*x\r\n${array('PING')}`)),
    'ERR Protocol error: invalid multibulk length',
  );
  t.is(parser.push(latin1(array('PING'))), undefined);
  t.is(requests, 0);
  t.is(parser.bufferedBytes(), 0);
});

test('nothing is parsed after a handler that returns false', (t) => {
  for (const request of [array('QUIT'), 'QUIT\r\n']) {
    for (const size of [1, 1000]) {
      let requests = 0;
      const parser = new RequestParser(LIMITS, (quit) => {
        requests++;
        return quit.text(0) !== 'QUIT';
      });
      for (const piece of piecesOf(
        latin1(`${array('PING')}${request}${array('PING')}*x\r\n`),
        size,
      )) {
        t.is(parser.push(piece), undefined);
      }
      t.is(requests, 2);
      t.is(parser.bufferedBytes(), 0);
    }
  }
});

test('an unauthenticated client may send 10 arguments of 16384 bytes', (t) => {
  const ten = array(...Array<string>(10).fill('a'));
  const eleven = array(...Array<string>(11).fill('a'));
  const longest = 'a'.repeat(16384);
  t.is(outcome(ten + array('AUTH', longest), false).requests.length, 2);
  t.is(outcome(eleven, false).error, 'ERR Protocol error: unauthenticated multibulk length');
  t.is(
    outcome(array('AUTH', `${longest}a`), false).error,
    'ERR Protocol error: unauthenticated bulk length',
  );
  t.is(outcome(eleven + array('AUTH', `${longest}a`)).requests.length, 2);
});

test('authentication holds from the next request on', (t) => {
  let requests = 0;
  const parser = new RequestParser(LIMITS, (request) => {
    request.authenticated = true;
    requests++;
    return true;
  });
  parser.authenticated = false;
  const eleven = array(...Array<string>(11).fill('a'));
  t.is(parser.push(latin1(array('AUTH', 'secret') + eleven)), undefined);
  t.is(requests, 2);
});

test('limits are read anew for each request', (t) => {
  const limits = { maxBulkLength: 3, maxQueryBuffer: 1000 };
  const parser = new RequestParser(limits, () => true);
  t.is(parser.push(latin1(array('ABC'))), undefined);
  limits.maxBulkLength = 100;
  t.is(parser.push(latin1(array('a'.repeat(100)))), undefined);
  limits.maxBulkLength = 99;
  t.is(parser.push(latin1(array('a'.repeat(100)))), 'ERR Protocol error: invalid bulk length');
});

test('a client that makes the parser keep too much is cut off without a word', (t) => {
  const limits = { maxBulkLength: 1000, maxQueryBuffer: 500 };
  t.is(parse([latin1('*1\r\n$501\r\n'), Buffer.alloc(500)], limits).error, undefined);
  t.is(parse([latin1('*1\r\n$501\r\n'), Buffer.alloc(501)], limits).error, '');
  t.is(parse(piecesOf(Buffer.alloc(501, 'a'), 1), limits).error, '');
  const many = latin1(array('MSET', ...Array<string>(100).fill('a')));
  t.is(parse(piecesOf(many, 10), limits).error, '');
  t.is(parse([many, many], limits).requests.length, 2);
});

test('a limit below the lengths of two digits holds for them, too', (t) => {
  const limits = { maxBulkLength: 50, maxQueryBuffer: 1 << 20 };
  const parser = new RequestParser(limits, () => true);
  t.is(parser.push(Buffer.from('*1\r\n$60\r\n')), 'ERR Protocol error: invalid bulk length');
});
