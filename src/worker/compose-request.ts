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
  const words: string[] = [];
  for (let i = 0; i < request.count; i++) words.push(request.text(i));
  return { ...composeRequest(words), isInline: request.isInline ?? false };
}
