import test from 'ava';
import fc from 'fast-check';
import { matchesGlob } from '#dist/protocol/glob.js';

function matches(pattern: string, subject: string, ignoreCase = false): boolean {
  // The subject lies in the middle of something, as a name in a slab does.
  const bytes = Buffer.from(`<${subject}>`, 'latin1');
  return matchesGlob(Buffer.from(pattern, 'latin1'), bytes, 1, bytes.length - 1, ignoreCase);
}

function matching(pattern: string, subjects: readonly string[]): string[] {
  return subjects.filter((subject) => matches(pattern, subject));
}

test('a star takes any number of bytes', (t) => {
  t.true(matches('a*', 'a'));
  t.true(matches('*b', 'ab'));
  t.true(matches('a*b*c', 'a-b-b-c'));
  t.true(matches('***a', '[a'));
  t.false(matches('a*b*c', 'a-c-b'));
  t.false(matches('a*a', 'a'));
});

test('a question mark takes one byte', (t) => {
  t.true(matches('h?llo', 'hello'));
  t.false(matches('h?llo', 'hllo'));
  t.false(matches('?', 'é'.normalize('NFD')));
});

test('a class takes one byte of those in it', (t) => {
  t.deepEqual(matching('[a-c]', ['a', 'b', 'c', 'd', '-']), ['a', 'b', 'c']);
  t.deepEqual(matching('[c-a]', ['a', 'b', 'c', 'd', '-']), ['a', 'b', 'c']);
  t.deepEqual(matching('[^a]', ['a', 'b', '^']), ['b', '^']);
  t.deepEqual(matching('[\\]]', [']', '\\', 'a']), [']']);
  t.deepEqual(matching('[^^]', ['^', 'a']), ['a']);
});

test('a backslash makes the next byte a plain one', (t) => {
  t.true(matches('\\*', '*'));
  t.false(matches('\\*', 'a'));
  t.true(matches('a\\', 'a\\'));
});

/** KEYS of redis-server 7.0.15 over these names. */
const NAMES = ['a', 'b', '[', '[a', ']', 'a]', '\\', 'a\\', '^', '-', 'abc', 'c', '[]', 'z', 'A'];
const ODD_PATTERNS: readonly (readonly [string, readonly string[]])[] = [
  ['[a', ['a']],
  ['[', []],
  ['[^', ['a', 'b', '[', ']', '\\', '^', '-', 'c', 'z', 'A']],
  ['[]', []],
  ['[]a', []],
  ['[a-', ['a', '-']],
  ['[a-]', ['a', ']', '^']],
  ['[\\', ['\\']],
  ['\\', ['\\']],
  ['[^a', ['b', '[', ']', '\\', '^', '-', 'c', 'z', 'A']],
  ['[^]', ['a', 'b', '[', ']', '\\', '^', '-', 'c', 'z', 'A']],
  ['*[', []],
  ['[--]', ['[', ']', '\\', '-', 'A']],
  ['a[', []],
  ['[a-\\]', ['a', ']', '\\', '^']],
];

for (const [pattern, expected] of ODD_PATTERNS) {
  test(`the odd pattern ${pattern} matches what it matches in Redis`, (t) => {
    t.deepEqual(matching(pattern, NAMES), expected);
  });
}

test('an empty subject matches the empty pattern and a lone star', (t) => {
  t.true(matches('', ''));
  t.true(matches('*', ''));
  t.false(matches('**', ''));
  t.false(matches('?', ''));
  t.false(matches('', 'a'));
});

test('letters match in either case when case is ignored', (t) => {
  t.true(matches('TIME*', 'timeout', true));
  t.true(matches('[T-Z]imeout', 'timeout', true));
  t.true(matches('[T]imeout', 'timeout', true));
  t.false(matches('TIME*', 'timeout'));
  t.false(matches('[\\T]imeout', 'timeout', true));
});

test('many stars on a long subject take no time', (t) => {
  const subject = 'a'.repeat(20000);
  const startMs = performance.now();
  t.false(matches(`${'a*'.repeat(50)}b`, subject));
  t.false(matches(`${'*a'.repeat(50)}*b`, subject));
  t.true(performance.now() - startMs < 2000);
});

test('random patterns match what the model of stringmatchlen matches', (t) => {
  const letters = ['*', '?', '[', ']', '^', '-', '\\', 'a', 'b', 'B', '\x80', '\xff'];
  const text = fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((list) => list.join(''));
  fc.assert(
    fc.property(text, text, fc.boolean(), (pattern, subject, ignoreCase) => {
      if (pattern === '*' && subject === '') return true;
      return matches(pattern, subject, ignoreCase) === model(pattern, subject, ignoreCase);
    }),
    { numRuns: 50000 },
  );
  t.pass();
});

/** Redis's stringmatchlen, word for word, with its recursion; a NUL ends the pattern as it does in an sds. */
function model(pattern: string, subject: string, ignoreCase: boolean): boolean {
  const at = (text: string, i: number) => (text.charCodeAt(i) << 24) >> 24;
  const fold = (byte: number) => (ignoreCase && byte >= 65 && byte <= 90 ? byte + 32 : byte);
  let p = 0;
  let s = 0;
  const left = () => pattern.length - p;
  while (left() > 0 && s < subject.length) {
    switch (pattern[p]) {
      case '*':
        while (pattern[p + 1] === '*') p++;
        if (left() === 1) return true;
        for (; s < subject.length; s++) {
          if (model(pattern.slice(p + 1), subject.slice(s), ignoreCase)) return true;
        }
        return false;
      case '?':
        s++;
        break;
      case '[': {
        p++;
        const isNegated = pattern[p] === '^';
        if (isNegated) p++;
        let isMember = false;
        for (;;) {
          if (left() >= 2 && pattern[p] === '\\') {
            p++;
            if (pattern[p] === subject[s]) isMember = true;
          } else if (pattern[p] === ']') break;
          else if (left() === 0) {
            p--;
            break;
          } else if (left() >= 3 && pattern[p + 1] === '-') {
            const [low = 0, high = 0] = [at(pattern, p), at(pattern, p + 2)].sort((a, b) => a - b);
            const byte = fold(at(subject, s));
            p += 2;
            if (byte >= fold(low) && byte <= fold(high)) isMember = true;
          } else if (fold(at(pattern, p)) === fold(at(subject, s))) isMember = true;
          p++;
        }
        if (isMember === isNegated) return false;
        s++;
        break;
      }
      default:
        if (pattern[p] === '\\' && left() >= 2) p++;
        if (fold(at(pattern, p)) !== fold(at(subject, s))) return false;
        s++;
    }
    p++;
    if (s === subject.length) {
      while (pattern[p] === '*') p++;
      break;
    }
  }
  return left() === 0 && s === subject.length;
}
