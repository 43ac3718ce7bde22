import type { ChildProcess } from 'node:child_process';
import type { Denied } from '../acl/acl-log.js';
import { nowInMicroseconds } from '../commands/clock.js';
import type { Arguments, Command } from '../commands/command.js';
import { isShown, monitorLine, shownWords } from '../commands/monitor.js';
import type { ClientFilter, PauseMode, WorkerFacts } from '../commands/server-control.js';
import type { Config } from '../config/directives.js';
import { type Passed, type ReportSubject, UNHEEDED_ID } from '../protocol/control-message.js';
import { MessageKind, writeMessagePart } from '../protocol/publish-message.js';
import type { SlowReport } from '../protocol/slow-message.js';
import type { UsersChange } from '../protocol/users-change.js';
import type { TlsSettings } from '../transport/tls-settings.js';
import { Child } from './child.js';
import type { Executor } from './executor.js';
import type { Holds } from './holds.js';
import type { AcceptedConnection } from './listener.js';
import { Backoff } from './respawn.js';
import { WorkerLink } from './worker-link.js';

/** How long INFO and CLIENT LIST wait for a worker that is busy. */
const REPORT_DEADLINE_MS = 1000;

export interface WorkersHandlers {
  spawn(number: number): ChildProcess;
  /** The configuration as workers are to have it, with their number filled in. */
  config(): Config;
  tls(): TlsSettings | undefined;
  isLoading(): boolean;
  isOverMemory(): boolean;
  /** Called at the end of a turn in which a worker's entries were executed. */
  onTurn(): void;
  onSlow(report: SlowReport): void;
  onDenied(denials: readonly Denied[]): void;
  /** The users as a worker that starts has to know them. */
  users(): UsersChange;
  /** A worker is gone. */
  onLost(link: WorkerLink): void;
  warn(text: string): void;
  note(text: string): void;
}

/** starting ── has its configuration ──▶ serving ── too many, or stop ──▶ draining */
type SlotPhase = 'starting' | 'serving' | 'draining';

interface Slot {
  readonly child: Child;
  readonly link: WorkerLink;
  /** Connections on their way to it, which are still ours if it dies. */
  readonly inTransit: Set<AcceptedConnection>;
  phase: SlotPhase;
}

/** The workers: as many as wanted are alive, and connections are dealt out to them in turn. */
export class Workers {
  readonly #executor: Executor;
  readonly #holds: Holds;
  readonly #handlers: WorkersHandlers;
  readonly #backoff = new Backoff();
  readonly #slots: Slot[] = [];
  /** Connections that came while no worker was serving. */
  readonly #waiting: AcceptedConnection[] = [];
  #wanted: number;
  #next = 0;
  #lastNumber = 0;
  #starting = 0;
  #isStopping = false;
  #isWatched = false;
  #onEmpty: (() => void) | undefined;
  restarts = 0;
  #pause: { readonly mode: PauseMode; readonly untilMs: number } = { mode: 'none', untilMs: 0 };

  constructor(executor: Executor, holds: Holds, wanted: number, handlers: WorkersHandlers) {
    this.#executor = executor;
    this.#holds = holds;
    this.#wanted = wanted;
    this.#handlers = handlers;
    executor.many.onTurn = () => this.#endTurn();
    executor.listings.onTurn = () => this.#endTurn();
    executor.act.onTurn = () => this.#endTurn();
    executor.act.onBusy = (isBusy) => this.#tellBusy(isBusy);
    executor.scripts.engine.onStarted = () => this.configure();
  }

  get wanted(): number {
    return this.#wanted;
  }

  get alive(): number {
    return this.#slots.length;
  }

  children(): Child[] {
    return this.#slots.map((slot) => slot.child);
  }

  /** Whether a worker keeps others waiting for a sequence that it was lent. */
  isOverdue(child: Child): boolean {
    const slot = this.#slots.find((each) => each.child === child);
    return slot !== undefined && this.#holds.isOverdue(slot.link);
  }

  excuse(): void {
    this.#holds.excuse();
  }

