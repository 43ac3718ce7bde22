import type { Config } from '../config/config.js';
import { toleratedValue } from '../config/tolerated.js';
import { clientsSection, cpuSection, memorySection, serverSection } from './info-processes.js';
import { keyspaceSection, persistenceSection, sequementSection } from './info-sequences.js';
import {
  commandStatistics,
  errorStatistics,
  latencyStatistics,
  statsSection,
} from './info-statistics.js';
import type { ServerFacts } from './server-control.js';

/** `name:value`, in the order in which INFO shows them. */
export type InfoFields = readonly (readonly [name: string, value: string | number])[];

interface Section {
  /** What a client asks for, in lower case; also the heading, with a capital. */
  readonly name: string;
  readonly isDefault: boolean;
  readonly fields: (facts: ServerFacts, config: InfoConfig) => InfoFields;
}

/** What INFO shows of the configuration. */
export type InfoConfig = Pick<
  Config,
  | 'maxclients'
  | 'maxmemory'
  | 'port'
  | 'tls-port'
  | 'latency-tracking'
  | 'latency-tracking-info-percentiles'
  | 'tolerated'
>;

const sections: readonly Section[] = [
  { name: 'server', isDefault: true, fields: serverSection },
  { name: 'clients', isDefault: true, fields: clientsSection },
  { name: 'memory', isDefault: true, fields: memorySection },
  { name: 'persistence', isDefault: true, fields: persistenceSection },
  { name: 'stats', isDefault: true, fields: statsSection },
  { name: 'replication', isDefault: true, fields: replicationSection },
  { name: 'cpu', isDefault: true, fields: cpuSection },
  { name: 'modules', isDefault: true, fields: () => [] },
  { name: 'commandstats', isDefault: false, fields: commandStatistics },
  { name: 'errorstats', isDefault: true, fields: errorStatistics },
  { name: 'latencystats', isDefault: false, fields: latencyStatistics },
  { name: 'cluster', isDefault: true, fields: () => [['cluster_enabled', 0]] },
  { name: 'keyspace', isDefault: true, fields: keyspaceSection },
  { name: 'sequement', isDefault: true, fields: sequementSection },
];

/**
 * INFO's text: the sections asked for, in lower case, in the order of the list above; `default` (or nothing), `all`
 * and `everything` stand for many. What is no section adds nothing.
 */
export function renderInfo(
  facts: ServerFacts,
  config: InfoConfig,
  asked: readonly string[],
): string {
  const isAll = asked.includes('all') || asked.includes('everything');
  const isDefault = asked.length === 0 || asked.includes('default');
  return sections
    .filter((section) => isAll || asked.includes(section.name) || (isDefault && section.isDefault))
    .map((section) => render(section, facts, config))
    .join('\r\n');
}

function render(section: Section, facts: ServerFacts, config: InfoConfig): string {
  const title = section.name === 'cpu' ? 'CPU' : section.name.replace(/^./, (c) => c.toUpperCase());
  const lines = section.fields(facts, config).map(([name, value]) => `${name}:${value}\r\n`);
  return `# ${title}\r\n${lines.join('')}`;
}

function replicationSection(facts: ServerFacts, config: InfoConfig): InfoFields {
  return [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', facts.runId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', toleratedValue(config.tolerated, 'repl-backlog-size')],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ];
}
