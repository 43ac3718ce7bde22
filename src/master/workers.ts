import type { ChildProcess } from 'node:child_process';
import type { WorkerFacts } from '../commands/server-control.js';
import type { Config } from '../config/directives.js';
import { Child } from './child.js';
import type { Executor } from './executor.js';
import { Backoff } from './respawn.js';
import { WorkerLink } from './worker-link.js';

/** How long INFO and CLIENT LIST wait for a worker that is busy. */
const REPORT_DEADLINE_MS = 1000;

export interface WorkersHandlers {
  spawn(number: number): ChildProcess;
  /** The configuration as workers are to have it, with their number filled in. */
  config(): Config;
  isLoading(): boolean;
  /** Called at the end of a turn in which a worker's entries were executed. */
  onTurn(): void;
  warn(text: string): void;
  note(text: string): void;
}

interface Slot {
  readonly child: Child;
  readonly link: WorkerLink;
  isDraining: boolean;
}

/** The workers: as many as wanted are alive, and connections are dealt out to them in turn. */
export class Workers {
  readonly #executor: Executor;
  readonly #handlers: WorkersHandlers;
  readonly #backoff = new Backoff();
  readonly #slots: Slot[] = [];
  /** Connections that came while no worker was alive. */
  #waiting: { passed: unknown; close: () => void }[] = [];
  #wanted: number;
  #next = 0;
  #lastNumber = 0;
  #starting = 0;
  #isStopping = false;
  #onEmpty: (() => void) | undefined;
  restarts = 0;

  constructor(executor: Executor, wanted: number, handlers: WorkersHandlers) {
    this.#executor = executor;
    this.#wanted = wanted;
    this.#handlers = handlers;
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

  /** Starts what is missing and drains what is too many; the intention, not the moment, counts. */
  maintain(): void {
    if (this.#isStopping) return;
    const serving = this.#slots.filter((slot) => !slot.isDraining);
    for (let i = serving.length + this.#starting; i < this.#wanted; i++) this.#start();
    for (const slot of serving.slice(this.#wanted)) drain(slot);
  }

  /** One more, or one less; at least one stays. */
  change(by: number): void {
    this.#wanted = Math.max(1, this.#wanted + by);
    this.#handlers.note(`${this.#wanted} worker${this.#wanted === 1 ? '' : 's'} wanted`);
    this.configure();
    this.maintain();
  }

  /** Passes a connection to the worker whose turn it is. */
  deal(passed: unknown, close: () => void): void {
    const serving = this.#slots.filter((slot) => !slot.isDraining);
    if (this.#isStopping) close();
    else if (serving.length === 0) this.#waiting.push({ passed, close });
    else {
      this.#next = (this.#next + 1) % serving.length;
      const { child } = serving[this.#next] as Slot;
      child.process.send({}, passed as never, { keepOpen: false }, close);
    }
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
  }

  refuse(text: string): void {
    for (const { link } of this.#slots) link.refuse(text);
  }

  async statistics(): Promise<WorkerFacts[]> {
    const reports = await this.#ask('statistics');
    return reports.map((report) => ({ ...(report as WorkerFacts), restarts: this.restarts }));
  }

  async clientLines(): Promise<string[]> {
    const reports = await this.#ask('clients');
    return reports.flatMap((report) => report as string[]);
  }

  /** Drains all workers; resolves when the last one is gone. */
  stop(): Promise<void> {
    this.#isStopping = true;
    for (const { close } of this.#waiting.splice(0)) close();
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

  async #ask(subject: 'statistics' | 'clients'): Promise<unknown[]> {
    const asked = this.#slots.map(({ link }) => link.ask(subject, REPORT_DEADLINE_MS));
    return (await Promise.all(asked)).filter((report) => report !== undefined);
  }

  #start(): void {
    const link = new WorkerLink(++this.#lastNumber, this.#executor);
    const child = new Child('worker', this.#handlers.spawn(link.number), {
      onFrame: (type, bytes, start, end) => link.receive(type, bytes, start, end),
      onTurn: () => {
        this.#handlers.onTurn();
        link.flush();
      },
      onExit: (how) => this.#lost(slot, how),
    });
    const slot: Slot = { child, link, isDraining: false };
    link.attach(child);
    this.#slots.push(slot);
    this.#configure(link);
    for (const { passed, close } of this.#waiting.splice(0)) this.deal(passed, close);
  }

  #configure(link: WorkerLink): void {
    const config = this.#handlers.config();
    link.order({ order: 'configure', config, isLoading: this.#handlers.isLoading() });
  }

  #lost(slot: Slot, how: string): void {
    slot.link.close();
    this.#slots.splice(this.#slots.indexOf(slot), 1);
    if (this.#isStopping) {
      if (this.#slots.length === 0) this.#onEmpty?.();
      return;
    }
    if (slot.isDraining) return;
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
  slot.isDraining = true;
  slot.link.order({ order: 'drain' });
}
