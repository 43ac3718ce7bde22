import type { ServerControl } from '#dist/commands/server-control.js';
import { allCommands } from '#dist/commands/table.js';
import type { Config } from '#dist/config/config.js';
import { Allocator } from '#dist/master/allocator.js';
import { Executor } from '#dist/master/executor.js';
import { HeldReplies } from '#dist/master/held-replies.js';
import { Holds } from '#dist/master/holds.js';
import { KeyspaceView } from '#dist/master/keyspace-view.js';
import { ReservationLog } from '#dist/master/reservation-log.js';
import type { ScriptsParts } from '#dist/master/scripts.js';
import { Sequences } from '#dist/master/sequences.js';
import { Subscribers } from '#dist/master/subscribers.js';
import { WallClock } from '#dist/master/wall-clock.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import type { Int64 } from '#dist/protocol/int64.js';
import { EntryReader, setTakeCount, writeCommand, writeTake } from '#dist/protocol/take-message.js';
import { parts } from './parts.js';

/** What scripts find where there is no server. */
export const SCRIPTS_PARTS: ScriptsParts = {
  server: { config: {} as Config, users: { default: { hasNoPassword: true } } },
  denial: () => undefined,
  denialAtExec: () => undefined,
  mayRun: () => true,
  isOverMemory: () => false,
  log: () => {},
  show: () => {},
  slow: () => {},
};

const SETTINGS = { block: 100, blockMax: 100, threshold: 1, blockTimeMs: 500 };
/** The executor over a log whose batches become durable, or fail, when a test says so; a command's answers are those that are due. */
export class Bench {
  readonly log = new ReservationLog();
  readonly sequences: Sequences;
  readonly subscribers: Subscribers;
  readonly out = new FrameWriter();
  readonly held = new HeldReplies();
  /** The batches of the log, as they were sent. */
  readonly appended: Buffer[] = [];
  readonly #executor: Executor;
  #tag = 0;

  constructor(clock = new WallClock(Date.now, () => performance.now())) {
    this.sequences = new Sequences(this.log, 2, clock);
    this.log.attach({
      send: (request) => {
        if (request.type === 'append') this.appended.push(Buffer.from(request.bytes));
      },
    });
    const allocator = new Allocator(this.sequences, SETTINGS, () => 1);
    const keyspace = new KeyspaceView(
      this.sequences,
      () => SETTINGS,
      () => 1,
    );
    const holds = new Holds(allocator, () => 1);
    this.subscribers = new Subscribers(() => this.log.settledLsn);
    const server = { channels: this.subscribers } as unknown as ServerControl;
    const { sequences, subscribers } = this;
    this.#executor = new Executor(sequences, allocator, holds, keyspace, server, subscribers);
    this.#executor.scripts.parts = SCRIPTS_PARTS;
  }

  take(name: string, amount: Int64, count: number): string[] {
    const out = new ByteWriter();
    const bytes = Buffer.from(name);
    const at = writeTake(out, ++this.#tag, false, 0, amount, bytes, 0, bytes.length);
    setTakeCount(out, at, count);
    return this.#execute(out);
  }

  command(...words: string[]): string[] {
    const out = new ByteWriter();
    const bytes = Buffer.from(words.join(''));
    const ends = words.map((_, i) => words.slice(0, i + 1).join('').length);
    const starts = ends.map((end, i) => end - (words[i] as string).length);
    const index = allCommands().findIndex(({ name }) => name === words[0]?.toLowerCase());
    writeCommand(out, ++this.#tag, 2, 0, index, bytes, words.length, starts, ends);
    return this.#execute(out);
  }

  /** An EXEC of this client, with nothing to execute. */
  exec(client: number): string[] {
    return this.command('EXEC', String(client));
  }

  /** The turn ends and its batch becomes durable: what is answered then. */
  settle(): string[] {
    this.log.flush();
    const lsn = this.log.openLsn - 1;
    this.log.confirm(lsn);
    this.sequences.inFlight.confirm(lsn);
    this.held.release(lsn, this.out);
    this.#executor.many.replies.release(lsn);
    return parts(this.out.take());
  }

  /** What is answered until a script is done. */
  async acted(): Promise<string[]> {
    while (this.#executor.act.isUnderWay) await new Promise((resolve) => setImmediate(resolve));
    return parts(this.out.take());
  }

  fail(): string[] {
    this.sequences.inFlight.takeBack();
    this.sequences.watches.takenBack();
    this.log.fail('disk full');
    this.held.refuse('MISCONF disk full', this.out);
    return parts(this.out.take());
  }

  #execute(bytes: ByteWriter): string[] {
    const entry = new EntryReader();
    entry.begin(bytes.view(), 0, bytes.length);
    entry.next();
    this.#executor.execute(entry, {
      out: this.out,
      held: this.held,
      open: () => {},
      flush: () => {},
      number: 1,
      lend: () => {},
      endLoan: () => {},
      touched: () => {},
      extend: () => {},
      recall: () => {},
      resume: () => {},
    });
    return parts(this.out.take());
  }
}
