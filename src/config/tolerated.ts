import { INT_MAX } from './directive.js';
import { bytes, integer } from './number-types.js';
import { Refusal, type ValueType } from './value-type.js';
import { choice, yesNo } from './word-types.js';

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
}

const LONG_MAX = Number.MAX_SAFE_INTEGER;

const rows: Readonly<Record<string, ToleratedRow>> = {
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
  'list-max-ziplist-size': number(-INT_MAX - 1, INT_MAX, -2),
  'list-compress-depth': number(0, INT_MAX, 0),
  'hash-max-listpack-entries': number(0, LONG_MAX, 512),
  'hash-max-ziplist-entries': number(0, LONG_MAX, 512),
  'hash-max-listpack-value': memory(0, 64),
  'hash-max-ziplist-value': memory(0, 64),
  'set-max-intset-entries': number(0, LONG_MAX, 512),
  'zset-max-listpack-entries': number(0, LONG_MAX, 128),
  'zset-max-ziplist-entries': number(0, LONG_MAX, 128),
  'zset-max-listpack-value': memory(0, 64),
  'zset-max-ziplist-value': memory(0, 64),
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
  'replica-lazy-flush': flag('no'),
};

export const toleratedRows: ReadonlyMap<string, ToleratedRow> = new Map(Object.entries(rows));

function flag(value: 'yes' | 'no'): ToleratedRow {
  return { type: yesNo() as ValueType<unknown>, default: value };
}

function number(min: number, max: number, value: number): ToleratedRow {
  return { type: integer({ min, max }) as ValueType<unknown>, default: String(value) };
}

function memory(min: number, value: number): ToleratedRow {
  return { type: bytes({ min, max: LONG_MAX }) as ValueType<unknown>, default: String(value) };
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
