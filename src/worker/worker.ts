import type { Config } from '../config/directives.js';
import { tellsTakes } from '../config/event-classes.js';
import {
  LEAVING_ID,
  type Passed,
  READY_ID,
  SCRIPTS_ID,
  type WorkerOrder,
} from '../protocol/control-message.js';
import { assertNever } from '../protocol/log-message.js';
import type { Request } from '../protocol/request.js';
import type { ChunkHandler } from '../transport/shared-read.js';
import { Answers } from './answers.js';
import { Combiner } from './combiner.js';
import { Connection } from './connection.js';
import { Dispatcher } from './dispatcher.js';
import { Holds } from './holds.js';
import { MasterLink, type MasterPipe } from './master-link.js';
import { MasterQuestions } from './master-questions.js';
import { OutputLimits } from './output-limits.js';
import { PROTECTED } from './protected-mode.js';
import { Statistics } from './statistics.js';
import { Subscriptions } from './subscriptions.js';
import { TlsAcceptor } from './tls-acceptor.js';
import { Users } from './users.js';
import { Witness } from './witness.js';
import type { Denying, WorkerState } from './worker-state.js';

const TICK_MS = 1000;
/** What the worker needs of its process. */
export interface WorkerProcess {
  /** Opens the pipe to the master. */
  openPipe(onChunk: ChunkHandler): MasterPipe;
  /** Added to the connections' numbers, so that ids are unique over all workers. */
  readonly firstClientId: number;
  /** From so many arguments on a command on many names goes to the master in pieces of so many; absent: what pays. */
  readonly many?: { readonly from: number; readonly perPiece: number };
  /** The master is gone, or has ordered the end and every connection is closed. */
  exit(): void;
}

/**
 * Holds connections and sends their requests where they run.
 *
 * configured ──▶ serving ── drain ──▶ draining ── last connection closed ──▶ exit
 */
