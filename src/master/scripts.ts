import { createHash } from 'node:crypto';
import {
  type Arguments,
  type Command,
  CommandError,
  NOT_AN_INTEGER,
  type ScriptCommand,
} from '../commands/command.js';
import { additionsOf } from '../commands/facts.js';
import type { KeptScripts } from '../commands/server-control.js';
import type { ServerState } from '../commands/session-state.js';
import { commandNamed, resolve } from '../commands/table.js';
import { integerAt } from '../commands/words.js';
import { LuaError, type LuaState } from '../lua/lua-state.js';
import { parseRequest, respOf } from '../lua/resp.js';
import { parseShebang } from '../lua/shebang.js';
import type { SlowPart } from '../protocol/slow-message.js';
import { ScriptCounts } from './script-counts.js';
import { ScriptEngine } from './script-engine.js';
import { ScriptSession } from './script-session.js';
import { misconfiguration, type Sequences } from './sequences.js';
import type { SingleCommands } from './single-commands.js';
import type { Subscribers } from './subscribers.js';

const NO_SCRIPT = 'NOSCRIPT No matching script. Please use EVAL.';
/** They change nothing here; a replica would get them. */
const SENDING = new Set(['publish', 'spublish']);
const NOT_BUSY = 'NOTBUSY No scripts in execution right now.';
const UNKILLABLE =
  'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.';
const OVER_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const NOT_ALLOWED = 'ERR This Redis command is not allowed from script';

/** What a script says before it goes on, by the first character of its message. */
const Wish = { call: 67, log: 76, hash: 72, verdict: 65, time: 84, reply: 68 } as const;
const MINUS = 45;
const GO_ON = Buffer.from('T');
const LEVELS = ['debug', 'verbose', 'notice', 'warning'] as const;

export type ScriptLogLevel = (typeof LEVELS)[number];

interface Kept {
  readonly source: Buffer;
  readonly isReadOnly: boolean;
  readonly overMemory: 'runs' | 'is refused' | 'by command';
}

/** What scripts ask beyond the sequences. */
export interface ScriptsParts {
  readonly server: ServerState;
  /** Why the user may not run this, in Redis's words, or undefined; ACL LOG shows it, with the client's line. */
  denial(user: string, client: string, command: Command, request: Arguments): string | undefined;
  /** The same for a command of a transaction whose user's rights may have changed within it; the whole error. */
  denialAtExec(
    user: string,
    client: string,
    command: Command,
    request: Arguments,
  ): string | undefined;
  /** Whether the user may run this; nobody is told. */
  mayRun(user: string, command: Command, request: Arguments): boolean;
  /** More than `maxmemory` is used. */
  isOverMemory(): boolean;
  log(level: ScriptLogLevel, text: string): void;
  /** A command of a script took long. */
  slow(slow: SlowPart): void;
  /** A script has had this executed: for those who watch. */
  show(command: Command, request: Arguments, database: number): void;
}

/**
 * EVAL and the scripts that are kept.
 *
 * Invariants (rules 1 and 5): a script is one act (long-act.ts), so that what it changes is one batch of the log; its reply waits for the highest
 * lsn of whatever its commands have seen or changed, and so does what it publishes, for those before. Nobody knows beforehand what it will touch:
 * everything that is lent is here when it begins.
 */
