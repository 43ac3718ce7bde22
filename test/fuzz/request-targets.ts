import { splitInline } from '#dist/protocol/inline.js';
import { RequestParser } from '#dist/protocol/request-parser.js';
import { cut, LIMITS as PARSING_LIMITS, parse } from '../protocol/parsing.js';
import { assert, corpusOf, type FuzzTarget, roomDuring } from './target.js';

const corpus = corpusOf('requests');

/** Small enough that mutants go over them. */
const LIMITS = { maxBulkLength: 100_000, maxQueryBuffer: 200_000 };
/** What the room for an announced bulk may be before its bytes arrive. */
const TRUSTED = 1 << 16;

/** A stranger's stream: requests or an error, the same ones however it is cut, and memory in step with its bytes. */
const requests: FuzzTarget = {
  name: 'requests',
  corpus,
  check({ bytes, cuts }) {
    const isAuthenticated = cuts.length % 2 === 0;
    const whole = parse([bytes], LIMITS, isAuthenticated);
    const pieces = parse(cut(bytes, cuts), LIMITS, isAuthenticated);
    // The limit of the buffer is looked at where a chunk ends, so that only a whole stream can pass by it.
    if (pieces.error !== '' && whole.error !== '') {
      assert(pieces.error === whole.error, `${pieces.error} is ${whole.error}`);
      assert(
        JSON.stringify(pieces.requests) === JSON.stringify(whole.requests),
        'a cut changes nothing',
      );
    }
    let words = 0;
    for (const request of whole.requests) words += request.length;
    assert(words <= bytes.length, 'every argument takes a byte');
    assert(whole.kept <= bytes.length, 'nothing is kept that was not sent');
    const { error } = whole;
    assert(error === undefined || /^(ERR Protocol error: [^\r\n]+)?$/.test(error), `${error}`);
    checkRoom(cut(bytes, cuts));
  },
};

/** What is kept, and the memory that is taken for it, after each chunk; a bulk of half a gigabyte may be announced. */
function checkRoom(chunks: readonly Buffer[]): void {
  let received = 0;
  const parser = new RequestParser(PARSING_LIMITS, () => true);
  const room = roomDuring(() => {
    for (const chunk of chunks) {
      received += chunk.length;
      const error = parser.push(Buffer.from(chunk));
      assert(parser.bufferedBytes() <= received, 'no more is kept than was received');
      assert(parser.starts.length <= 8 + 2 * received, 'positions are for what was received');
      if (error !== undefined) return;
    }
  });
  assert(room <= 4 * received + chunks.length * TRUSTED, `${room} bytes were allocated`);
}

/** The words of a line: in order, apart, and within the bytes; the line itself stays as it was. */
const lines: FuzzTarget = {
  name: 'lines',
  corpus,
  check({ bytes, cuts }) {
    const start = (cuts[0] ?? 0) % (bytes.length + 1);
    const before = Buffer.from(bytes);
    const line = splitInline(bytes, start, bytes.length);
    assert(before.equals(bytes), 'the line is not changed');
    if (line === undefined) return;
    const { bounds } = line;
    assert(bounds.length % 2 === 0, 'a word has two bounds');
    let last = 0;
    for (const bound of bounds) {
      assert(bound >= last && bound <= line.bytes.length, 'bounds rise, within the bytes');
      last = bound;
    }
  },
};

export const requestTargets: readonly FuzzTarget[] = [requests, lines];
