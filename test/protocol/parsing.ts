import { RequestParser } from '#dist/protocol/request-parser.js';

export interface Outcome {
  readonly requests: string[][];
  readonly error: string | undefined;
}

export const LIMITS = { maxBulkLength: 1 << 29, maxQueryBuffer: 1 << 30 };

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Parses the chunks, each in a buffer that is overwritten as soon as the parser has had it. */
export function parse(
  chunks: readonly Buffer[],
  limits = LIMITS,
  isAuthenticated = true,
): Outcome & { readonly kept: number } {
  const requests: string[][] = [];
  const parser = new RequestParser(limits, (request) => {
    requests.push(Array.from({ length: request.count }, (_, i) => request.text(i)));
    return true;
  });
  parser.authenticated = isAuthenticated;
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    const error = parser.push(reused);
    if (!reused.equals(chunk)) throw new Error('the parser has changed the chunk');
    reused.fill('#');
    if (error !== undefined) return { requests, error, kept: parser.bufferedBytes() };
  }
  return { requests, error: undefined, kept: parser.bufferedBytes() };
}

export function outcome(text: string, isAuthenticated = true): Outcome {
  const { requests, error } = parse([latin1(text)], LIMITS, isAuthenticated);
  return { requests, error };
}

/** The stream cut at the given positions, in whatever order and number they come. */
export function cut(stream: Buffer, positions: readonly number[]): Buffer[] {
  const ends = [...positions.map((position) => position % (stream.length + 1)), stream.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => stream.subarray(i === 0 ? 0 : ends[i - 1], end));
}

export function piecesOf(stream: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let i = 0; i < stream.length; i += size) pieces.push(stream.subarray(i, i + size));
  return pieces;
}

export function bulk(part: string): string {
  return `$${part.length}\r\n${part}\r\n`;
}

export function array(...parts: string[]): string {
  return `*${parts.length}\r\n${parts.map(bulk).join('')}`;
}
