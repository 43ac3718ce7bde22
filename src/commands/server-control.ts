import type { AclCommands } from '../acl/acl-commands.js';
import type { Denied } from '../acl/acl-log.js';
import type { AclUser } from '../acl/user.js';
import type { Config } from '../config/config.js';
import type { Arguments } from './command.js';
import type { SparseCounts } from './histogram.js';
import type { LatencyEvent } from './latency.js';
import type { SlowCommand } from './slow-log.js';
import type { SpreadTiming, Timing } from './timings.js';

/** What INFO shows, over all processes. Counters count since the start. */
export interface ServerFacts {
  readonly version: string;
  readonly runId: string;
  readonly processId: number;
  readonly configFile: string;
  /** The program that was started. */
  readonly executable: string;
  readonly uptimeMs: number;
  readonly nowMs: number;
  /** The log is being read; nothing is served yet. */
  readonly isLoading: boolean;
  readonly workers: readonly WorkerFacts[];
  readonly master: ProcessFacts;
  readonly writer: ProcessFacts;
  readonly log: LogFacts;
  /** Sequences per database; databases without any are left out. */
  readonly databases: readonly DatabaseFacts[];
  /** Bytes that the table of sequences takes. */
  readonly tableBytes: number;
  /** What counts for `maxmemory`. */
  readonly usedBytes: number;
  /** The most that was seen of all processes together, whenever somebody looked. */
  readonly peakBytes: number;
  /** Takes that were executed by the master, and the runs that carried them. */
  readonly takes: number;
  readonly runs: number;
  readonly reservations: number;
  /** Replies that had to wait for the disk. */
  readonly waits: number;
  /** Sequences that are lent to a worker now; how often one was lent, and recalled because another worker wanted it. */
  readonly holds: number;
  readonly lendings: number;
  readonly recalls: number;
  /** Sequences removed because their time had come. */
  readonly expired: number;
  /** The time that looking for them took, and how often it was interrupted to serve others. */
  readonly expiryMs: number;
  readonly expiryInterruptions: number;
  /** Changes since the last base was begun; takes are as many as they were. */
  readonly changesSinceSave: number;
  /** Sequences that were there when the log was loaded. */
  readonly loadedSequences: number;
  readonly keyspaceHits: number;
  readonly keyspaceMisses: number;
  /** The master's part of the commands, by name, and of the takes. */
  readonly timings: Readonly<Record<string, SpreadTiming>>;
  readonly takeTiming: Timing;
  /** Channels and patterns that somebody is subscribed to. */
  readonly scripts: number;
  /** What their sources take, in bytes, and what Lua has. */
  readonly scriptBytes: number;
  readonly luaBytes: number;
  /** What scripts have run: no worker counts it. */
  readonly inScripts: Pick<WorkerFacts, 'commands' | 'errors'> & { readonly total: number };
  readonly channels: number;
  readonly patterns: number;
  readonly shardChannels: number;
}

export interface DatabaseFacts {
  readonly database: number;
  readonly sequences: number;
  /** Those of them that have a deadline. */
  readonly expiring: number;
  /** How long these have on the average, in milliseconds; 0 without any. */
  readonly averageTtlMs: number;
  /** What the index of its names takes. */
  readonly indexBytes: number;
}

export interface ProcessFacts {
  readonly processId: number;
  readonly rssBytes: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly restarts: number;
}

export interface WorkerFacts extends ProcessFacts {
  readonly connectedClients: number;
  /** Those that wait for the end of a pause. */
  readonly blockedClients: number;
  readonly totalConnections: number;
  readonly rejectedConnections: number;
  /** Of encrypted connections that ended before they were secure. */
  readonly failedHandshakes: number;
  readonly totalCommands: number;
  /** Takes that needed no message to the master; `all`: whatever was reset. */
  readonly takesFromHolds: number;
  readonly allTakesFromHolds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often a socket was read and written. */
  readonly reads: number;
  readonly writes: number;
  readonly rates: Rates;
  /** The longest kept request and the longest kept output among its clients, in bytes. */
  readonly maxInputBuffer: number;
  readonly maxOutputBuffer: number;
  /** What all of its clients together keep of requests and output. */
  readonly clientBytes: number;
  /** Replies by error code (`ERR`, `NOAUTH`, …). */
  readonly errors: Readonly<Record<string, number>>;
  /** By command name as in the table (`client|list`): calls, those that failed, those refused before they ran. */
  readonly commands: Readonly<Record<string, CommandStatistics>>;
}

