import { CommandError } from '../commands/command.js';
import type {
  Channels,
  ClientFilter,
  KeptScripts,
  PauseMode,
  ServerControl,
  ServerFacts,
  Users,
} from '../commands/server-control.js';
import type { Config } from '../config/directives.js';
import type { BlockedClients } from './blocked-clients.js';
import type { Latency } from './latency.js';
import { SharedQuestion } from './shared-question.js';
import type { SlowLog } from './slow-log.js';

/** What the commands that concern the whole server set going; the master lends itself through it. */
export interface ControlParts {
  config(): Config;
  readonly channels: Channels;
  readonly users: Users;
  readonly slowLog: SlowLog;
  scripts(): KeptScripts;
  isBusy(): boolean;
  readonly latency: Latency;
  facts(): Promise<ServerFacts>;
  clientLines(): Promise<string[]>;
  killClients(filter: ClientFilter): Promise<number>;
  pauseClients(mode: PauseMode, forMs: number): Promise<void>;
  watchCommands(): Promise<void>;
  readonly blocked: BlockedClients;
  setConfig(pairs: readonly (readonly [string, string])[], done: (error?: string) => void): void;
  rewriteConfig(): Promise<void>;
  compact(): Promise<void>;
  isCompacting(): boolean;
  lastSaveSeconds(): number;
  resetStatistics(): void;
  setActiveExpiry(isActive: boolean): void;
  note(text: string): void;
  stop(isNow: boolean): void;
}

export class Control implements ServerControl {
  readonly #parts: ControlParts;
  readonly #facts: SharedQuestion<ServerFacts>;
  readonly #clientLines: SharedQuestion<string[]>;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#facts = new SharedQuestion(() => parts.facts());
    this.#clientLines = new SharedQuestion(async () => {
      const lines = await parts.clientLines();
      // By id, which is a number at the front of the line.
      return lines.sort((a, b) => idOf(a) - idOf(b));
    });
  }

  get isBusy(): boolean {
    return this.#parts.isBusy();
  }

  get config(): Config {
    return this.#parts.config();
  }

  get channels(): Channels {
    return this.#parts.channels;
  }

  get users(): Users {
    return this.#parts.users;
  }

  get scripts(): KeptScripts {
    return this.#parts.scripts();
  }

  get slowLog(): SlowLog {
    return this.#parts.slowLog;
  }

  get latency(): Latency {
    return this.#parts.latency;
  }

  get isCompacting(): boolean {
    return this.#parts.isCompacting();
  }

  get lastSaveSeconds(): number {
    return this.#parts.lastSaveSeconds();
  }

  facts(): Promise<ServerFacts> {
    return this.#facts.ask();
  }

  clientLines(): Promise<string[]> {
    return this.#clientLines.ask();
  }

  killClients(filter: ClientFilter): Promise<number> {
    return this.#parts.killClients(filter);
  }

  pauseClients(mode: PauseMode, forMs: number): Promise<void> {
    return this.#parts.pauseClients(mode, forMs);
  }

  blockClient(id: string, forMs: number): Promise<void> {
    return this.#parts.blocked.block(id, forMs);
  }

  unblockClient(id: string, withError: boolean): boolean {
    return this.#parts.blocked.unblock(id, withError);
  }

  watchCommands(): Promise<void> {
    return this.#parts.watchCommands();
  }

  setConfig(pairs: readonly (readonly [string, string])[], done: (error?: string) => void): void {
    this.#parts.setConfig(pairs, done);
  }

  rewriteConfig(): Promise<void> {
    return this.#parts.rewriteConfig();
  }

  async compact(): Promise<void> {
    try {
      await this.#parts.compact();
    } catch (error) {
      throw new CommandError(`ERR the compaction failed: ${(error as Error).message}`);
    }
  }

  resetStatistics(): void {
    this.#parts.resetStatistics();
  }

  setActiveExpiry(isActive: boolean): void {
    this.#parts.setActiveExpiry(isActive);
  }

  note(text: string): void {
    this.#parts.note(text);
  }

  shutDown(isNow: boolean): void {
    this.#parts.stop(isNow);
  }
}

function idOf(line: string): number {
  return Number.parseInt(line.slice('id='.length), 10);
}
