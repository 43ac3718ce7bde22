import type { Socket } from 'node:net';
import type { AclUser } from '../acl/user.js';
import type { Arguments } from '../commands/command.js';
import type { ReplyMode, Session } from '../commands/session-state.js';
import type { ByteWriter } from '../protocol/bytes.js';
import type { ProtocolVersion } from '../protocol/reply.js';
import { RequestParser } from '../protocol/request-parser.js';
import { openConnection, READ_SIZE } from '../transport/shared-read.js';
import { describeClient } from './client-line.js';
import { Mark } from './gate.js';
import { acquireOutput, dropOutput, sendOutput } from './output.js';
import { type ReplyOwner, ReplyQueue } from './reply-queue.js';
import { ClientSubscriptions } from './subscription-plan.js';
import { Transaction } from './transaction.js';
import type { WorkerState } from './worker-state.js';

/** Unanswered places, their bytes at the master, and unsent bytes, from which on a connection is not read. */
const PLACES_LIMIT = 2048;
const COST_LIMIT = 1 << 20;
const UNSENT_LIMIT = 1 << 20;

/** Where Redis takes a client to come from this machine. */
const LOCAL = ['127.0.0.1', '::1'];

/**
 * open ── QUIT, protocol error, end of the client's bytes, stop ──▶ closing ── all answered and sent ──▶ closed
 *
 * In `closing` nothing more is read; what was received is still answered. A lost socket goes to `closed` at once.
 */
type ConnectionPhase = 'open' | 'closing' | 'closed';

/** One client: its socket, its requests, and its replies in their order. */
export class Connection implements Session, ReplyOwner {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly isUnixSocket: boolean;
  /** It comes from this machine. */
  readonly isLocal: boolean;
  name = '';
  libraryName = '';
  libraryVersion = '';
  protocol: ProtocolVersion = 2;
  database = 0;
  user: AclUser;
  readonly server: WorkerState;
  readonly replies = new ReplyQueue();
  readonly createdAtMs: number;
  activeAtMs: number;
  lastCommand = 'NULL';
  /** The last command on the server as a whole, and what it took on the wire. */
  serverRequest = { command: '', bytes: 0 };
  isProtected = false;
  /** It was one too many, and does not count. */
  isSurplus = false;
  /** What its requests have to be looked at for (gate.ts); 0 on the fast way. */
  marks = 0;
  /** Requests that wait for something that was sent before. */
  readonly postponed: Arguments[] = [];
  /** They wait until everything before is answered. */
  isAwaited = false;
  subscriptions: ClientSubscriptions | undefined;
  /** Between MULTI and EXEC, or while it watches something. */
  transaction: Transaction | undefined;
  /** When its unsent output went over the soft limit, or 0. */
  overSoftLimitSinceMs = 0;
  readonly #socket: Socket;
  readonly #parser: RequestParser;
  #output: ByteWriter | undefined;
  /** Tags of replies of which a piece has come; the master waits until there is room for the next. */
  #owed: number[] = [];
  #phase: ConnectionPhase = 'open';
  #isAuthenticated = false;
  #isPaused = false;
  #isEnded = false;
  #seesCommands = false;
  #replyMode: ReplyMode = 'on';
  /** The client has ended its side while requests of it wait. */
  #isEnding = false;

