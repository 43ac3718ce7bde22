import { readFileSync } from 'node:fs';

/** Descriptors of a worker that are no client's. */
const OWN_DESCRIPTORS = 32;

/**
 * What to tell the operator when the clients that `maxclients` allows would not all get a descriptor; Node has raised the limit
 * as far as it may by then. Undefined when there are enough, or the system does not tell.
 */
export function descriptorShortage(maxclients: number, workers: number): string | undefined {
  const needed = Math.ceil(maxclients / Math.max(1, workers)) + OWN_DESCRIPTORS;
  const limit = descriptorLimit();
  if (limit >= needed) return undefined;
  return (
    `maxclients ${maxclients} takes ${needed} open files in each of ${workers} worker(s), and ${limit} are allowed: ` +
    'who comes when they are used up is turned away without a word; raise the limit (ulimit -n) or lower maxclients'
  );
}

function descriptorLimit(): number {
  try {
    const text = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files +(\d+)/m.exec(text)?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
