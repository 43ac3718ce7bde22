import { type Directive, INT_MAX, row } from './directive.js';
import { eventClasses } from './event-classes.js';
import { evictionPolicy } from './eviction-policy.js';
import { bytes, integer, LONG_MAX, octal, percent, percentages } from './number-types.js';
import { outputBufferLimits } from './output-buffer-limits.js';
import { tlsDirectives } from './tls-directives.js';
import { choice, requiredText, text, words, yesNo } from './word-types.js';

/** Node's timers take no more milliseconds than INT_MAX; these are the whole seconds in it. */
const TIMER_MAX_SECONDS = 2147483;
/** What one Buffer holds on Node 20. */
const BUFFER_MAX = 4294967295;
const MB = 1024 ** 2;

/**
 * The one table of directives. The Config type, the configuration file, CONFIG GET and SET, and the options of the command
 * line follow from it; to add a directive, add a row and run `npm run conf`.
 */
export const directives = {
  bind: row({
    group: 'Network',
    type: words('addresses'),
    default: ['127.0.0.1', '-::1'],
    isChangeable: true,
    help: "Where to listen; * is everywhere. With a '-' in front, an address that isn't there is no error.",
  }),
  port: row({
    group: 'Network',
    type: integer({ min: 0, max: 65535 }),
    default: 6379,
    isChangeable: true,
    help: 'TCP port; 0 listens on no port at all.',
  }),
  unixsocket: row({
    group: 'Network',
    type: text('path'),
    default: '',
    isChangeable: false,
    help: 'Unix socket to listen on as well.',
  }),
  unixsocketperm: row({
    group: 'Network',
    type: octal({ min: 0, max: 0o777 }),
    default: 0,
    isChangeable: false,
    help: 'Permissions of the unix socket; 0 leaves them to the umask.',
  }),
  'tcp-backlog': row({
    group: 'Network',
    type: integer({ min: 0, max: INT_MAX }),
    default: 511,
    isChangeable: false,
    help: 'Connections that may wait to be accepted; the kernel has its own limit, too (somaxconn).',
  }),
  'tcp-keepalive': row({
    group: 'Network',
    type: integer({ min: 0, max: INT_MAX, unit: 'seconds' }),
    default: 300,
    isChangeable: true,
    help: 'Silence after which the kernel asks whether a client is still there; 0 never asks.',
  }),
  'protected-mode': row({
    group: 'Network',
    type: yesNo(),
    default: true,
    isChangeable: true,
    help:
      'Refuse clients of other machines while the default user needs no password; ' +
      'those of this machine are always served.',
  }),
  ...tlsDirectives,
  requirepass: row({
    group: 'Clients',
    type: text('password'),
    default: '',
    isChangeable: true,
    help: 'Password that a client has to give (AUTH) before anything else; empty asks for none.',
  }),
  aclfile: row({
    group: 'Clients',
    type: text('path'),
    default: '',
    isChangeable: false,
    help:
      'File of the users, which ACL LOAD reads and ACL SAVE writes; a relative path starts at dir. It decides about the ' +
      'default user, too, whatever requirepass says.',
  }),
  'acl-pubsub-default': row({
    group: 'Clients',
    type: choice(['allchannels', 'resetchannels']),
    default: 'resetchannels',
    isChangeable: true,
    help: 'Whether a user that is new may use all channels of messages, or none.',
  }),
  'acllog-max-len': row({
    group: 'Clients',
    type: integer({ min: 0, max: LONG_MAX }),
    default: 128,
    isChangeable: true,
    help: 'Entries that ACL LOG keeps.',
  }),
  maxclients: row({
    group: 'Clients',
    type: integer({ min: 1, max: 4294967295 }),
    default: 10000,
    isChangeable: true,
    help: 'Connections at a time, over all workers; one more is refused with an error.',
  }),
  timeout: row({
    group: 'Clients',
    type: integer({ min: 0, max: INT_MAX, unit: 'seconds' }),
    default: 0,
    isChangeable: true,
    help: 'A client that has been idle for so long is disconnected; 0 never does that.',
  }),
  databases: row({
    group: 'Clients',
    // Database 0xffff is reserved in frames and in the log.
    type: integer({ min: 1, max: 65534 }),
    default: 16,
    isChangeable: false,
    help: 'Number of databases (SELECT).',
  }),
  maxmemory: row({
    group: 'Clients',
    type: bytes({ min: 0, max: LONG_MAX }),
    default: 0,
    isChangeable: true,
    help:
      'What the sequences may take, and 1mb; beyond it, commands that could take more get an error, all takes among them. It does not ' +
      'count what the processes take besides. 0 is no limit.',
  }),
  'maxmemory-policy': row({
    group: 'Clients',
    type: evictionPolicy(),
    default: 'noeviction',
    isChangeable: true,
    help: 'What happens at maxmemory: nothing is ever forgotten.',
  }),
  'proto-max-bulk-len': row({
    group: 'Clients',
    type: bytes({ min: MB, max: BUFFER_MAX }),
    default: 512 * MB,
    isChangeable: true,
    help: 'Longest single argument of a command.',
  }),
  'client-query-buffer-limit': row({
    group: 'Clients',
    type: bytes({ min: MB, max: BUFFER_MAX }),
    default: 1024 * MB,
    isChangeable: true,
    help: 'A client with more than this of one unfinished request is disconnected.',
  }),
  'client-output-buffer-limit': row({
    group: 'Clients',
    type: outputBufferLimits(),
    default: {
      normal: { hardBytes: 64 * MB, softBytes: MB, softSeconds: 60 },
      slave: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
      pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softSeconds: 60 },
    },
    isChangeable: true,
    help:
      'A client is disconnected when its unsent replies pass the hard limit, or the soft one for that many ' +
      'seconds; 0 is no limit.',
  }),
  'notify-keyspace-events': row({
    group: 'Clients',
    type: eventClasses(),
    default: 0,
    isChangeable: true,
    help:
      'What happens to names goes out as messages: K for each name, E for each event, and of which kind: g, $, x, n, m, A. With $ the master ' +
      'serves each take, since it is told.',
  }),
  'enable-debug-command': row({
    group: 'Clients',
    type: choice(['no', 'yes', 'local']),
    default: 'no',
    isChangeable: false,
    help: 'Whether clients may use DEBUG, which tests need; local: those of this machine may.',
  }),
  'busy-reply-threshold': row({
    group: 'Clients',
    type: integer({ min: 0, max: LONG_MAX, unit: 'milliseconds' }),
    default: 5000,
    isChangeable: true,
    help:
      'While a script has been running for longer, other commands are refused with BUSY, and SCRIPT KILL may end it; 0: they wait for its ' +
      'end.',
  }),
  'reserve-block': row({
    group: 'Reservations',
    type: integer({ min: 1, max: 1000000000 }),
    default: 100,
    isChangeable: true,
    help: 'Numbers that a sequence reserves at once to begin with; after a crash it goes on behind what it had reserved.',
  }),
  'reserve-block-max': row({
    group: 'Reservations',
    type: integer({ min: 1, max: INT_MAX }),
    default: 1000000,
    isChangeable: true,
    help: 'How large the block of a busy sequence may grow; the same as reserve-block: never.',
  }),
  'reserve-block-time': row({
    group: 'Reservations',
    type: integer({ min: 1, max: 3600000, unit: 'milliseconds' }),
    default: 500,
    isChangeable: true,
    help:
      'A block that lasted less is followed by one twice as large, one that lasted more than eight times as long ' +
      'by one half as large.',
  }),
  'reserve-threshold': row({
    group: 'Reservations',
    type: percent({ min: 1, max: 99 }),
    default: 50,
    isChangeable: true,
    help: 'When less than this is left of a block, the next one is reserved in the background.',
  }),
  dir: row({
    group: 'Log',
    type: requiredText('directory'),
    default: './',
    isChangeable: false,
    help: 'Directory of the log; created if missing. One server at a time can use it.',
  }),
  fsync: row({
    group: 'Log',
    type: choice(['everysec', 'always', 'no']),
    default: 'always',
    isChangeable: true,
    help:
      'When the log is synced to stable storage. Only with always no number repeats after a power failure; ' +
      'otherwise none repeats after a crash of the server alone.',
  }),
  'auto-compact-percentage': row({
    group: 'Log',
    type: integer({ min: 0, max: INT_MAX, unit: 'percent' }),
    default: 100,
    isChangeable: true,
    help: 'The log is compacted when it has grown by this much since the last time; 0 never does that.',
  }),
  'auto-compact-min-size': row({
    group: 'Log',
    type: bytes({ min: 0, max: 1024 ** 5 }),
    default: 64 * MB,
    isChangeable: true,
    help: 'A log smaller than this is not compacted before the server stops.',
  }),
  workers: row({
    group: 'Processes',
    type: integer({ min: 0, max: 512 }),
    default: 0,
    isChangeable: true,
    help: 'Worker processes; 0 is one less than the cores, but at least one.',
  }),
  'heartbeat-timeout': row({
    group: 'Processes',
    type: integer({ min: 100, max: INT_MAX, unit: 'milliseconds' }),
    default: 5000,
    isChangeable: true,
    help: 'A worker or writer that has been silent for so long is killed and started again.',
  }),
  'shutdown-timeout': row({
    group: 'Processes',
    type: integer({ min: 0, max: TIMER_MAX_SECONDS, unit: 'seconds' }),
    default: 10,
    isChangeable: true,
    help: 'How long a graceful stop may take before it is forced.',
  }),
  pidfile: row({
    group: 'Processes',
    type: text('path'),
    default: '',
    isChangeable: false,
    help: "File for the master's process id; it is removed on exit.",
  }),
  loglevel: row({
    group: 'Messages',
    type: choice(['debug', 'verbose', 'notice', 'warning']),
    default: 'notice',
    isChangeable: true,
    help: 'The least important messages that are still written.',
  }),
  'slowlog-log-slower-than': row({
    group: 'Messages',
    type: integer({ min: -1, max: LONG_MAX, unit: 'microseconds' }),
    default: 10000,
    isChangeable: true,
    help: 'A command that executes for longer is kept for SLOWLOG; -1 keeps none, and below 1000 each command is timed.',
  }),
  'slowlog-max-len': row({
    group: 'Messages',
    type: integer({ min: 0, max: LONG_MAX }),
    default: 128,
    isChangeable: true,
    help: 'Commands that SLOWLOG keeps.',
  }),
  'latency-monitor-threshold': row({
    group: 'Messages',
    type: integer({ min: 0, max: LONG_MAX, unit: 'milliseconds' }),
    default: 0,
    isChangeable: true,
    help: 'A command that executes for longer is a spike for LATENCY; 0 watches for none.',
  }),
  'latency-tracking': row({
    group: 'Messages',
    type: yesNo(),
    default: true,
    isChangeable: true,
    help: 'Whether LATENCY HISTOGRAM and INFO latencystats tell how long commands execute, by samples.',
  }),
  'latency-tracking-info-percentiles': row({
    group: 'Messages',
    type: percentages(),
    default: [50, 99, 99.9],
    isChangeable: true,
    help: 'The percentiles of INFO latencystats.',
  }),
  logfile: row({
    group: 'Messages',
    type: text('path'),
    default: '',
    isChangeable: false,
    help: 'File for the messages; empty is the standard output.',
  }),
};

export type DirectiveName = keyof typeof directives;

/** The value of every directive, by its name in the file. Frozen, and nothing but JSON in it. */
export type Config = {
  readonly [K in DirectiveName]: (typeof directives)[K] extends Directive<infer T> ? T : never;
} & {
  /** What CONFIG SET has changed of what has no effect (tolerated.ts), as CONFIG GET answers it. */
  readonly tolerated: Readonly<Record<string, string>>;
};

/** The rows in the order of the table. */
export const directiveRows = Object.entries(directives) as readonly (readonly [
  DirectiveName,
  Directive<unknown>,
])[];

const rowsByName = new Map<string, Directive<unknown>>(directiveRows);

/** The row of a name in either case, with the name as it is in the table. */
export function findDirective(
  name: string,
): { readonly name: DirectiveName; readonly row: Directive<unknown> } | undefined {
  const lower = name.toLowerCase();
  const found = rowsByName.get(lower);
  return found && { name: lower as DirectiveName, row: found };
}
