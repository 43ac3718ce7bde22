import type { Arguments, Command } from '../commands/command.js';
import type { ReplyMode, ServerState, Session } from '../commands/session-state.js';
import { ByteWriter } from '../protocol/bytes.js';
import { type ProtocolVersion, ReplyWriter } from '../protocol/reply.js';

/** By these a queued command decides where and how the next ones are executed. */
const MOVING = new Set(['select', 'hello', 'auth']);

/** A session as it will be behind the commands that were followed; the real one stays as it is. */
export class SessionDraft implements Session {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  readonly isSubscriber: boolean;
  readonly server: ServerState;
  name: string;
  libraryName: string;
  libraryVersion: string;
  protocol: ProtocolVersion;
  database: number;
  isAuthenticated: boolean;
  replyMode: ReplyMode;
  isProtected: boolean;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    this.id = session.id;
    this.address = session.address;
    this.localAddress = session.localAddress;
    this.isUnixSocket = session.isUnixSocket;
    this.isSubscriber = session.isSubscriber;
    this.server = session.server;
    this.name = session.name;
    this.libraryName = session.libraryName;
    this.libraryVersion = session.libraryVersion;
    this.protocol = session.protocol;
    this.database = session.database;
    this.isAuthenticated = session.isAuthenticated;
    this.replyMode = session.replyMode;
    this.isProtected = session.isProtected;
  }

  follow(command: Command, request: Arguments): void {
    if (command.runs !== 'worker' || !MOVING.has(command.name)) return;
    const unwanted = new ReplyWriter(new ByteWriter(256));
    command.execute(this, request, unwanted);
  }

  monitor(): boolean {
    return false;
  }

  closeAfterReply(): void {}

  describe(): string {
    return this.#session.describe();
  }

  reset(): void {}
}
