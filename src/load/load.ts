import type { Endpoint } from './endpoint.js';
import type { KeyChoice } from './keys.js';
import { Latencies, type LatencySummary } from './latencies.js';
import { type Listener, LoadConnection } from './load-connection.js';
import { FixedPace, FullPace, type Pace } from './pace.js';
import { randomFrom } from './random.js';
import { ReplyReader } from './replies.js';
import { type Pick, Requests } from './requests.js';
import type { Sent } from './under-way.js';
import type { WeightedVerb } from './verbs.js';
import { Verifier } from './verifier.js';

/** What the load is to be. */
export interface LoadPlan {
  readonly clients: number;
  /** Commands under way on each connection, at most. */
  readonly pipeline: number;
  readonly verbs: readonly WeightedVerb[];
  /** How many numbers the verbs take that can take several. */
  readonly count: number;
  readonly keys: KeyChoice;
  readonly prefix: string;
  /** Commands per second; undefined: as fast as the answers come. */
  readonly rate?: number;
  /** The load ends after so many seconds, or so many commands, whichever comes first. */
  readonly seconds?: number;
  readonly requests?: number;
  /** Seconds before those, of which only the numbers are verified. */
  readonly warmUp: number;
  readonly verify: boolean;
  /** A connection that is lost is made again; else it ends the load. */
  readonly reconnect: boolean;
  readonly seed: number;
}

export interface LoadResult {
  /** Answered, errors among them. */
  readonly commands: number;
  readonly seconds: number;
  /** Commands answered in a second. */
  readonly rate: number;
  readonly latencyMs: LatencySummary;
  readonly errors: Readonly<Record<string, number>>;
  /** Sent, and never answered. */
  readonly unanswered: number;
  /** With a rate: due before the end, and not sent, since all connections waited for answers. */
  readonly unsent: number;
  readonly reconnects: number;
  readonly wasStopped: boolean;
}

const OPENED_WITHIN_MS = 10_000;
const ANSWERED_WITHIN_MS = 5_000;
const RECONNECT_AFTER_MS = 50;
/** Timers are coarse: the last bit before a command is due is waited for in turns of the event loop. */
const TIMER_ERROR_MS = 2;
const ERRORS_TOLD_APART = 20;

/**
 * A load on a server, from one process.
 *
 *   new ── run() ──▶ opening ── all connections are open ──▶ running ── time or commands are over ──▶ draining ──▶ done
 */
