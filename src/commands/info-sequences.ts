import type { InfoFields } from './info.js';
import { human, processes, total } from './info-processes.js';
import type { ProcessFacts, ServerFacts } from './server-control.js';

/** The sections of INFO about the sequences and their log. */

/** Redis's names: the log is our append-only file, its compaction both the save and the rewrite. */
export function persistenceSection(facts: ServerFacts): InfoFields {
  const { log } = facts;
  const compaction = log.lastCompactionSucceeded ? 'ok' : 'err';
  const isCompacting = log.isCompacting ? 1 : 0;
  return [
    ['loading', facts.isLoading ? 1 : 0],
    ['async_loading', 0],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', '0.00'],
    ['current_save_keys_processed', 0],
    ['current_save_keys_total', 0],
    ['rdb_changes_since_last_save', facts.changesSinceSave],
    ['rdb_bgsave_in_progress', isCompacting],
    ['rdb_last_save_time', log.lastSaveSeconds],
    ['rdb_last_bgsave_status', compaction],
    ['rdb_last_bgsave_time_sec', log.lastCompactionSeconds],
    ['rdb_current_bgsave_time_sec', log.compactionSeconds],
    ['rdb_saves', log.compactions],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', 0],
    ['rdb_last_load_keys_loaded', facts.loadedSequences],
    ['aof_enabled', 1],
    ['aof_rewrite_in_progress', isCompacting],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_rewrite_time_sec', log.lastCompactionSeconds],
    ['aof_current_rewrite_time_sec', log.compactionSeconds],
    ['aof_last_bgrewrite_status', compaction],
    ['aof_rewrites', log.compactions],
    ['aof_rewrites_consecutive_failures', log.failedCompactions],
    ['aof_last_write_status', log.isWritable ? 'ok' : 'err'],
    ['aof_last_cow_size', 0],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ['aof_current_size', log.sizeBytes],
    ['aof_base_size', log.baseSizeBytes],
    ['aof_pending_rewrite', 0],
    ['aof_buffer_length', log.pendingBytes],
    ['aof_pending_bio_fsync', log.durableLsn < log.appendedLsn ? 1 : 0],
    ['aof_delayed_fsync', 0],
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
