import type { TakeForm } from '../commands/command.js';
import { writeTakes } from '../commands/take-reply.js';
import { ByteWriter } from '../protocol/bytes.js';
import type { Int64 } from '../protocol/int64.js';
import type { Entry } from './combiner.js';

/** Whose replies a queue holds. */
export interface ReplyOwner {
  readonly replies: ReplyQueue;
  /** Where replies go that are due; what is written there is sent at the end of the turn. */
  output(): ByteWriter;
  /** A piece of the reply with this tag has come: the master is to be told when there is room for another. */
  owe(tag: number): void;
}

export type AwaitedState = 'waiting' | 'run' | 'refusal' | 'bytes';

/**
 * A place in the order of a connection's replies: `count` takes of one run, or one command. Places are pooled: on the
 * way of a take nothing is allocated.
 */
export class Awaited {
  owner: ReplyOwner | undefined;
  state: AwaitedState = 'waiting';
  form: TakeForm = 'integer';
  /** The command's index in the table, for the statistics. */
  command = 0;
  count = 0;
  /** What was sent to the master for it and is not answered, in bytes. */
  cost = 0;
  /** Of a `run`: the value after the first take, and what each take adds. */
  first: Int64 = 0;
  step: Int64 = 0;
  /** Numbers in each take of the form `range`. */
  span: Int64 = 1;
  /** Of a `refusal`: the error's text. */
  text = '';
  /** Of `bytes`: the reply, or several, as they go out. */
  bytes: ByteWriter | undefined;
  /** The master's answer is here, and waits for its turn. */
  isDelivered = false;
  /** A piece of its reply was written out, and more is to come: nothing may stand between. */
  isBegun = false;
  /** What it waits for. */
  entry: Entry | undefined;
  next: Awaited | undefined;
  /** The next place that waits for the same entry. */
  nextOfEntry: Awaited | undefined;
}

const POOL_LIMIT = 8192;
const pool: Awaited[] = [];

function acquire(owner: ReplyOwner): Awaited {
  const awaited = pool.pop() ?? new Awaited();
  awaited.owner = owner;
  awaited.state = 'waiting';
  return awaited;
}

function release(awaited: Awaited): void {
  awaited.owner = undefined;
  awaited.next = undefined;
  awaited.nextOfEntry = undefined;
  awaited.bytes = undefined;
  awaited.entry = undefined;
  awaited.form = 'integer';
  awaited.isDelivered = false;
  awaited.isBegun = false;
  awaited.cost = 0;
  if (pool.length < POOL_LIMIT) pool.push(awaited);
}

/**
 * The replies of one connection, in the order of its requests.
 *
 * Invariant: a reply is written out only when every reply before it has been (rule 2: it holds back no other
 * connection's).
 */
export class ReplyQueue {
  #head: Awaited | undefined;
  #tail: Awaited | undefined;
  /** Places that wait, and what they cost: the connection reads no more while either is high. */
  length = 0;
  cost = 0;

  get isEmpty(): boolean {
    return this.#head === undefined;
  }

  /** Bytes of the replies that are known and stand last, behind one that waits. */
  get heldBytes(): number {
    return this.#tail?.bytes?.length ?? 0;
  }

  get last(): Awaited | undefined {
    return this.#tail;
  }

