const STAR = 42;
const MINUS = 45;
const QUESTION = 63;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;
const CARET = 94;

/**
 * Whether `subject[start, end)` matches a glob pattern of Redis (stringmatchlen): `* ? [a-z] [^x] \x`, byte by byte. With
 * `ignoreCase` ASCII letters match in either case.
 *
 * Its odd cases are kept: a class that is never closed runs to the pattern's end, `[]` matches nothing, ranges may be
 * written backwards and compare bytes as signed, an escape within a class is never case-insensitive, and an empty subject
 * matches only the empty pattern; or a lone `*`, because Redis's commands never ask the matcher about that one.
 *
 * Everything but `*` takes exactly one byte, so only the last star ever needs to be tried again: the time is at most
 * pattern × subject, never exponential.
 */
export function matchesGlob(
  pattern: Uint8Array,
  subject: Uint8Array,
  start: number,
  end: number,
  ignoreCase = false,
): boolean {
  if (start === end) return pattern.length === 0 || (pattern.length === 1 && pattern[0] === STAR);
  let at = 0;
  let position = start;
  /** Where to go on after the last star when what it takes has to grow by one byte. */
  let afterStar = -1;
  let retry = 0;
  for (;;) {
    if (pattern[at] === STAR) {
      while (pattern[at] === STAR) at++;
      if (at === pattern.length) return true;
      afterStar = at;
      retry = position;
    } else if (position === end) {
      if (at === pattern.length) return true;
      // What is left takes at least one byte, and giving the star more leaves it even less.
      return false;
    } else if (
      at < pattern.length &&
      elementMatches(pattern, at, subject[position] as number, ignoreCase)
    ) {
      at = elementEnd(pattern, at);
      position++;
    } else {
      if (afterStar < 0) return false;
      at = afterStar;
      position = ++retry;
    }
  }
}

/** Where the element at `at`, which is no star, ends. */
function elementEnd(pattern: Uint8Array, at: number): number {
  if (pattern[at] === BACKSLASH) return Math.min(at + 2, pattern.length);
  if (pattern[at] !== OPEN) return at + 1;
  let i = at + 1;
  if (pattern[i] === CARET) i++;
  while (i < pattern.length && pattern[i] !== CLOSE) i = memberEnd(pattern, i);
  return Math.min(i + 1, pattern.length);
}

/** Where the member of a class at `at` ends: `\x`, `a-z` or one byte. */
function memberEnd(pattern: Uint8Array, at: number): number {
  if (pattern[at] === BACKSLASH && at + 1 < pattern.length) return at + 2;
  return isRange(pattern, at) ? at + 3 : at + 1;
}

function isRange(pattern: Uint8Array, at: number): boolean {
  return pattern[at + 1] === MINUS && at + 2 < pattern.length;
}

function elementMatches(
  pattern: Uint8Array,
  at: number,
  byte: number,
  ignoreCase: boolean,
): boolean {
  const first = pattern[at] as number;
  if (first === QUESTION) return true;
  if (first === OPEN) return classMatches(pattern, at + 1, byte, ignoreCase);
  const literal = first === BACKSLASH && at + 1 < pattern.length ? pattern[at + 1] : first;
  return isSame(literal as number, byte, ignoreCase);
}

function classMatches(pattern: Uint8Array, at: number, byte: number, ignoreCase: boolean): boolean {
  const isNegated = pattern[at] === CARET;
  let isMember = false;
  for (let i = isNegated ? at + 1 : at; i < pattern.length && pattern[i] !== CLOSE; ) {
    const first = pattern[i] as number;
    if (first === BACKSLASH && i + 1 < pattern.length) {
      if (pattern[i + 1] === byte) isMember = true;
    } else if (isRange(pattern, i)) {
      if (isBetween(first, pattern[i + 2] as number, byte, ignoreCase)) isMember = true;
    } else if (isSame(first, byte, ignoreCase)) isMember = true;
    i = memberEnd(pattern, i);
  }
  return isMember !== isNegated;
}

function isSame(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lowerCase(a) === lowerCase(b));
}

function isBetween(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  // C's char is signed where Redis runs.
  const a = (from << 24) >> 24;
  const b = (to << 24) >> 24;
  const low = ignoreCase ? lowerCase(Math.min(a, b)) : Math.min(a, b);
  const high = ignoreCase ? lowerCase(Math.max(a, b)) : Math.max(a, b);
  const signed = (byte << 24) >> 24;
  const value = ignoreCase ? lowerCase(signed) : signed;
  return value >= low && value <= high;
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}
