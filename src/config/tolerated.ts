import { INT_MAX } from './directive.js';
import { bytes, integer, LONG_MAX, parseBytes } from './number-types.js';
import { Refusal, type ValueType } from './value-type.js';
import { choice, text, yesNo } from './word-types.js';

/**
 * Parameters of Redis that change no reply here whatever they are set to: they tune what Sequement has otherwise (memory, snapshots,
 * other types) or not at all. Tools and Redis's own tests set and read them, so `CONFIG SET` takes them, `CONFIG GET` answers them,
 * and nothing else comes of it; they are forgotten at the next start. A parameter that would promise something stands here only if that
 * is kept anyway.
 */
interface ToleratedRow {
  readonly type: ValueType<unknown>;
  /** As CONFIG GET answers it. */
  readonly default: string;
  /** Of another name for a parameter: that. */
  readonly of?: string;
  /** Answered only when it is asked for by its whole name. */
  readonly isHidden?: true;
}

const own: Readonly<Record<string, ToleratedRow>> = {
  // There are no snapshots: the log is all, and it is compacted.
  save: { type: savePoints(), default: '' },
  'stop-writes-on-bgsave-error': flag('yes'),
  rdbcompression: flag('yes'),
  'rdb-save-incremental-fsync': flag('yes'),
  'rdb-del-sync-files': flag('no'),
  'no-appendfsync-on-rewrite': flag('no'),
  'aof-rewrite-incremental-fsync': flag('yes'),
  'aof-load-truncated': flag('yes'),
  'aof-use-rdb-preamble': flag('yes'),
  'aof-timestamp-enabled': flag('no'),
  'crash-log-enabled': flag('yes'),
  'crash-memcheck-enabled': flag('yes'),
  hz: number(0, INT_MAX, 10),
  'dynamic-hz': flag('yes'),
  activerehashing: flag('yes'),
  activedefrag: flag('no'),
  'jemalloc-bg-thread': flag('yes'),
  'active-expire-effort': number(1, 10, 1),
  'lazyfree-lazy-eviction': flag('no'),
  'lazyfree-lazy-expire': flag('no'),
  'lazyfree-lazy-server-del': flag('no'),
  'lazyfree-lazy-user-del': flag('no'),
  'lazyfree-lazy-user-flush': flag('no'),
  'maxmemory-samples': number(1, INT_MAX, 5),
  'maxmemory-eviction-tenacity': number(0, 100, 10),
  'lfu-log-factor': number(0, INT_MAX, 10),
  'lfu-decay-time': number(0, INT_MAX, 1),
  'tracking-table-max-keys': number(0, LONG_MAX, 1000000),
  'list-max-listpack-size': number(-INT_MAX - 1, INT_MAX, -2),
  'list-compress-depth': number(0, INT_MAX, 0),
  'hash-max-listpack-entries': number(0, LONG_MAX, 512),
  'hash-max-listpack-value': memory(0, 64),
  'set-max-intset-entries': number(0, LONG_MAX, 512),
  'zset-max-listpack-entries': number(0, LONG_MAX, 128),
  'zset-max-listpack-value': memory(0, 64),
  'hll-sparse-max-bytes': memory(0, 3000),
  'stream-node-max-bytes': memory(0, 4096),
  'stream-node-max-entries': number(0, LONG_MAX, 100),
  'sanitize-dump-payload': { type: choice(['no', 'yes', 'clients']), default: 'no' },
  'tls-session-cache-size': number(0, INT_MAX, 20480),
  // There are no replicas to be served by it.
  'repl-backlog-size': memory(1, 1048576),
  'repl-backlog-ttl': number(0, LONG_MAX, 3600),
  'repl-timeout': number(1, INT_MAX, 60),
  'repl-diskless-sync': flag('yes'),
  'repl-diskless-sync-delay': number(0, INT_MAX, 5),
  'repl-diskless-sync-max-replicas': number(0, INT_MAX, 0),
  'repl-diskless-load': oneOf('disabled', 'on-empty-db', 'swapdb'),
  'repl-disable-tcp-nodelay': flag('no'),
  'repl-ping-replica-period': number(1, INT_MAX, 10),
  'replica-lazy-flush': flag('no'),
  'replica-serve-stale-data': flag('yes'),
  'replica-read-only': flag('yes'),
  'replica-ignore-maxmemory': flag('yes'),
  'replica-ignore-disk-write-errors': flag('no'),
  'replica-announced': flag('yes'),
  'replica-announce-ip': anyText(''),
  'replica-announce-port': number(0, 65535, 0),
  'replica-priority': number(0, INT_MAX, 100),
  'min-replicas-max-lag': number(0, INT_MAX, 10),
  'propagation-error-behavior': oneOf('ignore', 'panic', 'panic-on-replicas'),
  masterauth: anyText(''),
  masteruser: anyText(''),
  'bind-source-addr': anyText(''),
  // There is no cluster.
  'cluster-announce-hostname': anyText(''),
  'cluster-announce-ip': anyText(''),
  'cluster-announce-port': number(0, 65535, 0),
  'cluster-announce-bus-port': number(0, 65535, 0),
  'cluster-announce-tls-port': number(0, 65535, 0),
  'cluster-allow-pubsubshard-when-down': flag('yes'),
  'cluster-allow-reads-when-down': flag('no'),
  'cluster-allow-replica-migration': flag('yes'),
  'cluster-link-sendbuf-limit': memory(0, 0),
  'cluster-migration-barrier': number(0, INT_MAX, 1),
  'cluster-node-timeout': number(0, LONG_MAX, 15000),
  'cluster-preferred-endpoint-type': oneOf('ip', 'hostname', 'unknown-endpoint'),
  'cluster-replica-no-failover': flag('no'),
  'cluster-replica-validity-factor': number(0, INT_MAX, 10),
  'cluster-require-full-coverage': flag('yes'),
  'aof-disable-auto-gc': flag('no'),
  'active-defrag-cycle-min': number(1, 99, 1),
  'active-defrag-cycle-max': number(1, 99, 25),
  'active-defrag-threshold-lower': number(0, 1000, 10),
  'active-defrag-threshold-upper': number(0, 1000, 100),
  'active-defrag-max-scan-fields': number(1, LONG_MAX, 1000),
  'active-defrag-ignore-bytes': memory(1, 104857600),
  'ignore-warnings': anyText(''),
  'maxmemory-clients': { type: noEviction(), default: '0' },
  // For Redis's own tests.
  'key-load-delay': hidden(number(-INT_MAX - 1, INT_MAX, 0)),
  'rdb-key-save-delay': hidden(number(-INT_MAX - 1, INT_MAX, 0)),
  'loading-process-events-interval-bytes': hidden(number(1024, INT_MAX, 2097152)),
  'use-exit-on-panic': hidden(flag('no')),
  'watchdog-period': hidden(number(0, INT_MAX, 0)),
};

