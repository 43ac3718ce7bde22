import type { CommandFacts } from './command.js';

/** All categories there are, in the order in which Redis lists them; the last is ours. */
export const CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
  'sequence',
] as const;

export type AclCategory = (typeof CATEGORIES)[number];

/** All ACL categories of a command: its own, and those that follow from its flags as in Redis. */
export function categoriesOf(facts: CommandFacts): AclCategory[] {
  const has = (flag: CommandFacts['flags'][number]) => facts.flags.includes(flag);
  const all = new Set<AclCategory>(facts.categories);
  if (has('write')) all.add('write');
  if (has('readonly') && !all.has('scripting')) all.add('read');
  if (has('admin')) all.add('admin').add('dangerous');
  if (has('pubsub')) all.add('pubsub');
  if (has('blocking')) all.add('blocking');
  all.add(has('fast') ? 'fast' : 'slow');
  return CATEGORIES.filter((category) => all.has(category));
}
