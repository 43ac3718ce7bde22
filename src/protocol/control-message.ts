import type { ClientFilter, PauseMode } from '../commands/server-control.js';
import type { Config } from '../config/directives.js';
import type { TlsSettings } from '../transport/tls-settings.js';
import type { FrameWriter } from './frame.js';
import { MessageType } from './message.js';
import type { UsersChange } from './users-change.js';

/**
 * What the master orders a worker and what the worker says of itself, seldom enough to be JSON. It goes over the same
 * pipe as the takes, so that an order takes effect before any reply that the master sends later.
 */
export type WorkerOrder =
  /** The first order of all; the worker serves from then on. Sent again when the configuration changes. */
  | {
      readonly order: 'configure';
      readonly config: Config;
      /** Absent: there are no encrypted connections. */
      readonly tls?: TlsSettings;
      readonly isLoading: boolean;
      /** More memory is used than `maxmemory` allows. */
      readonly isOverMemory: boolean;
      /** Lua has been started: nobody waits for that any more. */
      readonly mayRunScripts: boolean;
    }
  /** Answer with a `report` of the same id. */
  | { readonly order: 'report'; readonly id: number; readonly subject: ReportSubject }
  | { readonly order: 'resetStatistics' }
  /** Take no more requests, answer what was received, close the connections, give back what was lent, say LEAVING_ID. */
  | { readonly order: 'drain' }
  /** The answer to LEAVING_ID: everything that the worker said was taken in, and it may exit. */
  | { readonly order: 'leave' };

/** The id of the report that a worker gives of itself after its first `configure`. */
export const READY_ID = 0;

/** The id of the last report of a worker that drains. */
export const LEAVING_ID = -1;

/** The id of a report that is asked for because of what it does: nobody waits for it. */
export const UNHEEDED_ID = -2;

/** The id of a report of what was denied; nobody asks for it. */
export const DENIED_ID = -3;

/** The id of a report that there are scripts, and Lua is to be started. */
export const SCRIPTS_ID = -4;

/** What a report tells; those with a value act, and tell when it is done. */
export type ReportSubject =
  | 'statistics'
  /** How many takes it has served from holds since its start: a number that the order of events decides, unlike what else it measures. */
  | 'takesFromHolds'
  | 'clients'
  | { readonly kill: ClientFilter }
  | { readonly pause: PauseMode; readonly forMs: number }
  /** Whether somebody watches the commands of all workers. */
  | { readonly isWatched: boolean }
  /** Whether a script has been running for so long that others are refused. */
  | { readonly isBusy: boolean }
  /** Told when nothing runs any more that was let through before. */
  | { readonly users: UsersChange }
  /** Told when everything that was denied has been. */
  | 'denials';

export type WorkerReport = { readonly id: number; readonly value: unknown };

export function writeOrder(out: FrameWriter, order: WorkerOrder): void {
  writeJson(out, MessageType.order, order);
}

export function readOrder(bytes: Buffer, start: number, end: number): WorkerOrder {
  return JSON.parse(bytes.toString('utf8', start, end)) as WorkerOrder;
}

export function writeReport(out: FrameWriter, report: WorkerReport): void {
  writeJson(out, MessageType.control, report);
}

export function readReport(bytes: Buffer, start: number, end: number): WorkerReport {
  return JSON.parse(bytes.toString('utf8', start, end)) as WorkerReport;
}

function writeJson(out: FrameWriter, type: number, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value));
  out.begin(type);
  out.copy(bytes, 0, bytes.length);
  out.end();
}

/** With a connection that is passed to a worker. */
export interface Passed {
  /** There are `maxclients` already, so it is to be turned away. */
  readonly isSurplus: boolean;
  /** It came to the tls-port. */
  readonly isTls: boolean;
}

export function writeCount(
  out: FrameWriter,
  type: typeof MessageType.left | typeof MessageType.watchers,
  count: number,
): void {
  out.begin(type);
  out.u32(count);
  out.end();
}

export function readCount(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start);
}