export class Scripts implements KeptScripts {
  readonly #sequences: Sequences;
  readonly #single: SingleCommands;
  readonly #subscribers: Pick<Subscribers, 'because'>;
  readonly #kept = new Map<string, Kept>();
  readonly engine = new ScriptEngine((lua) => this.#loadKept(lua));
  #running: ScriptRun | undefined;
  bytes = 0;
  mayCallAll = false;
  readonly counts = new ScriptCounts();
  parts: ScriptsParts | undefined;
  /** After so long a script is suspended, and the master does what else there is to be done. */
  sliceMs = 5;
  /** Is told of each command before it is executed. */
  beforeCommand: (command: Command, request: Arguments) => void = () => {};

  constructor(
    sequences: Sequences,
    single: SingleCommands,
    subscribers: Pick<Subscribers, 'because'>,
  ) {
    this.#subscribers = subscribers;
    this.#sequences = sequences;
    this.#single = single;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** For what runs scripts, which has to ask the same. */
  get asked(): ScriptsParts {
    return this.#parts();
  }

  /** What Lua has; 0 before the first script. */
  get luaBytes(): number {
    return this.engine.bytes;
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  flush(): void {
    this.#kept.clear();
    this.bytes = 0;
    this.engine.forget();
  }

  begin(then: () => void): void {
    this.engine.begin(then);
  }

  load(source: Buffer): string {
    const id = createHash('sha1').update(source).digest('hex');
    if (this.#kept.has(id)) return id;
    const { isReadOnly, overMemory, code } = parseShebang(source);
    try {
      this.engine.lua.load(id, code);
    } catch (error) {
      if (!(error instanceof LuaError)) throw this.#crashed(error);
      throw new CommandError(`ERR Error compiling script (new function): ${error.message}`);
    }
    this.#kept.set(id, { source, isReadOnly, overMemory });
    this.bytes += source.length + id.length;
    return id;
  }

  /** Executes EVAL and its kin; it is suspended at each yield, and nothing else touches the sequences until it goes on. */
  *execute(
    command: ScriptCommand,
    request: Arguments,
    database: number,
    protocol: number,
  ): Generator<void, ScriptOutcome> {
    let run: ScriptRun | undefined;
    try {
      run = this.#prepare(command, request, database, protocol);
      this.#running = run;
      this.#sequences.clock.hold();
      try {
        const message = yield* this.#run(run);
        // The error of a command that becomes the script's is counted with the reply.
        const { lastError } = run;
        const start = message.toString('latin1', 1, 2 + lastError.length);
        if (lastError !== '' && start === `-${lastError}`) this.counts.error(lastError, -1);
        return { reply: message, lsn: run.waitLsn };
      } finally {
        this.#sequences.clock.release();
        this.#running = undefined;
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { error: error.message, lsn: run?.waitLsn ?? 0 };
    }
  }

  /** Puts the answer into `reply` of the single commands, with the lsn that it waits for. */
  answer(outcome: ScriptOutcome, protocol: number, isTakenBack = false): void {
    const single = this.#single;
    const { lastFailure } = this.#sequences.log;
    single.write(protocol, (reply) => {
      const { reply: message } = outcome;
      if (isTakenBack) return reply.error(misconfiguration(lastFailure));
      if (message === undefined) reply.error(outcome.error ?? '');
      else reply.out.copy(message, 1, message.length);
    });
    single.waitLsn = outcome.lsn;
  }

  kill(): void {
    const run = this.#running;
    if (run === undefined) throw new CommandError(NOT_BUSY);
    if (run.hasWritten) throw new CommandError(UNKILLABLE);
    run.isKilled = true;
  }

  #prepare(
    command: ScriptCommand,
    request: Arguments,
    database: number,
    protocol: number,
  ): ScriptRun {
    const last = request.count - additionsOf(command);
    const [user, client] = [request.text(last), request.text(last + 1)];
    if (command.isByHash && request.text(1).length !== 40) throw new CommandError(NO_SCRIPT);
    const keys = integerAt(request, 2);
    if (keys === undefined) throw new CommandError(NOT_AN_INTEGER);
    if (keys > last - 3) {
      throw new CommandError("ERR Number of keys can't be greater than number of args");
    }
    if (keys < 0) throw new CommandError("ERR Number of keys can't be negative");
    const id = this.#idOf(command, request);
    const kept = this.#kept.get(id) as Kept;
    if (command.isReadOnly && !kept.isReadOnly && kept.source.toString('latin1', 0, 2) === '#!') {
      throw new CommandError('ERR Can not execute a script with write flag using *_ro command.');
    }
    const isOverMemory = this.#parts().isOverMemory();
    if (isOverMemory && kept.overMemory === 'is refused') throw new CommandError(OVER_MEMORY);
    const words = [id, String(protocol), String(keys)];
    for (let i = 3; i < last; i++) words.push(request.text(i));
    return {
      user,
      client,
      input: Buffer.concat([Buffer.from('S'), respOf(words)]),
      isReadOnly: command.isReadOnly || kept.isReadOnly,
      session: new ScriptSession(database, this.#parts().server),
      waitLsn: 0,
      mayTakeMemory: !isOverMemory || kept.overMemory === 'runs',
      hasWritten: false,
      isKilled: false,
      lastError: '',
    };
  }

  #idOf(command: ScriptCommand, request: Arguments): string {
    if (!command.isByHash) {
      return this.load(Buffer.from(request.bytes.subarray(request.starts[1], request.ends[1])));
    }
    const id = request.text(1).toLowerCase();
    if (!this.#kept.has(id)) throw new CommandError(NO_SCRIPT);
    return id;
  }

  *#run(run: ScriptRun): Generator<void, Buffer> {
    const { log } = this.#sequences;
    const { failures } = log;
    try {
      const { lua } = this.engine;
      lua.onWish = (wish) => this.#fulfil(wish, run);
      lua.beginSlice(this.sliceMs);
      let message = lua.step(run.input);
      while (message[0] !== Wish.reply) {
        if (message[0] === Wish.time || lua.isSliceOver) {
          yield;
          if (run.isKilled) {
            this.#parts().log('warning', 'Lua script killed by user with SCRIPT KILL.');
            return lua.kill();
          }
          // What it had written was taken back: it can't go on from there.
          if (log.failures !== failures) {
            lua.kill();
            throw new CommandError(misconfiguration(log.lastFailure));
          }
          lua.beginSlice(this.sliceMs);
        }
        message = lua.step(message[0] === Wish.time ? GO_ON : this.#fulfil(message, run));
      }
      return message;
    } catch (error) {
      throw this.#crashed(error);
    }
  }

  /** Lua itself has failed, say for want of memory: the next script gets a new one. */
  #crashed(error: unknown): CommandError {
    if (error instanceof CommandError) return error;
    this.engine.crashed();
    const reason = error instanceof Error ? error.message : String(error);
    return new CommandError(`ERR Error running script: ${reason}`);
  }

  /** Does what a script asked for: the string to go on with. */
  #fulfil(message: Buffer, run: ScriptRun): Buffer {
    switch (message[0]) {
      case Wish.call:
        return this.#call(message, run);
      case Wish.log:
        this.#parts().log(
          LEVELS[(message[1] as number) - 48] ?? 'notice',
          message.toString('utf8', 2),
        );
        return Buffer.from('X');
      case Wish.hash:
        return Buffer.from(`X${createHash('sha1').update(message.subarray(1)).digest('hex')}`);
      case Wish.verdict:
        return Buffer.from(`X${this.#verdict(parseRequest(message, 2), run)}`);
      default:
        throw new Error('a script asked for something unknown');
    }
  }

  /** Whether the user may run the command; '' when it is none. */
  #verdict(request: Arguments, { user }: ScriptRun): string {
    const command = commandNamed(request);
    if (command === undefined) return '';
    return user === '' || this.#parts().mayRun(user, command, request) ? '1' : '0';
  }

  #call(message: Buffer, run: ScriptRun): Buffer {
    const protocol = message[1] === 51 ? 3 : 2;
    const request = parseRequest(message, 2);
    const command = resolve(request);
    const refusal = this.#refusal(command, request, run);
    const single = this.#single;
    if (refusal !== undefined || typeof command === 'string') {
      const name = commandNamed(request)?.name;
      if (name !== undefined) this.counts.rejected(name);
      return this.#failed(refusal ?? '', run);
    }
    const { session } = run;
    if (command.flags.includes('write')) run.hasWritten = true;
    this.beforeCommand(command, request);
    const startedMs = single.begin(command.index);
    if (command.runs === 'take') single.take(command, request, session.database, protocol);
    else if (command.runs === 'master') {
      single.execute(command, request, session.database, protocol);
    } else if (command.runs === 'worker') {
      session.protocol = protocol;
      single.write(protocol, (reply) => command.execute(session, request, reply));
      single.waitLsn = 0;
    } else if (command.runs === 'server') {
      let isAnswered = false;
      this.#subscribers.because(run.waitLsn, () =>
        single.ask(command, request, protocol, () => {
          isAnswered = true;
        }),
      );
      if (!isAnswered) return Buffer.from(`R-${NOT_ALLOWED}\r\n`, 'latin1');
    } else return Buffer.from(`R-${NOT_ALLOWED}\r\n`, 'latin1');
    const slow = single.end(command, request, startedMs);
    if (slow !== undefined) this.#parts().slow(slow);
    this.#parts().show(command, request, session.database);
    run.waitLsn = Math.max(run.waitLsn, single.waitLsn);
    const { bytes, length } = single.reply;
    const hasFailed = bytes[0] === MINUS;
    this.counts.called(command.name, hasFailed);
    if (hasFailed) return this.#failed(bytes.toString('latin1', 1, length - 2), run);
    return Buffer.concat([Buffer.from('R'), single.reply.view()]);
  }

  /** The error reply to a command of a script. */
  #failed(text: string, run: ScriptRun): Buffer {
    this.counts.error(text, 1);
    run.lastError = text;
    return Buffer.from(`R-${text}\r\n`, 'latin1');
  }

  /** Why a script may not run the command. */
  #refusal(command: Command | string, request: Arguments, run: ScriptRun): string | undefined {
    if (typeof command === 'string') {
      const isArity = command.includes('wrong number of arguments');
      return isArity
        ? 'ERR Wrong number of args calling Redis command from script'
        : 'ERR Unknown Redis command called from script';
    }
    if (command.flags.includes('noscript') && !this.mayCallAll) return NOT_ALLOWED;
    const { user, client } = run;
    const denial = user === '' ? undefined : this.#parts().denial(user, client, command, request);
    if (denial !== undefined) return `ERR The user executing the script ${denial}`;
    const isWrite = command.flags.includes('write');
    if (run.isReadOnly && (isWrite || SENDING.has(command.name))) {
      return 'ERR Write commands are not allowed from read-only scripts.';
    }
    // Once it has written, it can't be stopped in the middle.
    const mayTake = run.mayTakeMemory || run.hasWritten;
    if (!mayTake && command.flags.includes('denyoom')) return OVER_MEMORY;
    const { failure } = this.#sequences.log;
    if (isWrite && failure !== '') return misconfiguration(failure);
    return undefined;
  }

  #parts(): ScriptsParts {
    if (this.parts === undefined) throw new Error('scripts have no server');
    return this.parts;
  }

  *#loadKept(lua: LuaState): Generator<void> {
    for (const [id, { source }] of this.#kept) {
      lua.load(id, parseShebang(source).code);
      yield;
    }
  }
}

/** One execution of a script. */
interface ScriptRun {
  readonly user: string;
  readonly client: string;
  readonly input: Buffer;
  readonly isReadOnly: boolean;
  readonly session: ScriptSession;
  waitLsn: number;
  readonly mayTakeMemory: boolean;
  hasWritten: boolean;
  isKilled: boolean;
  /** What the last command of it that failed was answered with, or ''. */
  lastError: string;
}

/** What a script comes to: the reply, behind a character, or an error; and the lsn that it waits for. */
export type ScriptOutcome = { readonly lsn: number } & (
  | { readonly reply: Buffer; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: string }
);
