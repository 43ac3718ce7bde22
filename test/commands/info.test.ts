import test from 'ava';
import { renderInfo } from '#dist/commands/info.js';
import { fakeFacts } from './fake-facts.js';

const config = {
  maxclients: 10000,
  maxmemory: 0,
  port: 6379,
  'tls-port': 0,
  'latency-tracking': true,
  'latency-tracking-info-percentiles': [50, 99.9],
  tolerated: {},
};

function info(...sections: string[]): string {
  return renderInfo(fakeFacts(), config, sections);
}

function headings(text: string): string[] {
  return [...text.matchAll(/^# (.*)\r$/gm)].map(([, title]) => title ?? '');
}

function fields(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}

const DEFAULT = [
  ...['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Modules'],
  ...['Errorstats', 'Cluster', 'Keyspace', 'Sequement'],
];

test('the default sections come in the order of Redis, and ours at the end', (t) => {
  t.deepEqual(headings(info()), DEFAULT);
  t.deepEqual(headings(info('default')), DEFAULT);
});

test('all and everything add the commands', (t) => {
  for (const word of ['all', 'everything']) {
    t.deepEqual(
      headings(info(word)).filter((title) => !DEFAULT.includes(title)),
      ['Commandstats', 'Latencystats'],
    );
  }
});

test('several sections come once each, whatever the order and number of words', (t) => {
  t.deepEqual(headings(info('keyspace', 'server', 'nosuch', 'server')), ['Server', 'Keyspace']);
  t.deepEqual(headings(info('default', 'commandstats')).length, DEFAULT.length + 1);
  t.is(info('nosuch'), '');
});

test('a section is a heading, lines of name and value, and a blank line before the next', (t) => {
  t.is(
    info('cluster', 'keyspace'),
    [
      '# Cluster',
      'cluster_enabled:0',
      '',
      '# Keyspace',
      'db0:keys=5,expires=2,avg_ttl=700',
      'db3:keys=1,expires=0,avg_ttl=0',
      '',
    ].join('\r\n'),
  );
});

test('every line that is no heading is name:value', (t) => {
  for (const line of info('everything').split('\r\n')) {
    t.regex(line, /^(|# \w+|[\w|]+:.*)$/);
  }
});

test('the fields that tools read are there', (t) => {
  const found = fields(info('everything'));
  const names = [
    ...[
      'redis_version',
      'redis_mode',
      'os',
      'tcp_port',
      'run_id',
      'process_id',
      'uptime_in_seconds',
    ],
    ...[
      'connected_clients',
      'blocked_clients',
      'tracking_clients',
      'used_memory',
      'used_memory_rss',
    ],
    ...['used_memory_peak', 'used_memory_startup', 'maxmemory', 'maxmemory_policy', 'loading'],
    ...['mem_fragmentation_ratio', 'number_of_cached_scripts', 'aof_enabled', 'rdb_last_save_time'],
    ...['total_connections_received', 'total_commands_processed', 'rejected_connections'],
    ...['total_net_input_bytes', 'total_net_output_bytes', 'expired_keys', 'evicted_keys'],
    ...['keyspace_hits', 'keyspace_misses', 'used_cpu_sys', 'used_cpu_user', 'connected_slaves'],
    ...['master_repl_offset', 'role', 'db0', 'errorstat_ERR', 'cmdstat_get', 'sequement_version'],
  ];
  for (const name of names) t.truthy(found.get(name), name);
});

test('counters are summed over the workers', (t) => {
  const found = fields(info('everything'));
  t.is(found.get('connected_clients'), '5');
  t.is(found.get('total_commands_processed'), '30');
  t.is(found.get('total_connections_received'), '10');
  t.is(found.get('client_recent_max_input_buffer'), '104');
  t.is(found.get('errorstat_ERR'), 'count=2');
  t.is(found.get('errorstat_NOAUTH'), 'count=4');
  t.is(found.get('total_error_replies'), '6');
  t.is(
    found.get('cmdstat_get'),
    'calls=7,usec=25,usec_per_call=3.57,rejected_calls=2,failed_calls=1',
  );
  t.truthy(found.get('cmdstat_client|id'));
  t.is(found.get('instantaneous_ops_per_sec'), '10');
  t.is(found.get('instantaneous_input_kbps'), '1.00');
});

test('memory and time are those of all processes', (t) => {
  const found = fields(info());
  t.is(found.get('uptime_in_seconds'), '90');
  t.is(found.get('used_memory'), '4000000');
  t.is(found.get('used_memory_human'), '3.81M');
  t.is(found.get('used_memory_dataset'), '1500000');
  t.is(found.get('used_cpu_user'), '6.000000');
  t.is(found.get('used_cpu_user_children'), '4.500000');
});

test('our own section tells how takes travel and what the processes use', (t) => {
  const found = fields(info('sequement'));
  t.is(found.get('takes_per_run'), '2.50');
  t.is(found.get('takes_from_holds'), '60');
  t.is(found.get('takes'), '160');
  t.is(found.get('holds'), '3');
  t.is(found.get('recalls'), '2');
  t.is(found.get('workers'), '2');
  t.is(found.get('restarts'), '2');
  t.is(found.get('log_size'), '2000');
  t.is(found.get('process_writer'), 'pid=101,rss=1000000,cpu_user=1.500,cpu_sys=0.250,restarts=2');
  t.regex(found.get('process_worker1') ?? '', /^pid=104,.*,clients=3$/);
});

test('the times of a command are told by percentiles, of the process that executes it', (t) => {
  const latencies = fields(info('latencystats'));
  // Of the master's two samples of GET; the workers' one each of CLIENT ID.
  t.deepEqual(
    [...latencies.keys()],
    ['latency_percentiles_usec_get', 'latency_percentiles_usec_client|id'],
  );
  t.is(latencies.get('latency_percentiles_usec_get'), 'p50=1.087,p99.9=4.351');
  const off = { ...config, 'latency-tracking': false };
  t.is(renderInfo(fakeFacts(), off, ['latencystats']), '# Latencystats\r\n');
});

test('trouble shows', (t) => {
  const facts = fakeFacts();
  const log = {
    ...facts.log,
    isWritable: false,
    lastError: 'no space\r\nleft',
    lastCompactionSucceeded: false,
  };
  const found = fields(renderInfo({ ...facts, log, isLoading: true, runs: 0 }, config, []));
  t.is(found.get('loading'), '1');
  t.is(found.get('aof_last_write_status'), 'err');
  t.is(found.get('rdb_last_bgsave_status'), 'err');
  t.is(found.get('log_last_error'), 'no space left');
  t.is(found.get('takes_per_run'), '0.00');
});

test('the epoch of the log stands behind what Redis tells of persistence', (t) => {
  t.is([...fields(info('persistence'))].at(-1)?.join(':'), 'log_epoch:4');
});
