import type { Writable } from 'node:stream';
import { withConnection } from './connection.js';
import type { Target } from './target.js';

/** Prints what the server tells of itself, all of it or one section. */
export async function info(
  target: Target,
  section: string | undefined,
  out: Writable,
): Promise<void> {
  const text = await withConnection(target, (redis) =>
    section === undefined ? redis.info() : redis.info(section),
  );
  out.write(text.replaceAll('\r\n', '\n'));
}
