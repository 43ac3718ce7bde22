import type { Denied } from '../acl/acl-log.js';
import type { ServerState } from '../commands/session-state.js';
import type { Request } from '../protocol/request.js';
import type { RequestLimits } from '../protocol/request-parser.js';
import type { Connection } from './connection.js';
import type { Statistics } from './statistics.js';
import type { Users } from './users.js';

/** What was denied, without what follows from the client. */
export type Denying = Pick<Denied, 'reason' | 'object'> & { readonly username?: string };

/** What a connection asks of its worker. */
export interface WorkerState extends ServerState {
  /** The log is being read: only what needs no sequence is answered. */
  readonly isLoading: boolean;
  /** It takes no more connections, and closes those that it has when what has come from them was read. */
  readonly isDraining: boolean;
  readonly users: Users;
  readonly limits: RequestLimits;
  readonly statistics: Statistics;
  /** Milliseconds by the monotonic clock, a second old at most. */
  readonly nowMs: number;
  /** Answers a request, or sends it on; the reply is in the connection's queue when the call returns. */
  dispatch(connection: Connection, request: Request): void;
  /** Behind the last request of a chunk: what was put off to the end of it is done. */
  settle(): void;
  /** This connection has gathered output: it is flushed at the end of the turn. */
  touch(connection: Connection): void;
  /** This connection has been ended; it is destroyed soon, when its client does not close it. */
  linger(connection: Connection): void;
  /** Everything that this connection had sent is answered. */
  answered(connection: Connection): void;
  /** There is room for another piece of the reply with this tag, or nobody wants it any more. */
  accepted(tag: number, isWanted: boolean): void;
  /** This connection is to see the commands of all workers. */
  monitor(connection: Connection): void;
  /** This connection is subscribed to nothing any more, and sees no commands. */
  leave(connection: Connection): void;
  /** Something was denied to this connection; ACL LOG shows it before the client sees the reply. */
  denied(connection: Connection, denying: Denying): void;
  /** This connection is closed. */
  forget(connection: Connection): void;
}
