import test from 'ava';
import fc from 'fast-check';
import { splitInline } from '#dist/protocol/inline.js';

function split(text: string): string[] | undefined {
  const line = Buffer.from(`"'${text}'"`, 'latin1');
  const before = Buffer.from(line);
  const found = splitInline(line, 2, line.length - 2);
  if (!line.equals(before)) throw new Error('the line has been changed');
  if (found === undefined) return undefined;
  const words: string[] = [];
  for (let i = 0; i < found.bounds.length; i += 2) {
    words.push(found.bytes.toString('latin1', found.bounds[i], found.bounds[i + 1]));
  }
  return words;
}

test('blanks separate arguments', (t) => {
  t.deepEqual(split(''), []);
  t.deepEqual(split(' \t\v\f\r\n '), []);
  t.deepEqual(split('get a'), ['get', 'a']);
  t.deepEqual(split('  get\t\ta \r b\n'), ['get', 'a', 'b']);
});

test('a vertical tab or form feed within an argument belongs to it', (t) => {
  t.deepEqual(split('a\vb \vc\f'), ['a\vb', 'c\f']);
  t.deepEqual(split('a\vb "" \vc\f'), ['a\vb', '', 'c\f']);
});

test('double quotes know escapes', (t) => {
  t.deepEqual(split('"a b" c'), ['a b', 'c']);
  t.deepEqual(split('""'), ['']);
  t.deepEqual(split('"\\x41\\xfF\\x0a"'), ['A\xff\n']);
  t.deepEqual(split('"\\n\\r\\t\\b\\a\\"\\\\\\q\'"'), ['\n\r\t\b\x07"\\q\'']);
  t.deepEqual(split('"\\x4" "\\xg1" "\\x"'), ['x4', 'xg1', 'x']);
});

test('single quotes know only themselves escaped', (t) => {
  t.deepEqual(split("'a b' 'c\\'d' '\\n\\x41\"'"), ['a b', "c'd", '\\n\\x41"']);
  t.deepEqual(split("''"), ['']);
});

test('quotes may open within an argument', (t) => {
  t.deepEqual(split('foo"bar baz" x'), ['foobar baz', 'x']);
  t.deepEqual(split("foo'bar' x"), ['foobar', 'x']);
  t.deepEqual(split('a\\ b"c"'), ['a\\', 'bc']);
});

test('an open quote, or one that is not followed by a blank, is refused', (t) => {
  for (const line of [
    '"',
    "'",
    '"a',
    "a'",
    '"a\\"',
    "'a\\'",
    '"a"b',
    "'a'b",
    '"a""b"',
    '"\\',
    '"\\x4',
  ]) {
    t.is(split(line), undefined, line);
  }
  for (const blank of [' ', '\t', '\n', '\v', '\f', '\r']) t.deepEqual(split(`"a"${blank}`), ['a']);
});

test('what is quoted byte by byte comes out as it went in', (t) => {
  const word = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const quoted = words.map((bytes) => {
        const escapes = Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
        return `"${escapes.join('')}"`;
      });
      t.deepEqual(
        split(quoted.join(' ')),
        words.map((bytes) => bytes.toString('latin1')),
      );
    }),
  );
});

test('any line is split or refused', (t) => {
  const piece = fc.constantFrom('"', "'", '\\', 'x', '4', 'n', ' ', '\t', '\v', 'a');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const words = split(pieces.join(''));
      const length = words?.reduce((sum, word) => sum + word.length, 0) ?? 0;
      t.true(length <= pieces.length);
    }),
    { numRuns: 1000 },
  );
});
