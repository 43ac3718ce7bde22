import type { Config, DirectiveName } from './directives.js';

/** A parameter of Redis that clients ask for with CONFIG GET and that is a fact here, or a directive with another name. */
export interface CompatibilityRow {
  readonly name: string;
  readonly value: (config: Config) => string;
  /** The directive of ours that it stands for: CONFIG SET changes that. */
  readonly instead?: DirectiveName;
  /** In Redis, too, only a start changes it. */
  readonly isImmutable?: true;
}

export const compatibilityRows: readonly CompatibilityRow[] = [
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
  {
    name: 'lua-time-limit',
    value: (config) => String(config['busy-reply-threshold']),
    instead: 'busy-reply-threshold',
  },
  { name: 'cluster-enabled', value: () => 'no', isImmutable: true },
  { name: 'daemonize', value: () => 'no', isImmutable: true },
  { name: 'supervised', value: () => 'no', isImmutable: true },
  { name: 'replicaof', value: () => '', isImmutable: true },
  { name: 'slaveof', value: () => '', isImmutable: true },
];

export function findCompatibilityRow(name: string): CompatibilityRow | undefined {
  const lower = name.toLowerCase();
  return compatibilityRows.find((row) => row.name === lower);
}
