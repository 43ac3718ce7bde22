import type { Config } from '../config/config.js';
import type { ProtocolVersion } from '../protocol/reply.js';

export const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';

/** Whether a client wants replies; `skip`: from the next but one on. */
export type ReplyMode = 'on' | 'off' | 'skip' | 'skipping';

/** One client's connection as a command in the worker sees it. */
export interface Session {
  readonly id: number;
  /** `host:port` or the socket's path, and the same of our end. */
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  name: string;
  libraryName: string;
  libraryVersion: string;
  protocol: ProtocolVersion;
  database: number;
  readonly user: { readonly name: string };
  /** It has to show a password before it may do anything. */
  readonly mustAuthenticate: boolean;
  /** Makes it that user's connection if the password is right; `command` is what brought it, for the log of what was denied. */
  authenticate(name: string, password: Uint8Array, command: string): boolean;
  /** It is subscribed to something: in RESP2 it may do little else. */
  readonly isSubscriber: boolean;
  replyMode: ReplyMode;
  /** Shows it the commands of all clients, from its next reply on; false when it sees them already. */
  monitor(): boolean;
  /** CLIENT NO-EVICT ON; shown, and without effect. */
  isProtected: boolean;
  readonly server: ServerState;
  /** Close once everything before has been answered; nothing after it runs. */
  closeAfterReply(): void;
  /** This connection's line in CLIENT LIST, without the line end. */
  describe(requestBytes?: number): string;
  /** Back to the state of a fresh connection (RESET). */
  reset(): void;
}

/** What the commands in a worker may ask and do of the server as a whole. */
export interface ServerState {
  readonly config: Config;
  readonly users: { readonly default: { readonly hasNoPassword: boolean } };
}
