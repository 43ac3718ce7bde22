import type { Config } from '../config/config.js';

/** What INFO shows, over all processes. Counters count since the start. */
export interface ServerFacts {
  readonly version: string;
  readonly runId: string;
  readonly processId: number;
  readonly port: number;
  readonly configFile: string;
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
  readonly keyspaceHits: number;
  readonly keyspaceMisses: number;
}

export interface DatabaseFacts {
  readonly database: number;
  readonly sequences: number;
  /** Those of them that have a deadline. */
  readonly expiring: number;
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
  readonly totalConnections: number;
  readonly rejectedConnections: number;
  readonly totalCommands: number;
  /** Takes that needed no message to the master. */
  readonly takesFromHolds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The longest kept request and the longest kept output among its clients, in bytes. */
  readonly maxInputBuffer: number;
  readonly maxOutputBuffer: number;
  /** Replies by error code (`ERR`, `NOAUTH`, …). */
  readonly errors: Readonly<Record<string, number>>;
  /** By command name as in the table (`client|list`): calls, those that failed, those refused before they ran. */
  readonly commands: Readonly<Record<string, CommandStatistics>>;
}

export interface CommandStatistics {
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
  readonly appendedLsn: number;
  readonly durableLsn: number;
}

/** What a command may ask and do of the server as a whole; the master implements it. */
export interface ServerControl {
  readonly config: Config;
  facts(): Promise<ServerFacts>;
  /** A CLIENT LIST line (`id=3 addr=…`, without the line end) per connection of every worker, by id. */
  clientLines(): Promise<string[]>;
  /** Takes effect in every process before anything that is answered later. */
  configure(config: Config): void;
  readonly isCompacting: boolean;
  readonly lastSaveSeconds: number;
  /** Starts a compaction, or joins the one under way; rejects with a CommandError when it fails. */
  compact(): Promise<void>;
  resetStatistics(): void;
  /** Begins the stop; the reply may never reach the client. `isNow` skips the compaction and the waiting. */
  shutDown(isNow: boolean): void;
}
