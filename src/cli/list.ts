import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { withConnection } from './connection.js';
import type { Target } from './target.js';

/** Names that one SCAN looks at; what is kept in memory at a time. */
const BATCH = 1000;
const BACKSLASH = 92;
const TAB = Buffer.from('\t');
const LINE_END = Buffer.from('\n');

/**
 * Prints a line for every sequence whose name matches the glob pattern: name, TAB, value. In a name, control characters and
 * backslashes are written as `\xHH`, so that a line is always one sequence. Order is the server's.
 */
export async function list(
  target: Target,
  pattern: string | undefined,
  out: Writable,
): Promise<void> {
  await withConnection(target, async (redis) => {
    const match = pattern === undefined ? [] : ['MATCH', pattern];
    let cursor = '0';
    do {
      const reply = await redis.callBuffer('SCAN', cursor, ...match, 'COUNT', BATCH);
      const [next, names] = reply as [Buffer, Buffer[]];
      cursor = next.toString();
      if (names.length === 0) continue;
      const values = await redis.mgetBuffer(names);
      if (!out.write(lines(names, values))) await once(out, 'drain');
    } while (cursor !== '0');
  });
}

/** A name whose value is gone by now, or is no string, is left out. */
function lines(names: readonly Buffer[], values: readonly (Buffer | null)[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (value) parts.push(escaped(name), TAB, value, LINE_END);
  }
  return Buffer.concat(parts);
}

function escaped(name: Buffer): Buffer {
  if (!name.some(needsEscape)) return name;
  const parts = Array.from(name, (byte) =>
    needsEscape(byte) ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
  );
  return Buffer.from(parts.join(''), 'latin1');
}

function needsEscape(byte: number): boolean {
  return byte < 32 || byte === 127 || byte === BACKSLASH;
}
