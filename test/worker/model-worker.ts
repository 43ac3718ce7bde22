import { OVERFLOW_ERROR } from '#dist/commands/command.js';
import { commandAt } from '#dist/commands/table.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { FrameReader } from '#dist/protocol/frame.js';
import { fromBigInt, INT64_MAX, INT64_MIN } from '#dist/protocol/int64.js';
import {
  EntryReader,
  EntryType,
  writeRefusalPart,
  writeReplyPart,
  writeRunPart,
} from '#dist/protocol/take-message.js';
import { Answers } from '#dist/worker/answers.js';
import { Combiner } from '#dist/worker/combiner.js';
import type { Connection } from '#dist/worker/connection.js';
import { Dispatcher } from '#dist/worker/dispatcher.js';
import type { Gate } from '#dist/worker/gate.js';
import { type HoldPort, Holds } from '#dist/worker/holds.js';
import { ReplyQueue } from '#dist/worker/reply-queue.js';
import { Statistics } from '#dist/worker/statistics.js';

/** The link to a master that never lends anything. */
export class SilentPort implements HoldPort {
  readonly sentFrames = 0;
  readonly answeredFrames = 0;
  returned(): void {}
  more(): void {}
  schedule(): void {}
}

export type Reply = string | bigint | null | Reply[];

/** A connection without a socket: its commands with what their replies must be, and what was written to it. */
export class FakeConnection {
  readonly replies = new ReplyQueue();
  readonly written = new ByteWriter(64);
  readonly checks: ((reply: Reply) => void)[] = [];
  readonly marks: number = 0;
  readonly postponed: unknown[] = [];
  readonly isOpen = true;
  transaction: unknown;
  readonly replyMode = 'on';
  readonly server = { isLoading: false };
  protocol = 2;
  database = 0;
  lastCommand = '';

  output(): ByteWriter {
    return this.written;
  }

  released(): void {}
}

/** The worker's parts between a socket and the pipe, with a plain master behind that answers late and in pieces. */
export class ModelWorker {
  readonly values = new Map<string, bigint>();
  readonly combiner = new Combiner();
  readonly statistics = new Statistics();
  readonly holds: Holds;
  readonly #dispatcher: Dispatcher;
  readonly #answers: Answers;
  readonly #parts = new Map<number, Buffer[]>();
  readonly #pick: (below: number) => number;
  entries = 0;

  /** `pick` answers a number below its argument. */
  constructor(pick: (below: number) => number, port: HoldPort = new SilentPort()) {
    this.#pick = pick;
    this.holds = new Holds(this.combiner, port);
    this.#dispatcher = new Dispatcher(this.combiner, this.holds, this.statistics);
    this.#answers = new Answers(this.combiner, this.holds, this.statistics);
  }

  get gate(): Gate {
    return this.#dispatcher.gate;
  }

  send(connection: FakeConnection, words: readonly string[], check: (reply: Reply) => void): void {
    const starts: number[] = [];
    const ends: number[] = [];
    let text = '\0';
    for (const word of words) {
      starts.push(text.length);
      text += word;
      ends.push(text.length);
      text += '\r\n';
    }
    const bytes = Buffer.from(text, 'latin1');
    connection.checks.push(check);
    const request = {
      bytes,
      starts,
      ends,
      count: words.length,
      isInline: false,
      text: (index: number) => words[index] ?? '',
    };
    this.#dispatcher.dispatch(connection as unknown as Connection, request as never);
    this.#dispatcher.settle();
    // A chunk is valid only during the call.
    bytes.fill(0x7a);
  }

  /** Sends the frame of the turn; the master executes it at once and keeps its answers. */
  endTurn(): void {
    const { combiner } = this;
    if (combiner.isEmpty) return;
    const frame = Buffer.from(combiner.end());
    const reader = new FrameReader((_type, bytes, start, end) => {
      const entries = new EntryReader();
      entries.begin(bytes, start, end);
      while (entries.next()) this.#execute(entries);
    });
    reader.push(frame);
  }