  constructor(passed: unknown, id: number, server: WorkerState) {
    this.id = id;
    this.server = server;
    this.createdAtMs = server.nowMs;
    this.activeAtMs = server.nowMs;
    this.user = server.users.default;
    this.#parser = new RequestParser(server.limits, (request) => {
      server.dispatch(this, request);
      return this.#phase === 'open';
    });
    this.leaveUser();
    this.#socket = openConnection(passed, (chunk) => this.#receive(chunk));
    const socket = this.#socket;
    this.isUnixSocket = socket.remoteAddress === undefined;
    this.isLocal = this.isUnixSocket || LOCAL.includes(socket.remoteAddress ?? '');
    const path = `${server.config.unixsocket}:0`;
    this.address = this.isUnixSocket ? path : endOf(socket.remoteAddress, socket.remotePort);
    this.localAddress = this.isUnixSocket ? path : endOf(socket.localAddress, socket.localPort);
    this.#socket.on('end', () => this.#finish());
    this.#socket.on('drain', () => {
      this.#acceptMore();
      this.#resumeIfDue();
    });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#closed());
    this.#socket.resume();
  }

  /** It has shown no password, and the default user needs one. */
  get mustAuthenticate(): boolean {
    const { hasNoPassword, isOn } = this.server.users.default;
    return !this.#isAuthenticated && !(hasNoPassword && isOn);
  }

  authenticate(name: string, password: Uint8Array, command: string): boolean {
    const user = this.server.users.admit(name, password);
    if (user === undefined) {
      this.server.denied(this, { reason: 'auth', object: command, username: name });
      return false;
    }
    this.user = user;
    this.#isAuthenticated = true;
    this.reviewRights();
    return true;
  }

  /** It is the default user's again, as a new connection is. */
  leaveUser(): void {
    const user = this.server.users.default;
    this.user = user;
    this.#isAuthenticated = user.hasNoPassword && user.isOn;
    this.reviewRights();
  }

  /** The rights of its user, or what comes without a password, have changed. */
  reviewRights(): void {
    const { mustAuthenticate } = this;
    this.#mark(Mark.restricted, mustAuthenticate || !this.user.mayDoEverything);
    this.#parser.authenticated = !mustAuthenticate;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Bytes that the client has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength + (this.#output?.length ?? 0);
  }

  /** Bytes of a request that has not arrived whole. */
  get keptBytes(): number {
    return this.#parser.bufferedBytes();
  }

  get isSubscriber(): boolean {
    return (this.marks & Mark.subscriber) !== 0;
  }

  get isMonitor(): boolean {
    return (this.marks & Mark.monitor) !== 0;
  }

  get isGone(): boolean {
    return this.#phase === 'closed';
  }

  /** Its silence means that nobody is there: it waits for nothing itself. */
  get isExpectedToSend(): boolean {
    const isWaiting = this.postponed.length > 0 || !this.replies.isEmpty;
    return !this.isSubscriber && !this.isMonitor && !isWaiting;
  }

  get isClosing(): boolean {
    return this.#phase === 'closing';
  }

  get replyMode(): ReplyMode {
    return this.#replyMode;
  }

  set replyMode(mode: ReplyMode) {
    this.#replyMode = mode;
    this.#mark(Mark.quiet, mode !== 'on');
  }

  /** Its subscriptions, to be changed. */
  subscribe(): ClientSubscriptions {
    if (this.subscriptions === undefined) this.subscriptions = new ClientSubscriptions();
    return this.subscriptions;
  }

  /** Its subscriptions have been changed. */
  subscribed(): void {
    this.#mark(Mark.subscriber, (this.subscriptions?.size ?? 0) > 0);
  }

  beginTransaction(): void {
    if (this.transaction === undefined) this.transaction = new Transaction();
    this.transaction.state = 'queueing';
    this.#mark(Mark.queueing, true);
  }

  endTransaction(): void {
    this.transaction = undefined;
    this.#mark(Mark.queueing, false);
  }

  monitor(): boolean {
    if (this.isMonitor) return false;
    this.#mark(Mark.monitor, true);
    this.#seesCommands = false;
    this.server.monitor(this);
    return true;
  }

  /** A line of MONITOR has come. Those that come before its OK are not for it. */
  observe(line: Uint8Array): void {
    if (this.#phase !== 'open') return;
    if (this.replies.isEmpty) this.#seesCommands = true;
    if (!this.#seesCommands) return;
    this.replies.unasked(this).copy(line, 0, line.length);
  }

  /** What was put off has run, or waits anew. */
  released(): void {
    if (this.#isEnding && this.postponed.length === 0) this.closeAfterReply();
    this.#resumeIfDue();
  }

  output(): ByteWriter {
    if (this.#output === undefined) {
      this.#output = acquireOutput();
      this.server.touch(this);
    }
    return this.#output;
  }

  /** Sends what was gathered; at the end of a turn. */
  flush(): void {
    const output = this.#output;
    if (output === undefined) return;
    this.#output = undefined;
    if (this.#phase === 'closed' || output.length === 0) dropOutput(output);
    else {
      this.server.statistics.bytesOut += output.length;
      this.server.statistics.writes++;
      sendOutput(this.#socket, output);
    }
    if (this.#owed.length > 0) this.#acceptMore();
    this.#afterAnswers();
  }

  owe(tag: number): void {
    if (this.#phase === 'closed') this.server.accepted(tag, false);
    else this.#owed.push(tag);
  }

  closeAfterReply(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'closing';
    this.postponed.length = 0;
    this.#socket.pause();
    this.#afterAnswers();
  }

  /** Ends it now, whatever is unanswered or unsent. */
  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.name = '';
    this.protocol = 2;
    this.database = 0;
    this.leaveUser();
    this.replyMode = 'on';
    this.#mark(Mark.monitor, false);
    this.server.leave(this);
  }

  describe(requestBytes = 0): string {
    return describeClient(this, requestBytes);
  }

  #receive(chunk: Buffer): void {
    if (this.#phase !== 'open') return;
    this.activeAtMs = this.server.nowMs;
    this.server.statistics.bytesIn += chunk.length;
    this.server.statistics.reads++;
    const error = this.#parser.push(chunk);
    this.server.settle();
    const queued = this.transaction?.bytes ?? 0;
    if (queued > 0 && queued + this.keptBytes > this.server.limits.maxQueryBuffer) this.destroy();
    if (error !== undefined) {
      if (error !== '') {
        this.replies.immediate(this).latin1(`-${error}\r\n`);
        this.server.statistics.error(error, 1);
      }
      this.closeAfterReply();
    }
    if (!this.#isPaused && this.#isAhead()) this.#pause();
    if (chunk.length >= READ_SIZE) this.#yield();
  }

  /** There is more, and libuv hands out megabytes of one socket before it turns to others. */
  #yield(): void {
    if (this.#isPaused || this.#phase !== 'open' || this.server.isDraining) return;
    this.#pause();
    setImmediate(() => this.#resumeIfDue());
  }

  #pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #acceptMore(): void {
    const isClosed = this.#phase === 'closed';
    if (!isClosed && this.unsentBytes > UNSENT_LIMIT) return;
    for (const tag of this.#owed.splice(0)) this.server.accepted(tag, !isClosed);
  }

  #isAhead(): boolean {
    const { replies } = this;
    return (
      this.postponed.length > 0 ||
      replies.length > PLACES_LIMIT ||
      replies.cost > COST_LIMIT ||
      replies.heldBytes > UNSENT_LIMIT ||
      this.unsentBytes > UNSENT_LIMIT
    );
  }

  #resumeIfDue(): void {
    if (!this.#isPaused || this.#phase !== 'open' || this.#isAhead()) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  #afterAnswers(): void {
    if (this.isAwaited && this.replies.isEmpty && this.#phase === 'open')
      this.server.answered(this);
    if (this.#isPaused) this.#resumeIfDue();
    if (
      this.#phase === 'closing' &&
      !this.#isEnded &&
      this.replies.isEmpty &&
      this.#output === undefined
    ) {
      this.#isEnded = true;
      this.#socket.end();
      // What the client still sends is read and thrown away, so that it gets our last reply and not a reset.
      this.#socket.resume();
      this.server.linger(this);
    }
  }

  /** The client sends no more; what it has sent is answered. */
  #finish(): void {
    if (this.postponed.length > 0) this.#isEnding = true;
    else this.closeAfterReply();
  }

  #mark(mark: number, isSet: boolean): void {
    this.marks = isSet ? this.marks | mark : this.marks & ~mark;
  }

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#acceptMore();
    this.server.forget(this);
  }
}

function endOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '?:0';
  return address.includes(':') ? `[${address}]:${port ?? 0}` : `${address}:${port ?? 0}`;
}