/** In a second. */
export interface Rates {
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What was measured is a sample of the calls (timings.ts), and the worker's part of them. */
export interface CommandStatistics {
  measured: number;
  microseconds: number;
  histogram: SparseCounts;
  calls: number;
  failed: number;
  rejected: number;
}

export interface LogFacts {
  readonly isWritable: boolean;
  /** Why it isn't, or ''. */
  readonly lastError: string;
  /** Raised by each restore from a backup; 0 until the log is loaded. */
  readonly epoch: number;
  readonly sizeBytes: number;
  readonly baseSizeBytes: number;
  readonly isCompacting: boolean;
  readonly compactions: number;
  readonly lastCompactionSucceeded: boolean;
  /** Unix time in seconds of the last complete base. */
  readonly lastSaveSeconds: number;
  /** How long the last base took, and how long the one under way has taken, in whole seconds; -1 for none. */
  readonly lastCompactionSeconds: number;
  readonly compactionSeconds: number;
  /** Bases that failed since the last one that was written. */
  readonly failedCompactions: number;
  /** What is not durable yet. */
  readonly pendingBytes: number;
  readonly appendedLsn: number;
  readonly durableLsn: number;
}

/** `none` matches no client: there are no masters and replicas here. */
export type ClientType = 'normal' | 'pubsub' | 'none';

/** Which clients CLIENT KILL means: those to whom everything that is given applies. Ids are decimal. */
export interface ClientFilter {
  readonly id?: string;
  readonly type?: ClientType;
  readonly address?: string;
  readonly localAddress?: string;
  readonly user?: string;
  /** Who asks, and whether it is left out. Its connection is closed when it has its answer. */
  readonly caller: string;
  readonly isCallerSpared: boolean;
}

export type PauseMode = 'none' | 'write' | 'all';

/** Who listens to what, over all workers. Names are latin1. */
export interface Channels {
  /** Sends a message to whoever is subscribed now; how many that are. Also for what the server itself has to tell. */
  publish(kind: 'channel' | 'shard', channel: string, message: Uint8Array): number;
  /** Channels that somebody is subscribed to by name. */
  names(kind: 'channel' | 'shard'): string[];
  subscribers(kind: 'channel' | 'shard', channel: string): number;
  /** Different patterns that somebody is subscribed to. */
  readonly patterns: number;
}

/**
 * The users, of which the master has the only list that counts. A change is in force in all workers when its promise
 * resolves: no request that was allowed by what was before is executed after that. `caller` is the id of the client that asks, whose
 * connection is closed behind the answer if it has to be. A CommandError rejects what can't be done.
 */
export interface Users {
  readonly commands: AclCommands;
  /** By name. */
  all(): readonly AclUser[];
  /** All of them, as lines of a file. */
  lines(): readonly string[];
  find(name: string): AclUser | undefined;
  /** Creates a user or changes its rules. */
  set(name: string, rules: readonly string[], caller: string): Promise<void>;
  /** How many there were. */
  delete(names: readonly string[], caller: string): Promise<number>;
  /** Takes the users of `aclfile` in place of those that are. */
  load(caller: string): Promise<void>;
  save(): Promise<void>;
  /** Why the user may not run the command that stands from argument `from` on, for people; undefined if it may. */
  tryRun(user: AclUser, request: Arguments, from: number): string | undefined;
  /** What was denied by any worker before now, newest first. */
  log(): Promise<readonly Denied[]>;
  resetLog(): Promise<void>;
}

/** The scripts that are kept, by their SHA1 in hexadecimal. */
export interface KeptScripts {
  /** Calls `then` when `load` keeps nobody waiting for the start of Lua. */
  begin(then: () => void): void;
  /** Its SHA1; throws a CommandError when it is no Lua. */
  load(source: Buffer): string;
  has(id: string): boolean;
  flush(): void;
  /** For tests: a script may call what no script may. */
  mayCallAll: boolean;
  /** Ends the script that runs, soon; throws a CommandError when there is none, or when it has written something. */
  kill(): void;
}

/** What a command may ask and do of the server as a whole; the master implements it. */
export interface ServerControl {
  readonly scripts: KeptScripts;
  /** A script has been running for so long that others are refused. */
  readonly isBusy: boolean;
  readonly config: Config;
  readonly channels: Channels;
  readonly users: Users;
  /** Newest first. */
  readonly slowLog: {
    readonly length: number;
    newest(count: number): readonly (SlowCommand & { readonly id: number })[];
    reset(): void;
  };
  readonly latency: {
    events(): readonly LatencyEvent[];
    reset(names: readonly string[]): number;
  };
  facts(): Promise<ServerFacts>;
  /** A CLIENT LIST line (`id=3 addr=…`, without the line end) per connection of every worker, by id. */
  clientLines(): Promise<string[]>;
  /** Closes clients of all workers; how many. */
  killClients(filter: ClientFilter): Promise<number>;
  /** Pauses the clients of all workers, for longer if they are paused; `none` ends it. It is in force when it resolves. */
  pauseClients(mode: PauseMode, forMs: number): Promise<void>;
  /**
   * Resolves when the time is over (0 has no end), when the server stops, or when somebody unblocks the client; rejects with the
   * CommandError when it is unblocked with an error.
   */
  blockClient(id: string, forMs: number): Promise<void>;
  /** Ends what `blockClient` began; whether that client was blocked. */
  unblockClient(id: string, withError: boolean): boolean;
  /** Every worker tells what it executes, when it resolves, as long as somebody watches. */
  watchCommands(): Promise<void>;
  /**
   * CONFIG SET. `done` is called once, at once if no socket has to be opened, with the error reply or with nothing; by then it is
   * in force in every process for what is answered later.
   */
  setConfig(pairs: readonly (readonly [string, string])[], done: (error?: string) => void): void;
  /** CONFIG REWRITE; rejects with a CommandError. */
  rewriteConfig(): Promise<void>;
  readonly isCompacting: boolean;
  readonly lastSaveSeconds: number;
  /** Starts a compaction, or joins the one under way; rejects with a CommandError when it fails. */
  compact(): Promise<void>;
  resetStatistics(): void;
  /** Whether sequences whose time has come are removed though nobody asks for them. */
  setActiveExpiry(isActive: boolean): void;
  /** Writes a message to the log of messages. */
  note(text: string): void;
  /** Begins the stop; the reply may never reach the client. `isNow` skips the compaction and the waiting. */
  shutDown(isNow: boolean): void;
}
