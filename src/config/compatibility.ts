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
  ...facts(
    ['dbfilename', 'dump.rdb'],
    ['min-replicas-to-write', '0'],
    ['min-slaves-to-write', '0'],
    ['oom-score-adj', 'no'],
    ['oom-score-adj-values', '0 200 800'],
    ['proc-title-template', '{title} {listen-addr} {server-mode}'],
    ['shutdown-on-sigint', 'default'],
    ['shutdown-on-sigterm', 'default'],
    ['tls-cluster', 'no'],
    ['tls-replication', 'no'],
    ['tls-client-cert-file', ''],
    ['tls-client-key-file', ''],
    ['tls-client-key-file-pass', ''],
  ),
  ...facts(
    ['always-show-logo', 'no'],
    ['aof_rewrite_cpulist', ''],
    ['appenddirname', 'appendonlydir'],
    ['appendfilename', 'appendonly.aof'],
    ['bgsave_cpulist', ''],
    ['bio_cpulist', ''],
    ['cluster-config-file', 'nodes.conf'],
    ['cluster-enabled', 'no'],
    ['cluster-port', '0'],
    ['daemonize', 'no'],
    ['disable-thp', 'yes'],
    ['enable-module-command', 'no'],
    ['enable-protected-configs', 'no'],
    ['io-threads', '1'],
    ['io-threads-do-reads', 'no'],
    ['rdbchecksum', 'yes'],
    ['replicaof', ''],
    ['server_cpulist', ''],
    ['set-proc-title', 'yes'],
    ['slaveof', ''],
    ['socket-mark-id', '0'],
    ['supervised', 'no'],
    ['syslog-enabled', 'no'],
    ['syslog-facility', 'local0'],
    ['syslog-ident', 'redis'],
  ).map((row): CompatibilityRow => ({ ...row, isImmutable: true })),
];

/** What is as by default in Redis. */
function facts(...values: readonly (readonly [name: string, value: string])[]): CompatibilityRow[] {
  return values.map(([name, value]) => ({ name, value: () => value }));
}

export function findCompatibilityRow(name: string): CompatibilityRow | undefined {
  const lower = name.toLowerCase();
  return compatibilityRows.find((row) => row.name === lower);
}
