import type { ReplyMode, ServerState, Session } from '../commands/session-state.js';
import type { ProtocolVersion } from '../protocol/reply.js';

/** The client that a script is to the commands which ask who sends them: it has a database and a protocol, and nobody behind it. */
export class ScriptSession implements Session {
  readonly id = 0;
  readonly address = '';
  readonly localAddress = '';
  readonly isUnixSocket = false;
  readonly isSubscriber = false;
  readonly mustAuthenticate = false;
  readonly user = { name: 'default' };
  readonly server: ServerState;
  name = '';
  libraryName = '';
  libraryVersion = '';
  protocol: ProtocolVersion = 2;
  database: number;
  replyMode: ReplyMode = 'on';
  isProtected = false;

  constructor(database: number, server: ServerState) {
    this.database = database;
    this.server = server;
  }

  authenticate(): boolean {
    return false;
  }

  monitor(): boolean {
    return false;
  }

  closeAfterReply(): void {}

  describe(): string {
    return '';
  }

  reset(): void {}
}
