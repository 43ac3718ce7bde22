import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { askOnce } from '../server/raw-client.js';
import { freePort } from '../server/start.js';
import { comparing, usePair } from './pair.js';
import { run, versionOf } from './program.js';
import type { Servers } from './servers.js';

const EXPORTER = 'prometheus-redis-exporter';
const [benchmarkVersion, exporterVersion] = await Promise.all([
  versionOf(['redis-benchmark', '--version']),
  versionOf(['sh', '-c', `${EXPORTER} -version 2>&1`]),
]);
const atBoth = usePair();
const withBenchmark = comparing(benchmarkVersion !== undefined);
const withExporter = comparing(exporterVersion !== undefined);

/** Its arguments, and what can be asked of the server afterwards. */
const BENCHMARKS: readonly { words: string; ask: string }[] = [
  { words: '-t incr,get,ping', ask: 'GET counter:__rand_int__' },
  { words: '-t incr -P 16', ask: 'GET counter:__rand_int__' },
  { words: '-t incr --threads 2', ask: 'GET counter:__rand_int__' },
  { words: '-t incr -3', ask: 'GET counter:__rand_int__' },
  { words: '-t incr -k 0', ask: 'GET counter:__rand_int__' },
  { words: '-t incr -r 10', ask: 'DBSIZE' },
  { words: 'INCRBY own 3', ask: 'GET own' },
  { words: 'SET own 5', ask: 'GET own' },
];

withBenchmark('redis-benchmark counts to the end, and warns of nothing', async (t) => {
  for (const { words, ask } of BENCHMARKS) {
    const [our, its] = await atBoth(async (servers) => {
      const { status, stdout, stderr } = await benchmark(servers, words.split(' '));
      // The rates are the machine's.
      const tests = stdout.split('\n').map((line) => line.split(',')[0]);
      return { status, tests, stderr, answer: await askOnce(servers.port, ...ask.split(' ')) };
    });
    t.is(our.status, 0, our.stderr);
    t.deepEqual(our, its, words);
  }
});

withBenchmark('redis-benchmark ends with the error where it stores text', async (t) => {
  const [our, its] = await atBoth((servers) => benchmark(servers, ['-t', 'set']));
  t.is(its.status, 0);
  t.is(our.status, 1);
  t.is(our.stderr, 'Error from server: ERR value is not an integer or out of range\n');
});

function benchmark(servers: Servers, words: readonly string[]) {
  const basics = ['-p', String(servers.port), '-n', '500', '-c', '5', '--csv'];
  return run(['redis-benchmark', ...basics, ...words]);
}

/** What the usual dashboards and alerts read, as far as both servers must have the same figure. */
const FIGURES = [
  'redis_up 1',
  'redis_exporter_last_scrape_error{err=""} 0',
  'redis_db_keys{db="db0"} 2',
  'redis_db_keys_expiring{db="db0"} 1',
  'redis_key_value{db="db0",key="orders"} 420',
  'redis_keys_count{db="db0",key="*"} 2',
  'redis_commands_total{cmd="incrby"} 1',
  'redis_commands_failed_calls_total{cmd="incrby"} 0',
  'redis_blocked_clients 0',
  'redis_evicted_keys_total 0',
  'redis_rejected_connections_total 0',
  'redis_loading_dump_file 0',
  'redis_connected_slaves 0',
  'redis_memory_max_bytes 0',
  'redis_config_maxclients 10000',
];
/** Those whose figure is the machine's. */
const NAMES = [
  ...['uptime_in_seconds', 'connected_clients', 'connections_received_total', 'expired_keys_total'],
  ...[
    'memory_used_bytes',
    'slowlog_length',
    'memory_used_rss_bytes',
    'memory_used_peak_bytes',
    'process_id',
  ],
  ...['commands_processed_total', 'commands_duration_seconds_total', 'instance_info'],
  ...['keyspace_hits_total', 'keyspace_misses_total', 'net_input_bytes_total'],
  ...['net_output_bytes_total', 'cpu_sys_seconds_total', 'cpu_user_seconds_total'],
  ...[
    'rdb_last_save_timestamp_seconds',
    'start_time_seconds',
    'last_slow_execution_duration_seconds',
  ],
];

withExporter('the exporter of Prometheus finds its figures', async (t) => {
  const [our, its] = await atBoth(async ({ port }) => {
    await askOnce(port, 'CONFIG', 'RESETSTAT');
    await askOnce(port, 'INCRBY', 'orders', '420');
    await askOnce(port, 'SET', 'visits', '7', 'EX', '1000');
    return scrape(port);
  });
  for (const { metrics, log } of [our, its]) {
    const lines = metrics.split('\n');
    t.deepEqual(
      FIGURES.filter((figure) => !lines.includes(figure)),
      [],
    );
    const names = new Set(lines.map((line) => /^redis_(\w+)/.exec(line)?.[1]));
    t.deepEqual(
      NAMES.filter((name) => !names.has(name)),
      [],
    );
    t.notRegex(log, /level=(warn|error|fatal)/);
  }
});

/** What an exporter serves of the server, and what it says meanwhile. */
async function scrape(port: number): Promise<{ metrics: string; log: string }> {
  for (;;) {
    const address = `127.0.0.1:${await freePort()}`;
    const words = ['-redis.addr', `redis://127.0.0.1:${port}`, '-web.listen-address', address];
    const exporter = spawn(EXPORTER, [...words, '-check-keys', '*', '-count-keys', 'db0=*']);
    const gone = once(exporter, 'close');
    let log = '';
    exporter.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    try {
      while (exporter.exitCode === null) {
        const response = await fetch(`http://${address}/metrics`).catch(() => undefined);
        if (response !== undefined) return { metrics: await response.text(), log };
      }
    } finally {
      exporter.kill('SIGKILL');
      await gone;
    }
    // Another process took the port first.
    if (!log.includes('address already in use')) throw new Error(log);
  }
}
