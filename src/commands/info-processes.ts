import { machine, release, totalmem, type } from 'node:os';
import { toleratedValue } from '../config/tolerated.js';
import type { InfoConfig, InfoFields } from './info.js';
import type { ProcessFacts, ServerFacts, WorkerFacts } from './server-control.js';
import { REDIS_VERSION } from './versions.js';

/** The sections of INFO about the processes and their clients. */

/** Redis keeps 24 bits of it. */
const LRU_CLOCK_END = 2 ** 24;

export function serverSection(facts: ServerFacts, config: InfoConfig): InfoFields {
  const uptime = Math.floor(facts.uptimeMs / 1000);
  const hz = toleratedValue(config.tolerated, 'hz');
  return [
    ['redis_version', REDIS_VERSION],
    ['sequement_version', facts.version],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'],
    ['redis_mode', 'standalone'],
    ['os', `${type()} ${release()} ${machine()}`],
    ['arch_bits', 64],
    ['monotonic_clock', 'POSIX clock_gettime'],
    ['multiplexing_api', 'libuv'],
    ['atomicvar_api', 'none'],
    // What Redis says when it was built by another compiler.
    ['gcc_version', '0.0.0'],
    ['process_id', facts.processId],
    ['process_supervised', 'no'],
    ['run_id', facts.runId],
    ['tcp_port', config.port === 0 ? config['tls-port'] : config.port],
    ['server_time_usec', facts.nowMs * 1000],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / 86400)],
    ['hz', hz],
    ['configured_hz', hz],
    ['lru_clock', Math.floor(facts.nowMs / 1000) % LRU_CLOCK_END],
    ['executable', facts.executable],
    ['config_file', facts.configFile],
    ['io_threads_active', 0],
  ];
}

export function clientsSection(facts: ServerFacts, config: InfoConfig): InfoFields {
  const { workers } = facts;
  return [
    ['connected_clients', total(workers, (worker) => worker.connectedClients)],
    ['cluster_connections', 0],
    ['maxclients', config.maxclients],
    ['client_recent_max_input_buffer', largest(workers, (worker) => worker.maxInputBuffer)],
    ['client_recent_max_output_buffer', largest(workers, (worker) => worker.maxOutputBuffer)],
    ['blocked_clients', total(workers, (worker) => worker.blockedClients)],
    ['tracking_clients', 0],
    ['clients_in_timeout_table', 0],
  ];
}

export function memorySection(facts: ServerFacts, config: InfoConfig): InfoFields {
  const used = total(processes(facts), (process) => process.rssBytes);
  const apart = Math.max(0, used - facts.tableBytes);
  const system = totalmem();
  return [
    ['used_memory', used],
    ['used_memory_human', human(used)],
    ['used_memory_rss', used],
    ['used_memory_rss_human', human(used)],
    ['used_memory_peak', facts.peakBytes],
    ['used_memory_peak_human', human(facts.peakBytes)],
    ['used_memory_peak_perc', percent(used, facts.peakBytes)],
    ['used_memory_overhead', apart],
    ['used_memory_startup', apart],
    ['used_memory_dataset', facts.tableBytes],
    ['used_memory_dataset_perc', percent(facts.tableBytes, used - apart)],
    ['allocator_allocated', used],
    ['allocator_active', used],
    ['allocator_resident', used],
    ['total_system_memory', system],
    ['total_system_memory_human', human(system)],
    ['used_memory_lua', facts.luaBytes],
    ['used_memory_vm_eval', facts.luaBytes],
    ['used_memory_lua_human', human(facts.luaBytes)],
    ['used_memory_scripts_eval', facts.scriptBytes],
    ['number_of_cached_scripts', facts.scripts],
    ['number_of_functions', 0],
    ['number_of_libraries', 0],
    ['used_memory_vm_functions', 0],
    ['used_memory_vm_total', facts.luaBytes],
    ['used_memory_vm_total_human', human(facts.luaBytes)],
    ['used_memory_functions', 0],
    ['used_memory_scripts', facts.scriptBytes],
    ['used_memory_scripts_human', human(facts.scriptBytes)],
    ['used_memory_sequences', facts.usedBytes],
    ['maxmemory', config.maxmemory],
    ['maxmemory_human', human(config.maxmemory)],
    ['maxmemory_policy', 'noeviction'],
    // What the processes have is what they use.
    ['allocator_frag_ratio', '1.00'],
    ['allocator_frag_bytes', 0],
    ['allocator_rss_ratio', '1.00'],
    ['allocator_rss_bytes', 0],
    ['rss_overhead_ratio', '1.00'],
    ['rss_overhead_bytes', 0],
    ['mem_fragmentation_ratio', '1.00'],
    ['mem_fragmentation_bytes', 0],
    ['mem_not_counted_for_evict', 0],
    ['mem_replication_backlog', 0],
    ['mem_total_replication_buffers', 0],
    ['mem_clients_slaves', 0],
    ['mem_clients_normal', total(facts.workers, (worker) => worker.clientBytes)],
    ['mem_cluster_links', 0],
    ['mem_aof_buffer', facts.log.pendingBytes],
    ['mem_allocator', 'v8'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', 0],
  ];
}

export function cpuSection(facts: ServerFacts): InfoFields {
  const children = [facts.writer, ...facts.workers];
  const system = total(children, (process) => process.cpuSystemSeconds);
  const user = total(children, (process) => process.cpuUserSeconds);
  return [
    ['used_cpu_sys', (facts.master.cpuSystemSeconds + system).toFixed(6)],
    ['used_cpu_user', (facts.master.cpuUserSeconds + user).toFixed(6)],
    ['used_cpu_sys_children', system.toFixed(6)],
    ['used_cpu_user_children', user.toFixed(6)],
    ['used_cpu_sys_main_thread', facts.master.cpuSystemSeconds.toFixed(6)],
    ['used_cpu_user_main_thread', facts.master.cpuUserSeconds.toFixed(6)],
  ];
}

export function processes(facts: ServerFacts): readonly ProcessFacts[] {
  return [facts.master, facts.writer, ...facts.workers];
}

export function total<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}

function largest(workers: readonly WorkerFacts[], size: (worker: WorkerFacts) => number): number {
  return workers.reduce((most, worker) => Math.max(most, size(worker)), 0);
}

/** As Redis writes it: `512B`, `1.63M`. */
export function human(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < 4) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)}${'KMGTP'[unit]}`;
}

function percent(part: number, whole: number): string {
  return `${((part / Math.max(1, whole)) * 100).toFixed(2)}%`;
}
