import type { Arguments } from '../commands/command.js';
import { ByteWriter } from '../protocol/bytes.js';

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
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const out = new ByteWriter((request.ends[count - 1] as number) - (request.starts[0] as number));
  for (let i = 0; i < count; i++) {
    starts[i] = out.length;
    out.copy(request.bytes, request.starts[i] as number, request.ends[i] as number);
    ends[i] = out.length;
  }
  const bytes = out.view();
  const text = (index: number) => bytes.toString('latin1', starts[index], ends[index]);
  return { bytes, count, starts, ends, isInline, text };
}