export class Worker implements WorkerState {
  #config: Config | undefined;
  isLoading = true;
  isDraining = false;
  readonly users = new Users();
  readonly limits = { maxBulkLength: 0, maxQueryBuffer: 0 };
  readonly statistics = new Statistics();
  nowMs = performance.now();
  readonly #process: WorkerProcess;
  readonly #combiner = new Combiner();
  readonly #link: MasterLink;
  readonly #holds: Holds;
  readonly #dispatcher: Dispatcher;
  readonly #witness: Witness;
  readonly #questions: MasterQuestions;
  readonly #subscriptions = new Subscriptions(this.#combiner);
  readonly #connections = new Set<Connection>();
  readonly #tls = new TlsAcceptor({
    onSecure: (socket) => this.#open(socket, false),
    onFailed: () => {
      this.statistics.failedHandshakes++;
      this.#gone();
      this.#leaveIfEmpty();
    },
  });
  readonly #touched: Connection[] = [];
  readonly #lingering = new Map<Connection, number>();
  readonly #outputLimits = new OutputLimits();
  #nextClientId: number;
  #tickedAtMs = performance.now();
  /** Connections that are closed, which the master has not been told yet. */
  #left = 0;
  #isLeaving = false;

  constructor(process: WorkerProcess) {
    this.#process = process;
    this.#nextClientId = process.firstClientId;
    const linked = () => ({ answers, holds: this.#holds });
    this.#link = new MasterLink((onChunk) => process.openPipe(onChunk), this.#combiner, linked, {
      onOrder: (order) => this.#obey(order),
      onTurn: () => {
        this.#flush();
        this.#leaveIfAnswered();
      },
    });
    this.#holds = new Holds(this.#combiner, this.#link);
    const parts = [this.#combiner, this.#holds, this.statistics, this.#subscriptions] as const;
    this.#dispatcher = new Dispatcher(...parts);
    this.#dispatcher.gate.onScript = () => this.#link.report({ id: SCRIPTS_ID, value: null });
    this.#witness = new Witness(this.#link, this.#dispatcher);
    this.#questions = new MasterQuestions({
      connections: this.#connections,
      dispatcher: this.#dispatcher,
      holds: this.#holds,
      link: this.#link,
      statistics: this.statistics,
      users: this.users,
      witness: this.#witness,
    });
    if (process.many !== undefined) {
      this.#combiner.parcels.manyArguments = process.many.from;
      this.#combiner.parcels.pieceArguments = process.many.perPiece;
    }
    const answers = new Answers(...parts, this.#dispatcher.transactions);
    answers.onSlow = (owner, slow) => this.#witness.slow(owner as Connection, slow);
    setInterval(() => this.#tick(), TICK_MS);
  }

  get config(): Config {
    if (this.#config === undefined) throw new Error('a request came before the configuration');
    return this.#config;
  }

  /** Serves a connection that the master has accepted. */
  accept(passed: unknown, { isSurplus, isTls }: Passed): void {
    this.nowMs = performance.now();
    this.statistics.totalConnections++;
    if (!isTls) this.#open(passed, isSurplus);
    else if (!isSurplus && !this.isDraining) this.#tls.accept(passed);
    else {
      // Without a handshake there is nothing to be said to it.
      if (isSurplus) this.statistics.rejectedConnections++;
      else this.#gone();
      (passed as { close(): void }).close();
    }
  }

  #open(accepted: unknown, isSurplus: boolean): void {
    const connection = new Connection(accepted, this.#nextClientId++, this);
    this.#connections.add(connection);
    if (this.isDraining) connection.closeAfterReply();
    else if (isSurplus) {
      connection.isSurplus = true;
      this.#turnAway(connection, 'ERR max number of clients reached');
    } else if (this.#isForbidden(connection)) this.#turnAway(connection, PROTECTED);
  }

  dispatch(connection: Connection, request: Request): void {
    this.#dispatcher.dispatch(connection, request);
    if (!this.#combiner.isEmpty) this.#link.schedule();
  }

  settle(): void {
    this.#dispatcher.settle();
  }

  touch(connection: Connection): void {
    // Replies that no answer of the master brought are flushed when the sockets that are ready have been read.
    if (this.#touched.length === 0) setImmediate(() => this.#flush());
    this.#touched.push(connection);
  }

  linger(connection: Connection): void {
    this.#lingering.set(connection, this.nowMs);
  }

  answered(connection: Connection): void {
    this.#dispatcher.gate.answered(connection);
    this.#dispatcher.settle();
    if (!this.#combiner.isEmpty) this.#link.schedule();
  }

  accepted(tag: number, isWanted: boolean): void {
    // Not at once: the next pieces would come within the same turn, and others' requests wait for its end.
    setImmediate(() => this.#link.accepted(tag, isWanted));
  }

  monitor(connection: Connection): void {
    this.#link.watchers(this.#subscriptions.watch(connection));
  }

  denied(connection: Connection, denying: Denying): void {
    this.nowMs = performance.now();
    this.#witness.denied(connection, denying);
  }

  leave(connection: Connection): void {
    this.#dispatcher.transactions.drop(connection);
    const watchers = this.#subscriptions.unwatch(connection);
    if (watchers !== undefined) this.#link.watchers(watchers);
    const own = connection.subscriptions;
    if (own === undefined || own.size === 0) return;
    connection.subscriptions = undefined;
    connection.subscribed();
    this.#subscriptions.leave(connection, own);
    this.#link.schedule();
  }

  forget(connection: Connection): void {
    this.leave(connection);
    if (!connection.isSurplus) this.#gone();
    this.#dispatcher.gate.forget(connection);
    this.#connections.delete(connection);
    this.#lingering.delete(connection);
    this.#outputLimits.forget(connection);
    this.#leaveIfEmpty();
  }

  /** A connection that counted is closed. */
  #gone(): void {
    if (this.#left++ === 0) setImmediate(() => this.#tellLeft());
  }

  #leaveIfEmpty(): void {
    if (!this.isDraining || this.#connections.size + this.#tls.pending > 0) return;
    this.#leave();
  }

  #tellLeft(): void {
    this.#link.left(this.#left);
    this.#left = 0;
  }

  /** The holds go back, so that nothing of them becomes a gap. */
  #leave(): void {
    this.#isLeaving = true;
    this.#holds.close();
    this.#leaveIfAnswered();
  }

  /** What the master has not answered may bring another hold. */
  #leaveIfAnswered(): void {
    if (!this.#isLeaving || !this.#combiner.isEmpty || !this.#link.isAnswered) return;
    this.#isLeaving = false;
    this.#link.report({ id: LEAVING_ID, value: null });
  }

  #flush(): void {
    this.#witness.tellDenials();
    const touched = this.#touched;
    // A flush may touch again a connection that it closes; the list grows then, and the loop goes on.
    for (let i = 0; i < touched.length; i++) {
      const connection = touched[i] as Connection;
      connection.flush();
      this.#outputLimits.check(connection, this.config, this.nowMs);
    }
    touched.length = 0;
  }

  #obey(order: WorkerOrder): void {
    switch (order.order) {
      case 'configure':
        if (this.#config === undefined) this.#link.report({ id: READY_ID, value: null });
        this.#config = order.config;
        this.#tls.configure(order.tls);
        this.isLoading = order.isLoading;
        this.#dispatcher.gate.isOverMemory = order.isOverMemory;
        this.limits.maxBulkLength = order.config['proto-max-bulk-len'];
        this.limits.maxQueryBuffer = order.config['client-query-buffer-limit'];
        this.#dispatcher.gate.isTold = tellsTakes(order.config['notify-keyspace-events']);
        this.#witness.configure(order.config);
        this.#holds.thresholdPercent = order.config['reserve-threshold'];
        if (order.mayRunScripts) this.#runScripts();
        break;
      case 'report':
        this.nowMs = performance.now();
        this.#questions.answer(order.id, order.subject);
        break;
      case 'resetStatistics':
        this.#questions.resetStatistics();
        break;
      case 'drain':
        this.#drain();
        break;
      case 'leave':
        this.#process.exit();
        break;
      default:
        assertNever(order);
    }
  }

  /** Those that were put off, too. */
  #runScripts(): void {
    this.#dispatcher.gate.runScripts();
    this.#dispatcher.settle();
    this.#link.schedule();
  }

  #drain(): void {
    this.isDraining = true;
    // What has reached our sockets by now is read before they are closed.
    setImmediate(() =>
      setImmediate(() => {
        for (const connection of this.#connections) connection.closeAfterReply();
        this.#tls.close();
        this.#leaveIfEmpty();
      }),
    );
  }

  /** Strangers could do everything, and the protected mode is on. */
  #isForbidden(connection: Connection): boolean {
    const isOpen = this.users.default.hasNoPassword && this.config['protected-mode'];
    return isOpen && !connection.isLocal;
  }

  #turnAway(connection: Connection, text: string): void {
    this.statistics.rejectedConnections++;
    connection.replies.immediate(connection).latin1(`-${text}\r\n`);
    connection.closeAfterReply();
  }

  #tick(): void {
    const nowMs = performance.now();
    const beforeMs = this.#tickedAtMs;
    this.statistics.tick(nowMs - beforeMs);
    this.#tickedAtMs = nowMs;
    this.nowMs = nowMs;
    for (const [connection, sinceMs] of this.#lingering) {
      if (this.nowMs - sinceMs >= TICK_MS) connection.destroy();
    }
    this.#holds.tick();
    if (this.#config === undefined) return;
    this.#outputLimits.tick(this.#config, this.nowMs);
    const idleMs = this.#config.timeout * 1000;
    if (idleMs === 0) return;
    // What was active since the last tick bears the time of that, or a later one.
    for (const connection of this.#connections) {
      if (connection.isExpectedToSend && beforeMs - connection.activeAtMs > idleMs) {
        connection.destroy();
      }
    }
  }
}
