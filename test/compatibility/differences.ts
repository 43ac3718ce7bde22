/** What docs/compatibility.md says beside the table of commands. By name: what differs from Redis 7.0.15, in a sentence. */
const REFUSES_TEXT = 'a value that is no 64-bit integer is refused';

export const differences: Readonly<Record<string, string>> = {
  set: REFUSES_TEXT,
  setnx: REFUSES_TEXT,
  setex: REFUSES_TEXT,
  psetex: REFUSES_TEXT,
  getset: REFUSES_TEXT,
  mset: `${REFUSES_TEXT}, and nothing is written`,
  msetnx: `${REFUSES_TEXT}, and nothing is written`,
  incrbyfloat: 'exact, and refused when the result is no 64-bit integer',
  increx:
    'Redis 8.8, without `BYFLOAT`; where Redis has the case only the sense is its own: `LBOUND` above `UBOUND`, `ENX` without a time',
  type: 'always `string` or `none`',
  scan: 'cursors count places in the table; `COUNT` is bounded by 4,096',
  keys: 'the order is that of the table',
  flushdb: '`ASYNC` is the same as `SYNC`',
  flushall: '`ASYNC` is the same as `SYNC`',
  unlink: 'the same as `DEL`',
  touch: 'counts, and leaves no trace',
  'object|encoding': 'always `int`',
  'object|refcount': 'by the value alone: 2147483647 from 0 to 9999, else 1',
  'object|idletime':
    'an upper bound: the time since the last reservation, or since the start where none is known; reads and exact changes leave no time',
  'object|freq': 'always Redis’s error of a server without an LFU policy',
  'memory|usage': 'the bytes of the record and of its place in the index',
  'memory|stats': 'the fields of Redis; what they tell is what the processes have',
  'memory|doctor': 'words of our own',
  'memory|malloc-stats': 'there are none',
  'memory|purge': 'nothing comes of it',
  'latency|doctor': 'words of our own when there is something to tell',
  'latency|histogram':
    'by samples: one call in 64 of what is fast, every call of the rest in the master',
  lolwut: 'no pictures',
  info: 'see below',
  save: 'compacts the log and answers when that is done',
  bgsave: 'begins to compact the log',
  bgrewriteaof: 'begins to compact the log',
  lastsave: 'the last compaction',
  shutdown: 'compacts the log first; `NOW` does not wait, `SAVE` and `NOSAVE` change nothing',
  'client|setinfo': 'Redis 7.2',
  'client|no-touch': 'Redis 7.2; nothing comes of it',
  'client|no-evict': 'nothing comes of it: no client is evicted',
  'client|list': 'with the fields of Redis 7.2; the memory of a client is not told',
  'client|tracking':
    'refused but for `OFF`: a number that changes with every take is not worth a cache',
  'client|caching': 'refused: nothing is tracked',
  'client|unblock': 'ends a `WAIT` or `WAITAOF`; nothing else blocks',
  wait: 'there are no replicas: 0 when the time is over',
  waitaof:
    'Redis 7.2; what was answered is on stable storage already with `fsync always`, and else a compaction is waited for',
  role: 'always a master without replicas',
  replicaof: 'only `NO ONE`',
  slaveof: 'only `NO ONE`',
  failover: 'refused: there are no replicas',
  cluster: 'each subcommand is refused, as by a Redis that is no cluster',
  readonly: 'refused, as by a Redis that is no cluster',
  readwrite: 'refused, as by a Redis that is no cluster',
  asking: 'refused, as by a Redis that is no cluster',
  module: 'the list is empty; loading is refused',
  function:
    'the list is empty, `FLUSH` does nothing, loading is refused; what `DUMP` answers can be restored',
  fcall: 'there is no function',
  fcall_ro: 'there is no function',
  'script|debug': 'only `NO`',
};

export const INTENDED: readonly string[] = [
  'A value is a signed 64-bit integer, written as Redis writes one: no sign but `-`, no leading zero, no space. Anything else is ' +
    'refused with `-ERR value is not an integer or out of range`, one step before Redis would refuse to count it, and nothing changes.',
  'Commands of other types are unknown commands, in Redis’s words; so are those on the bits and bytes of a string (`APPEND`, `SETRANGE`, ' +
    '`SETBIT`, `BITCOUNT`, `LCS`, …) and `SORT`, `DUMP`, `RESTORE`, `MIGRATE`.',
  'After a crash a sequence may be ahead by what was reserved; it is never behind. What is a gauge (it has gone down, or it expires) is exact.',
  'What has expired is gone: it is not counted until somebody looks, as in Redis. A `SET` with a time that has passed leaves nothing behind.',
  'Where Redis tells of its append-only file in `-MISCONF …`, the log of reservations is told of.',
  'Keyspace events go out when the change that they tell of is durable, and in the order of the changes. Within a pipeline of its own commands, a client in ' +
    'RESP3 may get them a few replies before or behind the place where Redis has them. `expired` follows at once on a `SET` with a time that has passed.',
  'Nothing is evicted: a sequence that is forgotten would begin again, and repeat its numbers.',
];

export const INFO_NOTES: readonly string[] = [
  'Every section of Redis 7.0 is there, and `sequement`, which Redis has not. `used_memory` and `used_cpu_*` are those of all processes together.',
  '`keyspace_hits` and `keyspace_misses` count reads, which the master answers; a take is neither, as in Redis.',
  '`commandstats` counts every call; the time is the mean of samples (one call in 64 is timed, the first among them) for all calls. ' +
    '`latencystats` and `LATENCY HISTOGRAM` are of the same samples, so what is rare and slow may be missing there; `SLOWLOG` misses nothing above ' +
    'its threshold that is executed in the master.',
  '`avg_ttl` is the mean of all deadlines, where Redis samples. `used_memory_peak` is the most that was seen when somebody asked.',
  '`rdb_*` and `aof_*` tell of the log: a compaction is both a save and a rewrite. `rdb_changes_since_last_save` counts every take, and every name that was set or removed.',
  'What there is not (replicas, a cluster, modules, functions, threads, eviction, defragmentation, copies of memory on write) has the figure of a Redis that does not use it.',
];

export const CONFIG_NOTES: readonly string[] = [
  '`CONFIG GET` and `CONFIG SET` know the directives of [sequement.conf](../sequement.conf), and Redis’s names where they mean the same.',
  'Parameters of Redis that change no reply here are taken and answered, and nothing comes of them: tools and tests set them.',
  '`maxmemory-policy` is `noeviction`, `appendonly` is `yes`, `cluster-enabled` is `no`.',
];
