import test from 'ava';
import fc from 'fast-check';
import { RequestParser } from '#dist/protocol/request-parser.js';
import { array, bulk, cut, LIMITS, latin1, parse, piecesOf } from './parsing.js';

const anyBytes = fc
  .uint8Array({ maxLength: 150 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const anyRequest = fc.array(anyBytes, { minLength: 1, maxLength: 20 });

test('a request that is cut anywhere is the same request', (t) => {
  const text =
    array('INCR', 'a') +
    '*0\r\n\r\nnext "ex\\x41mple" \'b\'\r\n' +
    array('SET', 'k'.repeat(120), '', '\r\n') +
    `*12\r\n${'$1\r\nx\r\n'.repeat(12)}` +
    array('GET', 'b');
  const stream = latin1(text);
  const whole = parse([stream]);
  t.is(whole.requests.length, 5);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const pieces = parse(cut(stream, [first, second]));
      if (JSON.stringify(pieces) !== JSON.stringify(whole)) t.fail(`cut at ${first} and ${second}`);
    }
  }
});

test('a request that arrives byte by byte is the same request', (t) => {
  fc.assert(
    fc.property(fc.array(anyRequest, { maxLength: 5 }), (requests) => {
      const stream = latin1(requests.map((request) => array(...request)).join(''));
      t.deepEqual(parse(piecesOf(stream, 1)), { requests, error: undefined, kept: 0 });
    }),
    { numRuns: 50 },
  );
});

test('random requests in random pieces come out as they went in', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyRequest, { maxLength: 12 }),
      fc.array(fc.nat()),
      (requests, positions) => {
        const stream = latin1(requests.map((request) => array(...request)).join(''));
        t.deepEqual(parse(cut(stream, positions)), { requests, error: undefined, kept: 0 });
      },
    ),
    { numRuns: 500 },
  );
});

/** Streams that come close to being valid. */
const almostValid = fc
  .array(
    fc.oneof(
      anyRequest.map((request) => array(...request)),
      fc.constantFrom(
        '*',
        '$',
        '\r\n',
        '\r',
        '\n',
        '"',
        "'",
        ' ',
        '-1',
        '0',
        '3',
        '10',
        '\0',
        '\\x4',
      ),
      fc.constantFrom(
        '*1\r\n',
        '*3\r\n',
        '$3\r\n',
        'PING\r\n',
        '*2147483647\r\n',
        '$536870912\r\n',
      ),
      anyBytes,
    ),
    { maxLength: 30 },
  )
  .map((parts) => latin1(parts.join('')));

test('wrong bytes give the same result however they are cut', (t) => {
  fc.assert(
    fc.property(almostValid, fc.array(fc.nat()), (stream, positions) => {
      const whole = parse([stream]);
      const pieces = parse(cut(stream, positions));
      t.deepEqual(pieces.requests, whole.requests);
      t.is(pieces.error, whole.error);
    }),
    { numRuns: 2000 },
  );
});

test('mutated requests are answered by requests, an error or patience', (t) => {
  const mutation = fc.record({
    at: fc.nat(),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(anyRequest, { minLength: 1, maxLength: 5 }),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (requests, mutations) => {
        let stream = latin1(requests.map((request) => array(...request)).join(''));
        for (const { at, remove, insert } of mutations) {
          const position = at % (stream.length + 1);
          const rest = stream.subarray(position + remove);
          stream = Buffer.concat([stream.subarray(0, position), insert, rest]);
        }
        const { kept, error } = parse([stream]);
        t.true(kept <= stream.length);
        t.true(error === undefined || error.startsWith('ERR Protocol error: '));
      },
    ),
    { numRuns: 1000 },
  );
});

test('announced lengths take no memory before their bytes arrive', (t) => {
  const parsers: RequestParser[] = [];
  for (let i = 0; i < 2000; i++) {
    const parser = new RequestParser(LIMITS, () => true);
    // 2000 of them would be a terabyte in bulks, and 16 TB in positions.
    parser.push(latin1('*2147483647\r\n$536870912\r\nabc'));
    parsers.push(parser);
  }
  t.true(parsers.every((parser) => parser.bufferedBytes() === 3 && parser.starts.length <= 8));
});

test('a long bulk in many chunks comes out whole', (t) => {
  const chunk = Buffer.alloc(65536, 'abcdefgh');
  let found: Buffer | undefined;
  const parser = new RequestParser(LIMITS, (request) => {
    found = Buffer.from(request.argument(1));
    return true;
  });
  parser.push(latin1(`*2\r\n$4\r\nECHO\r\n$${320 * 65536}\r\n`));
  for (let i = 0; i < 320; i++) parser.push(chunk);
  t.true(parser.bufferedBytes() >= 320 * 65536);
  parser.push(latin1('\r\nPI'));
  t.true(found?.equals(Buffer.alloc(320 * 65536, 'abcdefgh')));
  t.is(parser.bufferedBytes(), 2);
});

// Each of the following takes a second when the work is linear, and runs into the time limit when any of it is not.

test('100000 pairs of an MSET arrive in linear time', (t) => {
  const parts = ['MSET'];
  for (let i = 0; i < 100_000; i++) parts.push(`key:${i}`, String(i));
  const stream = latin1(`*${parts.length}\r\n${parts.map(bulk).join('')}`);
  for (const size of [1, 100, 65536]) {
    const { requests, kept } = parse(piecesOf(stream, size));
    t.is(requests.length, 1);
    t.is(requests[0]?.length, 200_001);
    t.is(requests[0]?.at(-1), '99999');
    t.is(kept, 0);
  }
});

test('long lines arrive byte by byte in linear time', (t) => {
  let requests = 0;
  const parser = new RequestParser(LIMITS, () => ++requests > 0);
  const letter = latin1('a');
  for (let line = 0; line < 60; line++) {
    for (let i = 0; i < 65536; i++) parser.push(letter);
    parser.push(latin1('\n'));
  }
  t.is(requests, 60);
});

test('the room for many arguments is given back', (t) => {
  let room = 0;
  const parser = new RequestParser(LIMITS, (request) => {
    room = request.starts.length;
    return true;
  });
  const many = latin1(array(...Array<string>(5000).fill('a')));
  for (const chunks of [[many], piecesOf(many, 1000)]) {
    for (const chunk of chunks) parser.push(chunk);
    t.true(room >= 5000);
    t.is(parser.starts.length, 8);
    t.is(parser.ends.length, 8);
    t.is(parser.bufferedBytes(), 0);
  }
});