/** The older names that Redis still knows. */
const aliases: Readonly<Record<string, string>> = {
  'cluster-slave-no-failover': 'cluster-replica-no-failover',
  'cluster-slave-validity-factor': 'cluster-replica-validity-factor',
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'list-max-ziplist-size': 'list-max-listpack-size',
  'min-slaves-max-lag': 'min-replicas-max-lag',
  'repl-ping-slave-period': 'repl-ping-replica-period',
  'slave-announce-ip': 'replica-announce-ip',
  'slave-announce-port': 'replica-announce-port',
  'slave-ignore-maxmemory': 'replica-ignore-maxmemory',
  'slave-lazy-flush': 'replica-lazy-flush',
  'slave-priority': 'replica-priority',
  'slave-read-only': 'replica-read-only',
  'slave-serve-stale-data': 'replica-serve-stale-data',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
};

/** By every name that it goes by. */
export const toleratedRows: ReadonlyMap<string, ToleratedRow> = new Map([
  ...Object.entries(own),
  ...Object.entries(aliases).map(([alias, of]): [string, ToleratedRow] => [
    alias,
    { ...(own[of] as ToleratedRow), of },
  ]),
]);

/** Its value as CONFIG GET answers it; `values` are those that were set, by their first name. */
export function toleratedValue(values: Readonly<Record<string, string>>, name: string): string {
  const { of = name, default: unset } = toleratedRows.get(name) as ToleratedRow;
  return values[of] ?? unset;
}

function flag(value: 'yes' | 'no'): ToleratedRow {
  return { type: yesNo() as ValueType<unknown>, default: value };
}

function number(min: number, max: number, value: number): ToleratedRow {
  return { type: integer({ min, max }) as ValueType<unknown>, default: String(value) };
}

function memory(min: number, value: number): ToleratedRow {
  return { type: bytes({ min, max: LONG_MAX }) as ValueType<unknown>, default: String(value) };
}

function oneOf(value: string, ...others: readonly string[]): ToleratedRow {
  return { type: choice([value, ...others]) as ValueType<unknown>, default: value };
}

function anyText(value: string): ToleratedRow {
  return { type: text('text') as ValueType<unknown>, default: value };
}

function hidden(row: ToleratedRow): ToleratedRow {
  return { ...row, isHidden: true };
}

/** What all clients together may take before some are disconnected: no limit, since each has its own. */
function noEviction(): ValueType<unknown> {
  return {
    placeholder: '0',
    range: '0',
    isList: false,
    parse: ([word = '']) => {
      const share = /^(\d+)%$/.exec(word)?.[1];
      if (Number(share) > 100) {
        const tooMuch = 'percentage argument must be less or equal to 100';
        return new Refusal(tooMuch, tooMuch);
      }
      if ((share ?? word) === '0') return '0';
      if (share === undefined && parseBytes(word) === undefined) {
        const none = 'argument must be a memory or percent value';
        return new Refusal(none, none);
      }
      const fixed = 'clients are disconnected by their own limits only: it has to be 0';
      return new Refusal(fixed, fixed);
    },
    format: String,
    write: String,
  };
}

/** `seconds changes` any number of times. */
function savePoints(): ValueType<unknown> {
  return {
    placeholder: 'seconds changes',
    range: 'seconds and changes, any number of times',
    isList: true,
    parse: (words) => {
      const isPair = words.length % 2 === 0;
      const isValid = words.every((word, i) => /^\d+$/.test(word) && Number(word) >= 1 - (i % 2));
      if (isPair && isValid) return words.map(Number).join(' ');
      const text = 'Invalid save parameters';
      return new Refusal(text, text);
    },
    format: String,
    write: String,
  };
}
