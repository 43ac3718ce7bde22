import type { Writable } from 'node:stream';
import { withConnection } from './connection.js';
import { Failure } from './failure.js';
import type { Target } from './target.js';

/** Takes the next number of a sequence and prints it; with `count` takes as many and prints the first and the last. */
export async function next(
  target: Target,
  name: string,
  count: string | undefined,
  out: Writable,
): Promise<void> {
  const reply = await withConnection(target, (redis) =>
    count === undefined ? redis.call('INCR', name) : redis.call('SEQ.NEXT', name, 'COUNT', count),
  );
  const numbers: unknown[] = Array.isArray(reply) ? reply : [reply];
  if (numbers.length !== (count === undefined ? 1 : 2)) {
    throw new Failure('the server answered something else than a range of numbers');
  }
  out.write(`${numbers.join(' ')}\n`);
}
