import type { Arguments, Command } from '../commands/command.js';
import { parseShebang } from '../lua/shebang.js';

/** A command that waits for EXEC; the request stays as it is. */
export interface QueuedCommand {
  readonly command: Command;
  readonly request: Arguments;
}

/** Redis counts a pointer for each word of a queued command. */
const WORD_COST = 8;

/**
 * One client's transaction:
 *
 *     none ── MULTI ──▶ queueing ── EXEC, DISCARD ──▶ none
 *                          │
 *                          └── a command was refused ──▶ refused ── EXEC (EXECABORT), DISCARD ──▶ none
 */
export class Transaction {
  state: 'none' | 'queueing' | 'refused' = 'none';
  /** What is watched has changed, as the master has told. */
  isTouched = false;
  readonly queued: QueuedCommand[] = [];
  /** What the queued words take, in bytes. */
  queuedBytes = 0;
  /** Database and name of everything that is watched. */
  readonly #watched = new Set<string>();
  #watchedBytes = 0;

  get isOpen(): boolean {
    return this.state !== 'none';
  }

  /** Its EXEC changes something. */
  get isWriting(): boolean {
    return this.queued.some(({ command, request }) => isWriting(command, request));
  }

  /** Its EXEC needs Lua. */
  get isScripted(): boolean {
    return this.queued.some(
      ({ command }) => command.runs === 'script' || command.name === 'script|load',
    );
  }

  get watched(): number {
    return this.isTouched ? 0 : this.#watched.size;
  }

  /** The master knows this client. */
  get isWatching(): boolean {
    return this.#watched.size > 0;
  }

  get bytes(): number {
    return this.queuedBytes + this.#watchedBytes;
  }

  /** Nothing is kept once nothing can come of it any more. */
  queue(command: Command, request: Arguments): void {
    if (this.state === 'refused') return;
    this.queued.push({ command, request });
    const { starts, ends, count } = request;
    for (let i = 0; i < count; i++) {
      this.queuedBytes += (ends[i] as number) - (starts[i] as number) + WORD_COST;
    }
  }

  watch(database: number, name: string): void {
    const key = `${database}/${name}`;
    if (this.#watched.has(key)) return;
    this.#watched.add(key);
    this.#watchedBytes += key.length;
  }
}

/**
 * PUBLISH and scripts count: a replica would get them, too. A script does not whose first line says that it writes nothing, where the request
 * has it; one that is called by its hash only the master knows.
 */
export function isWriting(command: Command, request?: Arguments): boolean {
  if (command.runs === 'script' && !command.isReadOnly) {
    return request === undefined || command.isByHash || !saysNoWrites(request);
  }
  return (
    command.flags.includes('write') || command.name === 'publish' || command.name === 'spublish'
  );
}

function saysNoWrites({ bytes, starts, ends }: Arguments): boolean {
  try {
    return parseShebang(bytes.subarray(starts[1], ends[1])).isReadOnly;
  } catch {
    return false;
  }
}