  /** Brings `count` parts, of any entries; the parts of one in their order. */
  deliver(count: number): void {
    const out = new ByteWriter(64);
    for (let left = count; left > 0 && this.#parts.size > 0; left--) {
      const tags = [...this.#parts.keys()];
      const tag = tags[this.#pick(tags.length)] as number;
      const parts = this.#parts.get(tag) as Buffer[];
      const part = parts.shift() as Buffer;
      if (parts.length === 0) this.#parts.delete(tag);
      out.copy(part, 0, part.length);
    }
    const bytes = out.take();
    this.#answers.receive(bytes, 0, bytes.length);
    bytes.fill(0x7a);
  }

  deliverAll(): void {
    while (this.#parts.size > 0) this.deliver(1 + this.#pick(8));
  }

  #execute(entry: EntryReader): void {
    this.entries++;
    const parts: Buffer[] = [];
    const write = (fill: (out: ByteWriter) => void) => {
      const out = new ByteWriter(64);
      fill(out);
      parts.push(out.take());
    };
    if (this.#parts.has(entry.tag)) throw new Error(`tag ${entry.tag} is used twice`);
    this.#parts.set(entry.tag, parts);
    if (entry.type === EntryType.command) {
      const reply = Buffer.from(this.#command(entry), 'latin1');
      write((out) => writeReplyPart(out, entry.tag, reply, 0, reply.length));
      return;
    }
    const { tag, takes, amount } = entry;
    const name = entry.bytes.toString('latin1', entry.nameStart, entry.nameEnd);
    let value = this.values.get(name) ?? 0n;
    let granted = 0;
    for (; granted < takes; granted++) {
      const next = value + BigInt(amount) * BigInt(granted + 1);
      if (next > INT64_MAX || next < INT64_MIN) break;
    }
    for (let left = granted; left > 0; ) {
      const count = 1 + this.#pick(left);
      const first = fromBigInt(value + BigInt(amount));
      left -= count;
      const isLast = left === 0 && granted === takes;
      write((out) => writeRunPart(out, tag, isLast, count, first, amount));
      value += BigInt(amount) * BigInt(count);
    }
    if (granted > 0) this.values.set(name, value);
    const refused = takes - granted;
    if (refused > 0) write((out) => writeRefusalPart(out, tag, true, refused, OVERFLOW_ERROR));
  }

  #command(entry: EntryReader): string {
    const { name } = commandAt(entry.command);
    const bulk = (key: string) => {
      const value = this.values.get(key);
      return value === undefined ? '$-1\r\n' : `$${`${value}`.length}\r\n${value}\r\n`;
    };
    const keys = Array.from({ length: entry.count - 1 }, (_, i) => entry.text(i + 1));
    if (name === 'get') return bulk(keys[0] as string);
    if (name === 'mget') return `*${keys.length}\r\n${keys.map(bulk).join('')}`;
    if (name === 'set') {
      this.values.set(keys[0] as string, BigInt(keys[1] as string));
      return '+OK\r\n';
    }
    if (name === 'eval') return '$6\r\nscript\r\n';
    if (name === 'exec') return '*1\r\n$6\r\nscript\r\n';
    if (name === 'del') return `:${keys.filter((key) => this.values.delete(key)).length}\r\n`;
    throw new Error(`the model has no ${name}`);
  }
}

/** All replies in the bytes, RESP2. */
export function parseReplies(bytes: Buffer): Reply[] {
  let position = 0;
  const line = () => {
    const end = bytes.indexOf('\r\n', position);
    if (end < 0) throw new Error('a reply ends early');
    const text = bytes.toString('latin1', position, end);
    position = end + 2;
    return text;
  };
  const one = (): Reply => {
    const text = line();
    const rest = text.slice(1);
    switch (text[0]) {
      case '+':
      case '-':
        return text;
      case ':':
        return BigInt(rest);
      case '$': {
        if (rest === '-1') return null;
        const from = position;
        position += Number(rest) + 2;
        return bytes.toString('latin1', from, position - 2);
      }
      case '*':
        return Array.from({ length: Number(rest) }, one);
      default:
        throw new Error(`no reply begins like ${JSON.stringify(text)}`);
    }
  };
  const replies: Reply[] = [];
  while (position < bytes.length) replies.push(one());
  return replies;
}
