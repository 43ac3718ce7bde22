import type { Writable } from 'node:stream';
import { withConnection } from './connection.js';
import { Failure } from './failure.js';
import type { Target } from './target.js';

/** Prints the value of a sequence, the last number that was served from it. */
export async function get(target: Target, name: string, out: Writable): Promise<void> {
  const value = await withConnection(target, (redis) => redis.get(name));
  if (value === null) throw new Failure(`there is no sequence '${name}'`);
  out.write(`${value}\n`);
}
