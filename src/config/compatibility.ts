import type { Config } from './directives.js';

/** A parameter of Redis that clients ask for with CONFIG GET and that is a fact here, not a directive. */
export interface CompatibilityRow {
  readonly name: string;
  readonly value: (config: Config) => string;
  /** The directive of ours to set in its place. */
  readonly instead?: string;
}

export const compatibilityRows: readonly CompatibilityRow[] = [
  // There are no snapshots: the log is all, and it is compacted.
  { name: 'save', value: () => '' },
  // Every reservation is logged before a number of it is served.
  { name: 'appendonly', value: () => 'yes' },
  { name: 'appendfsync', value: (config) => config.fsync, instead: 'fsync' },
  {
    name: 'auto-aof-rewrite-percentage',
    value: (config) => String(config['auto-compact-percentage']),
    instead: 'auto-compact-percentage',
  },
  {
    name: 'auto-aof-rewrite-min-size',
    value: (config) => String(config['auto-compact-min-size']),
    instead: 'auto-compact-min-size',
  },
  // Nothing is ever evicted: a sequence that is forgotten would start again and repeat its numbers.
  { name: 'maxmemory', value: () => '0' },
  { name: 'maxmemory-policy', value: () => 'noeviction' },
  { name: 'notify-keyspace-events', value: () => '' },
  { name: 'cluster-enabled', value: () => 'no' },
];

export function findCompatibilityRow(name: string): CompatibilityRow | undefined {
  const lower = name.toLowerCase();
  return compatibilityRows.find((row) => row.name === lower);
}