  /** Starts what is missing and drains what is too many; the intention, not the moment, counts. */
  maintain(): void {
    if (this.#isStopping) return;
    const serving = this.#slots.filter((slot) => slot.phase !== 'draining');
    for (let i = serving.length + this.#starting; i < this.#wanted; i++) this.#start();
    for (const slot of serving.slice(this.#wanted)) drain(slot);
  }

  /** One more, or one less; at least one stays. */
  change(by: number): void {
    this.want(this.#wanted + by);
  }

  want(count: number): void {
    this.#wanted = Math.max(1, count);
    this.#handlers.note(`${this.#wanted} worker${this.#wanted === 1 ? '' : 's'} wanted`);
    this.configure();
    this.maintain();
  }

  /** Passes a connection to the worker whose turn it is, or keeps it until one serves. */
  deal(connection: AcceptedConnection): void {
    const serving = this.#slots.filter((slot) => slot.phase === 'serving');
    if (this.#isStopping) connection.close();
    else if (serving.length === 0) this.#waiting.push(connection);
    else {
      this.#next = (this.#next + 1) % serving.length;
      const { child, link, inTransit } = serving[this.#next] as Slot;
      const isSurplus = this.#connections() >= this.#handlers.config().maxclients;
      if (!isSurplus) link.connections++;
      inTransit.add(connection);
      const message: Passed = { isSurplus, isTls: connection.isTls };
      child.process.send(message, connection.passed as never, { keepOpen: false }, (error) => {
        // After an error the worker is dying, and its death deals the connection out anew.
        if (error === null && inTransit.delete(connection)) connection.close();
      });
    }
  }

  #connections(): number {
    return this.#slots.reduce((sum, { link }) => sum + link.connections, 0);
  }

  /** Every worker takes the configuration before anything that is answered later. */
  configure(): void {
    for (const { link } of this.#slots) this.#configure(link);
  }

  resetStatistics(): void {
    for (const { link } of this.#slots) link.order({ order: 'resetStatistics' });
  }

  flush(): void {
    for (const { link } of this.#slots) link.flush();
  }

  release(settledLsn: number): void {
    for (const { link } of this.#slots) link.release(settledLsn);
    this.#executor.many.settled();
    this.#executor.many.replies.release(settledLsn);
    this.#holds.settled();
  }

  refuse(text: string): void {
    for (const { link } of this.#slots) link.refuse(text);
    this.#executor.many.replies.refuse(text);
  }

  async statistics(): Promise<WorkerFacts[]> {
    const reports = await this.#ask('statistics');
    return reports.map((report) => ({ ...(report as WorkerFacts), restarts: this.restarts }));
  }

  /** What all of them have served from holds since their starts. */
  async takesFromHolds(): Promise<number> {
    const counts = await this.#ask('takesFromHolds');
    return counts.reduce((sum: number, count) => sum + (count as number), 0);
  }

  async clientLines(): Promise<string[]> {
    const reports = await this.#ask('clients');
    return reports.flatMap((report) => report as string[]);
  }

  /** Drains all workers; resolves when the last one is gone. */
  stop(): Promise<void> {
    this.#isStopping = true;
    for (const connection of this.#waiting.splice(0)) connection.close();
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const slot of this.#slots) drain(slot);
    if (this.#slots.length === 0) this.#onEmpty?.();
    return empty;
  }

  kill(): void {
    this.#isStopping = true;
    for (const { child } of this.#slots) child.kill();
  }

  async killClients(filter: ClientFilter): Promise<number> {
    const counts = await this.#ask({ kill: filter });
    return counts.reduce((sum: number, count) => sum + (count as number), 0);
  }

  /** A second pause makes the first one neither weaker nor shorter. */
  async pauseClients(mode: PauseMode, forMs: number): Promise<void> {
    const nowMs = performance.now();
    const before = this.#pause;
    if (mode === 'none' || nowMs >= before.untilMs) this.#pause = { mode, untilMs: nowMs + forMs };
    else {
      const isAll = mode === 'all' || before.mode === 'all';
      const untilMs = Math.max(before.untilMs, nowMs + forMs);
      this.#pause = { mode: isAll ? 'all' : 'write', untilMs };
    }
    await this.#ask({ pause: this.#pause.mode, forMs: this.#pause.untilMs - nowMs });
  }

  async watchCommands(isWatched: boolean): Promise<void> {
    this.#isWatched = isWatched;
    await this.#ask({ isWatched });
  }

  /** Shows a command of a script to those who watch. */
  show(command: Command, request: Arguments, database: number): void {
    if (!this.#isWatched || !isShown(command)) return;
    const words = shownWords(command, request);
    const line = monitorLine(nowInMicroseconds(), database, 'lua', words);
    this.#watch(Buffer.from(line, 'latin1'));
  }

  /** Passes a line on to the workers of those who watch; when nobody does any more, all stop to tell. */
  #watch(line?: Uint8Array): void {
    const watched = this.#slots.map(({ link }) => link).filter((link) => link.watchers > 0);
    if (watched.length === 0 && this.#isWatched) void this.watchCommands(false);
    if (line === undefined) return;
    for (const link of watched) {
      link.open();
      writeMessagePart(link.out, MessageKind.monitor, '', line);
    }
  }

  /**
   * Tells all workers of users; resolves when none lets anything through by what was before. One that does not answer is waited for: its
   * heartbeat ends it.
   */
  async changeUsers(users: UsersChange): Promise<void> {
    await Promise.all(this.#slots.map(({ link }) => link.ask({ users })));
  }

  /** The same for whether a script has been running for so long that others are refused. */
  async #tellBusy(isBusy: boolean): Promise<void> {
    await Promise.all(this.#slots.map(({ link }) => link.ask({ isBusy })));
  }

  /** Resolves when everything was reported that was denied until now. */
  async denials(): Promise<void> {
    await this.#ask('denials');
  }

  async #ask(subject: ReportSubject): Promise<unknown[]> {
    const asked = this.#slots.map(({ link }) => link.ask(subject, REPORT_DEADLINE_MS));
    return (await Promise.all(asked)).filter((report) => report !== undefined);
  }

  #start(): void {
    const link = new WorkerLink(++this.#lastNumber, this.#executor, this.#holds, () =>
      this.#serves(slot),
    );
    const child = new Child('worker', this.#handlers.spawn(link.number), {
      onFrame: (type, bytes, start, end) => link.receive(type, bytes, start, end),
      onTurn: () => this.#endTurn(),
      onExit: (how) => this.#lost(slot, how),
    });
    link.onSlow = (report) => this.#handlers.onSlow(report);
    link.onWatch = (line) => this.#watch(line);
    link.onDenied = (denials) => this.#handlers.onDenied(denials);
    const slot: Slot = { child, link, inTransit: new Set(), phase: 'starting' };
    link.attach(child);
    this.#slots.push(slot);
    // Ahead of the configuration, which lets it serve.
    const users = this.#handlers.users();
    link.order({ order: 'report', id: UNHEEDED_ID, subject: { users } });
    this.#configure(link);
    if (this.#isWatched)
      link.order({ order: 'report', id: UNHEEDED_ID, subject: { isWatched: true } });
    if (this.#executor.act.isBusy)
      link.order({ order: 'report', id: UNHEEDED_ID, subject: { isBusy: true } });
    const leftMs = this.#pause.untilMs - performance.now();
    if (leftMs > 0)
      link.order({
        order: 'report',
        id: UNHEEDED_ID,
        subject: { pause: this.#pause.mode, forMs: leftMs },
      });
  }

  /** Whoever waited for what came back goes on; then everything goes out. */
  #endTurn(): void {
    this.#holds.resume();
    this.#handlers.onTurn();
    this.flush();
  }

  #serves(slot: Slot): void {
    if (slot.phase === 'starting') slot.phase = 'serving';
    for (const connection of this.#waiting.splice(0)) this.deal(connection);
  }

  #configure(link: WorkerLink): void {
    const { config, tls, isLoading, isOverMemory } = this.#handlers;
    const settings = tls();
    link.order({
      order: 'configure',
      config: config(),
      ...(settings !== undefined && { tls: settings }),
      isLoading: isLoading(),
      isOverMemory: isOverMemory(),
      mayRunScripts: this.#executor.scripts.engine.hasStarted,
    });
  }

  #lost(slot: Slot, how: string): void {
    slot.link.close();
    this.#handlers.onLost(slot.link);
    this.#slots.splice(this.#slots.indexOf(slot), 1);
    this.#watch();
    const skipped = this.#holds.lost(slot.link);
    if (skipped > 0) {
      this.#handlers.note(
        `worker ${slot.child.pid} had ${skipped} numbers on loan: they are a gap`,
      );
    }
    this.#endTurn();
    for (const connection of slot.inTransit) this.deal(connection);
    if (this.#isStopping) {
      if (this.#slots.length === 0) this.#onEmpty?.();
      return;
    }
    if (slot.phase === 'draining') return;
    this.#handlers.warn(`worker ${slot.child.pid} ended (${how}); starting another`);
    this.restarts++;
    this.#starting++;
    setTimeout(
      () => {
        this.#starting--;
        this.maintain();
      },
      this.#backoff.delayMs(performance.now() - slot.child.startedAtMs),
    );
  }
}

function drain(slot: Slot): void {
  slot.phase = 'draining';
  slot.link.order({ order: 'drain' });
}
