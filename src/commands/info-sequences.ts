import type { InfoFields } from './info.js';
import { human, processes, total } from './info-processes.js';
import type { ProcessFacts, ServerFacts } from './server-control.js';

/** The sections of INFO about the sequences and their log. */

/** Redis's names: the log is our append-only file, its compaction both the save and the rewrite. */
export function persistenceSection({ log, isLoading }: ServerFacts): InfoFields {
  const compaction = log.lastCompactionSucceeded ? 'ok' : 'err';
  const isCompacting = log.isCompacting ? 1 : 0;
  return [
    ['loading', isLoading ? 1 : 0],
    ['async_loading', 0],
    ['rdb_changes_since_last_save', 0],
    ['rdb_bgsave_in_progress', isCompacting],
    ['rdb_last_save_time', log.lastSaveSeconds],
    ['rdb_last_bgsave_status', compaction],
    ['rdb_saves', log.compactions],
    ['aof_enabled', 1],
    ['aof_rewrite_in_progress', isCompacting],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_bgrewrite_status', compaction],
    ['aof_rewrites', log.compactions],
    ['aof_last_write_status', log.isWritable ? 'ok' : 'err'],
    ['aof_current_size', log.sizeBytes],
    ['aof_base_size', log.baseSizeBytes],
    ['log_epoch', log.epoch],
  ];
}

export function keyspaceSection(facts: ServerFacts): InfoFields {
  return facts.databases.map(({ database, sequences, expiring, averageTtlMs }) => [
    `db${database}`,
    `keys=${sequences},expires=${expiring},avg_ttl=${averageTtlMs}`,
  ]);
}

/** What only we have; the words are those of ARCHITECTURE.md. */
export function sequementSection(facts: ServerFacts): InfoFields {
  const { log } = facts;
  const takesFromHolds = total(facts.workers, (worker) => worker.takesFromHolds);
  return [
    ['sequences', total(facts.databases, (database) => database.sequences)],
    ['table_bytes', facts.tableBytes],
    ['table_bytes_human', human(facts.tableBytes)],
    ['takes', facts.takes + takesFromHolds],
    ['takes_from_holds', takesFromHolds],
    ['runs', facts.runs],
    ['takes_per_run', facts.runs === 0 ? '0.00' : (facts.takes / facts.runs).toFixed(2)],
    ['reservations', facts.reservations],
    ['waits', facts.waits],
    ['holds', facts.holds],
    ['lendings', facts.lendings],
    ['recalls', facts.recalls],
    ['log_writable', log.isWritable ? 1 : 0],
    ['log_last_error', log.lastError.replace(/[\r\n]+/g, ' ')],
    ['log_size', log.sizeBytes],
    ['log_base_size', log.baseSizeBytes],
    ['log_appended_lsn', log.appendedLsn],
    ['log_durable_lsn', log.durableLsn],
    ['compactions', log.compactions],
    ['workers', facts.workers.length],
    ['restarts', total(processes(facts), (process) => process.restarts)],
    ['process_master', describe(facts.master)],
    ['process_writer', describe(facts.writer)],
    ...facts.workers.map((worker, i): InfoFields[number] => [
      `process_worker${i}`,
      `${describe(worker)},clients=${worker.connectedClients}`,
    ]),
  ];
}

function describe(process: ProcessFacts): string {
  const { processId, rssBytes, cpuUserSeconds, cpuSystemSeconds, restarts } = process;
  return `pid=${processId},rss=${rssBytes},cpu_user=${cpuUserSeconds.toFixed(3)},cpu_sys=${cpuSystemSeconds.toFixed(3)},restarts=${restarts}`;
}
