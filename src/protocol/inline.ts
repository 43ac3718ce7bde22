/** Where the arguments of an inline line lie: the i-th is `bytes[bounds[2 * i], bounds[2 * i + 1])`. */
export interface InlineArguments {
  readonly bytes: Buffer;
  readonly bounds: readonly number[];
}

const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;
const LETTER_X = 120;

/** The letters that stand for a control byte after a backslash; every other byte stands for itself. */
const ESCAPES = new Map([
  [110, 10], // \n
  [114, 13], // \r
  [116, 9], // \t
  [98, 8], // \b
  [97, 7], // \a
]);

/**
 * Splits `line[start, end)` into arguments by Redis's rules (sdssplitargs): blanks separate, double quotes know
 * `\xHH`, `\n` and the like, single quotes know `\'` only, quotes may open within an argument, and a closing quote
 * ends it. Undefined when a quote stays open or something follows a closing one.
 *
 * Without quotes the arguments lie in `line` itself; otherwise in a new buffer. `line` is never changed.
 */
export function splitInline(line: Buffer, start: number, end: number): InlineArguments | undefined {
  if (!hasQuote(line, start, end)) return { bytes: line, bounds: splitPlain(line, start, end) };
  return new QuotedLine(line.subarray(start, end)).split();
}

function hasQuote(line: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (line[i] === DOUBLE_QUOTE || line[i] === SINGLE_QUOTE) return true;
  }
  return false;
}

function splitPlain(line: Buffer, start: number, end: number): number[] {
  const bounds: number[] = [];
  let position = start;
  for (;;) {
    while (position < end && isBlank(line[position])) position++;
    if (position >= end) return bounds;
    bounds.push(position);
    while (position < end && !isSeparator(line[position])) position++;
    bounds.push(position);
  }
}

/** C's isspace: what may stand between two arguments. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}

/** What ends an unquoted argument. Redis leaves out the vertical tab and the form feed here, so they stay in it. */
function isSeparator(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13;
}

class QuotedLine {
  readonly #line: Buffer;
  #position = 0;
  /** Unquoting never makes an argument longer, so one buffer as long as the line takes them all. */
  readonly #out: Buffer;
  #length = 0;

  constructor(line: Buffer) {
    this.#line = line;
    this.#out = Buffer.allocUnsafe(line.length);
  }

  split(): InlineArguments | undefined {
    const line = this.#line;
    const bounds: number[] = [];
    for (;;) {
      while (isBlank(line[this.#position])) this.#position++;
      if (this.#position >= line.length) return { bytes: this.#out, bounds };
      bounds.push(this.#length);
      if (!this.#argument()) return undefined;
      bounds.push(this.#length);
    }
  }

  /** Takes one argument; false when its quotes are unbalanced. */
  #argument(): boolean {
    const line = this.#line;
    while (this.#position < line.length) {
      const byte = line[this.#position] as number;
      if (isSeparator(byte)) return true;
      this.#position++;
      if (byte === DOUBLE_QUOTE) return this.#quoted(byte);
      if (byte === SINGLE_QUOTE) return this.#quoted(byte);
      this.#put(byte);
    }
    return true;
  }

  /** Takes the rest of an argument from behind an opening quote on. */
  #quoted(quote: number): boolean {
    const line = this.#line;
    while (this.#position < line.length) {
      const byte = line[this.#position++] as number;
      if (byte === quote) {
        return this.#position === line.length || isBlank(line[this.#position]);
      }
      const next = line[this.#position];
      if (byte !== BACKSLASH || next === undefined) this.#put(byte);
      else if (quote === DOUBLE_QUOTE) this.#escape(next);
      else if (next === SINGLE_QUOTE) {
        this.#put(next);
        this.#position++;
      } else this.#put(byte);
    }
    return false;
  }

  #escape(letter: number): void {
    if (letter === LETTER_X) {
      const high = hexDigit(this.#line[this.#position + 1]);
      const low = hexDigit(this.#line[this.#position + 2]);
      if (high >= 0 && low >= 0) {
        this.#put(high * 16 + low);
        this.#position += 3;
        return;
      }
    }
    this.#put(ESCAPES.get(letter) ?? letter);
    this.#position++;
  }

  #put(byte: number): void {
    this.#out[this.#length++] = byte;
  }
}

/** The digit's value, or -1 when the byte is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
