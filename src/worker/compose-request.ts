import type { Arguments } from '../commands/command.js';

/** A request of our own making, of latin1 words; it stays as it is. */
export function composeRequest(words: readonly string[]): Arguments {
  const starts: number[] = [];
  const ends: number[] = [];
  let position = 0;
  for (const word of words) {
    starts.push(position);
    position += word.length;
    ends.push(position);
  }
  const bytes = Buffer.from(words.join(''), 'latin1');
  return { bytes, count: words.length, starts, ends, text: (index) => words[index] ?? '' };
}

/** The request as it was, after the chunk that carried it is gone. */
export function keepRequest(request: Arguments): Arguments {
  const { count, isInline = false } = request;
  const from = request.starts[0] as number;
  const to = request.ends[count - 1] as number;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    starts[i] = (request.starts[i] as number) - from;
    ends[i] = (request.ends[i] as number) - from;
  }
  const bytes = Buffer.allocUnsafeSlow(to - from);
  request.bytes.copy(bytes, 0, from, to);
  const text = (index: number) => bytes.toString('latin1', starts[index], ends[index]);
  return { bytes, count, starts, ends, isInline, text };
}
