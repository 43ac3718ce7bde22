import type { Random } from './random.js';

/** A request as an array of bulk strings. */
export function encodeArray(words: readonly string[]): Buffer {
  const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${bulks.join('')}`, 'latin1');
}

/** A request as a line; words that could be mistaken are quoted, with what can't stand in a line escaped. */
export function encodeInline(words: readonly string[]): Buffer {
  return Buffer.from(`${words.map(quote).join(' ')}\r\n`, 'latin1');
}

function quote(word: string): string {
  if (/^[A-Za-z0-9*?:._|+-]+$/.test(word)) return word;
  const escaped = word.replace(
    /[^ !#-[\]-~]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

/** Cuts bytes at random places: sometimes anywhere, sometimes not at all. */
export function fragment(random: Random, bytes: Buffer): Buffer[] {
  const most = random.pick([bytes.length, bytes.length, 1000, 64, 7]);
  const pieces: Buffer[] = [];
  for (let position = 0; position < bytes.length; ) {
    const length = random.between(1, Math.max(1, most));
    pieces.push(bytes.subarray(position, position + length));
    position += length;
  }
  return pieces;
}
