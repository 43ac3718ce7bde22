import type { AclUser } from '../acl/user.js';
import type { Arguments, Command } from '../commands/command.js';
import type { ReplyMode, ServerState, Session } from '../commands/session-state.js';
import { ByteWriter } from '../protocol/bytes.js';
import { type ProtocolVersion, ReplyWriter } from '../protocol/reply.js';
import type { Connection } from './connection.js';

/** By these a queued command decides where and how the next ones are executed. */
const MOVING = new Set(['select', 'hello', 'auth']);

/** A session as it will be behind the commands that were followed; the real one stays as it is. */
export class SessionDraft implements Session {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  isSubscriber: boolean;
  readonly server: ServerState;
  name: string;
  libraryName: string;
  libraryVersion: string;
  protocol: ProtocolVersion;
  database: number;
  user: AclUser;
  mustAuthenticate: boolean;
  replyMode: ReplyMode;
  isProtected: boolean;
  readonly #session: Connection;

  constructor(session: Connection) {
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
    this.user = session.user;
    this.mustAuthenticate = session.mustAuthenticate;
    this.replyMode = session.replyMode;
    this.isProtected = session.isProtected;
  }

  follow(command: Command, request: Arguments): void {
    if (command.runs !== 'worker' || !MOVING.has(command.name)) return;
    this.answer(command, request);
  }

  /** The reply of a command to this session. */
  answer(command: Command & { runs: 'worker' }, request: Arguments): Buffer {
    const reply = new ReplyWriter(new ByteWriter(256));
    reply.protocol = this.protocol;
    command.execute(this, request, reply);
    return reply.out.take();
  }

  authenticate(name: string, password: Uint8Array): boolean {
    const user = this.#session.server.users.admit(name, password);
    if (user === undefined) return false;
    this.user = user;
    this.mustAuthenticate = false;
    return true;
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
