import type { Socket } from 'node:net';
import type { Session } from '../commands/session-state.js';
import type { ByteWriter } from '../protocol/bytes.js';
import type { ProtocolVersion } from '../protocol/reply.js';
import { RequestParser } from '../protocol/request-parser.js';
import { openConnection } from '../transport/shared-read.js';
import { acquireOutput, dropOutput, sendOutput } from './output.js';
import { type ReplyOwner, ReplyQueue } from './reply-queue.js';
import type { WorkerState } from './worker-state.js';

/** Unanswered places, their bytes at the master, and unsent bytes, from which on a connection is not read. */
const PLACES_LIMIT = 16384;
const COST_LIMIT = 1 << 20;
const UNSENT_LIMIT = 1 << 20;

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
  name = '';
  libraryName = '';
  libraryVersion = '';
  protocol: ProtocolVersion = 2;
  database = 0;
  isAuthenticated: boolean;
  readonly server: WorkerState;
  readonly replies = new ReplyQueue();
  readonly createdAtMs: number;
  activeAtMs: number;
  lastCommand = 'NULL';
  /** When its unsent output went over the soft limit, or 0. */
  overSoftLimitSinceMs = 0;
  readonly #socket: Socket;
  readonly #parser: RequestParser;
  #output: ByteWriter | undefined;
  #phase: ConnectionPhase = 'open';
  #isPaused = false;
  #isEnded = false;

  constructor(passed: unknown, id: number, server: WorkerState) {
    this.id = id;
    this.server = server;
    this.createdAtMs = server.nowMs;
    this.activeAtMs = server.nowMs;
    this.isAuthenticated = server.config.requirepass === '';
    this.#parser = new RequestParser(server.limits, (request) => {
      server.dispatch(this, request);
      return this.#phase === 'open';
    });
    this.#parser.authenticated = this.isAuthenticated;
    this.#socket = openConnection(passed, (chunk) => this.#receive(chunk));
    const socket = this.#socket;
    this.isUnixSocket = socket.remoteAddress === undefined;
    const path = `${server.config.unixsocket}:0`;
    this.address = this.isUnixSocket ? path : endOf(socket.remoteAddress, socket.remotePort);
    this.localAddress = this.isUnixSocket ? path : endOf(socket.localAddress, socket.localPort);
    this.#socket.on('end', () => this.closeAfterReply());
    this.#socket.on('drain', () => this.#resumeIfDue());
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#closed());
    this.#socket.resume();
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
      sendOutput(this.#socket, output);
    }
    this.#afterAnswers();
  }

  closeAfterReply(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'closing';
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
    this.isAuthenticated = this.server.config.requirepass === '';
  }

  describe(): string {
    const age = Math.floor((this.server.nowMs - this.createdAtMs) / 1000);
    const idle = Math.floor((this.server.nowMs - this.activeAtMs) / 1000);
    const unsent = this.unsentBytes;
    return (
      `id=${this.id} addr=${this.address} laddr=${this.localAddress} fd=8 name=${this.name} age=${age} idle=${idle}` +
      ` flags=${this.isUnixSocket ? 'U' : 'N'} db=${this.database} sub=0 psub=0 ssub=0 multi=-1` +
      ` qbuf=${this.keptBytes} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=${unsent > 0 ? 1 : 0}` +
      ` omem=${unsent} tot-mem=${unsent + this.keptBytes} events=r cmd=${this.lastCommand} user=default redir=-1` +
      ` resp=${this.protocol} lib-name=${this.libraryName} lib-ver=${this.libraryVersion}`
    );
  }

  #receive(chunk: Buffer): void {
    if (this.#phase !== 'open') return;
    this.activeAtMs = this.server.nowMs;
    this.server.statistics.bytesIn += chunk.length;
    this.#parser.authenticated = this.isAuthenticated;
    const error = this.#parser.push(chunk);
    this.server.settle();
    if (error !== undefined) {
      if (error !== '') {
        this.replies.immediate(this).latin1(`-${error}\r\n`);
        this.server.statistics.error(error, 1);
      }
      this.closeAfterReply();
    }
    if (!this.#isPaused && this.#isAhead()) {
      this.#isPaused = true;
      this.#socket.pause();
    }
  }

  #isAhead(): boolean {
    const { replies } = this;
    return (
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

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.server.forget(this);
  }
}

function endOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '?:0';
  return address.includes(':') ? `[${address}]:${port ?? 0}` : `${address}:${port ?? 0}`;
}
