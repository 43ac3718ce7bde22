import type { Arguments } from '../commands/command.js';

/** Latin1 words as an array of bulk strings. */
export function respOf(words: readonly string[]): Buffer {
  const body = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('');
  return Buffer.from(`*${words.length}\r\n${body}`, 'latin1');
}

/** The array of bulk strings that begins at `start`: our own, so it is well-formed. */
export function parseRequest(bytes: Buffer, start: number): Arguments {
  let position = start + 1;
  const number = (): number => {
    const end = bytes.indexOf(13, position);
    const value = Number(bytes.toString('latin1', position, end));
    position = end + 2;
    return value;
  };
  const count = number();
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < count; i++) {
    position++;
    const length = number();
    starts.push(position);
    ends.push(position + length);
    position += length + 2;
  }
  return {
    bytes,
    count,
    starts,
    ends,
    text: (index) => bytes.toString('latin1', starts[index], ends[index]),
  };
}