export class Load implements Listener {
  readonly verifier: Verifier;
  readonly #plan: LoadPlan;
  readonly #connections: readonly LoadConnection[];
  readonly #requests: Requests;
  readonly #replies: ReplyReader;
  readonly #pace: Pace;
  readonly #latencies = new Latencies();
  readonly #errors = new Map<string, number>();
  readonly #sent: Sent = { dueMs: 0, verb: 0, key: 0, floor: 0 };
  readonly #chosen = (pick: Pick) => this.#choose(pick);
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: 'opening' | 'running' | 'draining' | 'done' = 'opening';
  #opened = 0;
  /** Who is served first when a command is due. */
  #turn = 0;
  #isArmed = false;
  #nowMs = 0;
  #writer: LoadConnection | undefined;
  #beganMs = 0;
  #answeredMs = 0;
  #issued = 0;
  #answered = 0;
  #lost = 0;
  #unsent = 0;
  #reconnects = 0;
  #wasStopped = false;
  #resolve: (result: LoadResult) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor(plan: LoadPlan, endpoint: Endpoint) {
    const { clients, pipeline, verbs, keys, prefix, count, rate } = plan;
    this.#plan = plan;
    this.#connections = Array.from(
      { length: clients },
      (_, index) => new LoadConnection(index, endpoint, pipeline, this),
    );
    this.#requests = new Requests(verbs, keys, prefix, count, randomFrom(plan.seed));
    this.verifier = new Verifier(plan.verify ? keys.count : 0, clients, pipeline, (key) =>
      Math.min(...this.#connections.map(({ underWay }) => underWay.lowestFloor(key))),
    );
    this.#replies = new ReplyReader(verbs, count, this.verifier);
    this.#pace = rate === undefined ? new FullPace() : new FixedPace(rate);
  }

  /** What was answered so far, for whoever watches. */
  get progress(): { readonly commands: number; readonly p99Ms: number } {
    return { commands: this.#answered, p99Ms: this.#latencies.atPercentile(99) };
  }

  /** Rejects when a connection fails, unless it is to be made again. Runs once. */
  run(): Promise<LoadResult> {
    return new Promise<LoadResult>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#after(OPENED_WITHIN_MS, () => {
        const missing = this.#plan.clients - this.#opened;
        if (missing > 0) this.#fail(new Error(`${missing} connections were not made in time`));
      });
      for (const connection of this.#connections) connection.open();
    }).finally(() => this.#clean());
  }

  /** Sends no more, and ends when what is under way is answered. */
  stop(): void {
    this.#wasStopped = true;
    if (this.#state === 'opening') this.#fail(new Error('stopped before it began'));
    else this.#drain(performance.now());
  }

  opened(connection: LoadConnection): void {
    const nowMs = performance.now();
    if (this.#state === 'running') this.#pump(connection, nowMs);
    else if (this.#state === 'opening' && ++this.#opened === this.#plan.clients) this.#begin(nowMs);
  }

  answered(connection: LoadConnection, reply: unknown, nowMs: number): void {
    const sent = this.#sent;
    if (!this.#took(connection, nowMs)) return;
    if (this.#plan.verify) this.#replies.read(connection.index, sent, reply);
  }

  refused(connection: LoadConnection, error: string, nowMs: number): void {
    if (!this.#took(connection, nowMs)) return;
    const isKnown = this.#errors.has(error) || this.#errors.size < ERRORS_TOLD_APART;
    const kind = isKnown ? error : 'others';
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
    if (this.#plan.verify) this.verifier.unanswered(this.#sent.key);
  }

  read(connection: LoadConnection, nowMs: number): void {
    if (this.#state === 'running') this.#pump(connection, nowMs);
    else if (this.#state === 'draining') this.#endIfAnswered();
  }

  closed(connection: LoadConnection, reason: Error): void {
    if (this.#state === 'done') return;
    if (this.#state === 'opening' || !this.#plan.reconnect) {
      this.#fail(reason);
      return;
    }
    while (connection.underWay.shift(this.#sent)) {
      this.#lost++;
      if (this.#plan.verify) this.verifier.unanswered(this.#sent.key);
    }
    this.#endIfAnswered();
    this.#after(RECONNECT_AFTER_MS, () => {
      if (this.#state !== 'running') return;
      this.#reconnects++;
      connection.open();
    });
  }

  #begin(nowMs: number): void {
    const { warmUp, seconds } = this.#plan;
    this.#state = 'running';
    this.#pace.start(nowMs);
    this.#measureFrom(nowMs);
    if (warmUp > 0) this.#after(warmUp * 1000, () => this.#measureFrom(performance.now()));
    if (seconds !== undefined) {
      this.#after((warmUp + seconds) * 1000, () => this.#drain(performance.now()));
    }
    if (this.#plan.rate !== undefined) this.#pumpAll();
    else for (const connection of this.#connections) this.#pump(connection, nowMs);
  }

  #measureFrom(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#answeredMs = nowMs;
    this.#issued = 0;
    this.#answered = 0;
    this.#errors.clear();
    this.#latencies.clear();
  }

  /** There is room on a connection: what is due goes out. */
  #pump(connection: LoadConnection, nowMs: number): void {
    if (this.#plan.rate !== undefined) {
      this.#pumpAll();
      return;
    }
    this.#send(connection, Math.min(connection.room, this.#left()), nowMs);
    if (this.#left() === 0) this.#drain(nowMs);
  }

  /** What is due goes out, shared among the connections that have room. */
  #pumpAll(): void {
    const nowMs = performance.now();
    let due = Math.min(this.#pace.due(nowMs), this.#left());
    const { length } = this.#connections;
    let tried = 0;
    for (; tried < length && due > 0; tried++) {
      const connection = this.#connections[(this.#turn + tried) % length];
      const share = Math.ceil(due / (length - tried));
      if (connection !== undefined)
        due -= this.#send(connection, Math.min(share, connection.room), nowMs);
    }
    this.#turn = (this.#turn + tried) % length;
    if (this.#left() === 0) this.#drain(nowMs);
    else if (due === 0) this.#arm(nowMs);
  }

  #arm(nowMs: number): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const wake = () => {
      this.#isArmed = false;
      if (this.#state === 'running') this.#pumpAll();
    };
    const waitMs = this.#pace.waitMs(nowMs) - TIMER_ERROR_MS;
    if (waitMs > 0) this.#after(waitMs, wake);
    else setImmediate(wake);
  }

  #send(connection: LoadConnection, count: number, nowMs: number): number {
    if (count <= 0) return 0;
    this.#writer = connection;
    this.#nowMs = nowMs;
    this.#issued += count;
    connection.write(this.#requests.write(count, this.#chosen));
    return count;
  }

  #choose({ verb, key }: Pick): void {
    const floor = this.#plan.verify ? this.verifier.sent(key) : 0;
    this.#writer?.underWay.push(this.#pace.next(this.#nowMs), verb, key, floor);
  }

  /** The oldest command is over, and is in `#sent`. */
  #took(connection: LoadConnection, nowMs: number): boolean {
    if (!connection.underWay.shift(this.#sent)) {
      this.#fail(new Error('the server answered more than it was asked'));
      return false;
    }
    this.#answered++;
    this.#answeredMs = nowMs;
    this.#latencies.record(nowMs - this.#sent.dueMs);
    return true;
  }

  #left(): number {
    return (this.#plan.requests ?? Number.POSITIVE_INFINITY) - this.#issued;
  }

  #drain(nowMs: number): void {
    if (this.#state !== 'running') return;
    this.#state = 'draining';
    const isBlocked = this.#connections.every(({ room }) => room === 0);
    if (this.#plan.rate !== undefined && isBlocked) {
      this.#unsent = Math.min(this.#pace.due(nowMs), this.#left());
    }
    this.#after(ANSWERED_WITHIN_MS, () => this.#end());
    this.#endIfAnswered();
  }

  #endIfAnswered(): void {
    if (this.#state !== 'draining') return;
    if (this.#connections.every(({ underWay }) => underWay.count === 0)) this.#end();
  }

  #end(): void {
    if (this.#state === 'done') return;
    this.#state = 'done';
    const underWay = this.#connections.reduce((sum, { underWay: { count } }) => sum + count, 0);
    const seconds = Math.max(1e-9, (this.#answeredMs - this.#beganMs) / 1000);
    this.#resolve({
      commands: this.#answered,
      seconds,
      rate: this.#answered / seconds,
      latencyMs: this.#latencies.summary(),
      errors: Object.fromEntries(this.#errors),
      unanswered: this.#lost + underWay,
      unsent: this.#unsent,
      reconnects: this.#reconnects,
      wasStopped: this.#wasStopped,
    });
  }

  #fail(reason: Error): void {
    if (this.#state === 'done') return;
    this.#state = 'done';
    this.#reject(reason);
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #clean(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const connection of this.#connections) connection.close();
  }
}