  push(owner: ReplyOwner, count: number, cost: number): Awaited {
    const awaited = acquire(owner);
    awaited.count = count;
    awaited.cost = cost;
    this.cost += cost;
    this.length++;
    if (this.#tail === undefined) this.#head = awaited;
    else this.#tail.next = awaited;
    this.#tail = awaited;
    return awaited;
  }

  /** Where a reply that is known at once is written: behind everything that waits. */
  immediate(owner: ReplyOwner): ByteWriter {
    const tail = this.#tail;
    if (tail === undefined) return owner.output();
    if (tail.state === 'bytes' && tail.bytes !== undefined) return tail.bytes;
    const awaited = this.push(owner, 1, 0);
    awaited.state = 'bytes';
    awaited.bytes = new ByteWriter(64);
    return awaited.bytes;
  }

  /**
   * Where something is written that answers nothing: behind what the master has answered, which may have made this client a
   * receiver, and before all that it has not.
   */
  unasked(owner: ReplyOwner): ByteWriter {
    let known: Awaited | undefined;
    for (let each = this.#head; each !== undefined; each = each.next) {
      if (each.isDelivered || each.isBegun) known = each;
    }
    if (known === undefined) return owner.output();
    if (known.state === 'bytes' && known.bytes !== undefined) return known.bytes;
    const awaited = acquire(owner);
    awaited.state = 'bytes';
    awaited.bytes = new ByteWriter(64);
    awaited.isDelivered = true;
    awaited.next = known.next;
    known.next = awaited;
    if (this.#tail === known) this.#tail = awaited;
    this.length++;
    return awaited.bytes;
  }

  /** The reply to a command has come: it goes out now when it is the first in order, else it is kept. */
  deliver(awaited: Awaited, bytes: Buffer, start: number, end: number): void {
    if (awaited.form === 'none') {
      // The connection may wait for this place to be answered, so it is flushed even so.
      (awaited.owner as ReplyOwner).output();
    } else this.#outputOf(awaited, end - start).copy(bytes, start, end);
    awaited.state = 'bytes';
    awaited.isDelivered = true;
    this.advance();
  }

  /** A piece of the reply to a command has come, and not the last. */
  deliverPiece(awaited: Awaited, bytes: Buffer, start: number, end: number): void {
    if (awaited.form === 'none') (awaited.owner as ReplyOwner).output();
    else this.#outputOf(awaited, end - start).copy(bytes, start, end);
  }

  /** Where its reply goes: out when it is the first in order, else it is kept. */
  #outputOf(awaited: Awaited, room: number): ByteWriter {
    if (awaited !== this.#head) {
      awaited.bytes ??= new ByteWriter(room);
      return awaited.bytes;
    }
    const out = (awaited.owner as ReplyOwner).output();
    const { bytes } = awaited;
    if (bytes !== undefined) out.copy(bytes.bytes, 0, bytes.length);
    awaited.bytes = undefined;
    awaited.isBegun = true;
    return out;
  }

  /** Keeps the first `count` takes in `awaited`; the place behind it, with the rest, waits on. */
  split(awaited: Awaited, count: number): Awaited {
    const rest = acquire(awaited.owner as ReplyOwner);
    rest.entry = awaited.entry;
    rest.form = awaited.form;
    rest.command = awaited.command;
    rest.span = awaited.span;
    rest.count = awaited.count - count;
    rest.cost = 0;
    rest.next = awaited.next;
    rest.nextOfEntry = awaited.nextOfEntry;
    awaited.count = count;
    awaited.next = rest;
    if (this.#tail === awaited) this.#tail = rest;
    this.length++;
    return rest;
  }

  /** Writes out what is answered up to the first place that waits. */
  advance(): void {
    let head = this.#head;
    while (head !== undefined && head.state !== 'waiting') {
      writeAnswer(head, (head.owner as ReplyOwner).output());
      this.cost -= head.cost;
      this.length--;
      const { next } = head;
      release(head);
      head = next;
    }
    this.#head = head;
    if (head === undefined) this.#tail = undefined;
  }
}

/** Replies that are known at once, in their place. */
export function writeKnown(owner: ReplyOwner, known: ByteWriter): void {
  owner.replies.immediate(owner).copy(known.bytes, 0, known.length);
}

function writeAnswer(awaited: Awaited, out: ByteWriter): void {
  if (awaited.form === 'none') return;
  if (awaited.state === 'bytes') {
    const { bytes } = awaited;
    if (bytes !== undefined) out.copy(bytes.bytes, 0, bytes.length);
  } else if (awaited.state === 'refusal') {
    for (let i = 0; i < awaited.count; i++) out.latin1(`-${awaited.text}\r\n`);
  } else {
    const { form, first, step, count, span } = awaited;
    writeTakes(out, form, first, step, count, span);
  }
}
