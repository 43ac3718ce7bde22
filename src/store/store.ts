import type { Opened, OpenRequest } from '../protocol/log-message.js';
import type { RecordDraft } from '../protocol/record.js';

/**
 * Where reservations live. The local log implements it; etcd can: `append` then gathers the entries for one transaction,
 * `sync` commits it, and a rejection may say that someone else moved a ceiling or fenced this node off.
 *
 * Every method that rejects leaves it open what is on stable storage: after a failed append, sync or mark the store
 * takes nothing more until a new base was switched to. Calls are made one after the other, except that `sync` and the
 * methods of a NewBase may run beside any of them.
 */
export interface Store {
  /** Recovers what is there and hands its entries to `loading`. Throws a Refusal, a sentence for the operator. */
  open(request: OpenRequest, loading: Loading): Promise<Opened>;
  /** Bytes of the log so far. */
  readonly size: number;
  /** Whether something was appended that no sync covers. */
  readonly isUnsynced: boolean;
  /** Whether a sync went through that nothing in the log tells of yet. */
  readonly isUnproven: boolean;
  /** Adds one batch. It is not durable. */
  append(batch: RecordDraft, lsn: number): Promise<void>;
  /** What `append` had resolved for before the call is durable. */
  sync(): Promise<void>;
  /** Adds the proof of what was synced, so that its later damage can't pass for a torn tail. Needs no sync itself. */
  mark(lsn: number): Promise<void>;
  beginBase(): Promise<NewBase>;
  close(): Promise<void>;
}

/** A base in the making, beside the log that is in use. */
export interface NewBase {
  /** Bytes written since the last sync of it. */
  readonly unsynced: number;
  writeSlice(slice: RecordDraft): Promise<void>;
  append(batch: RecordDraft, lsn: number): Promise<void>;
  sync(): Promise<void>;
  /** No slice follows; appends may. What was written so far is synced. */
  end(): Promise<void>;
  /**
   * Makes it the store's log: synced, named, and its name synced. Nothing may be appended to the old log meanwhile.
   * What it is called then. Throws a LostLog when neither the old nor the new one may be appended to afterwards;
   * after any other error the old log is in use as before.
   */
  switch(): Promise<string>;
  /** Removes what was written of it. Never throws. */
  abandon(): Promise<void>;
}

/** Takes what a recovery reads. A promise asks to wait before the next call. */
export interface Loading {
  /** Called first: the bytes of the base that is about to be read. */
  begin(baseSize: number): void;
  entries(bytes: Buffer, start: number, end: number): Promise<void> | undefined;
  progress(done: number, total: number): void;
}

/** Why a store does not open: one sentence that says where, what, and what to do. */
export class Refusal extends Error {}

/** A switch failed half-way: which of the two logs a power failure would leave is unknown. */
export class LostLog extends Error {}
