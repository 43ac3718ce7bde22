import type { ByteWriter } from './bytes.js';
import { PartType } from './take-message.js';

/** A request's words: word i is `bytes[starts[i], ends[i])`. */
export interface Words {
  readonly bytes: Buffer;
  readonly count: number;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/**
 * A transaction is a command entry (take-message.ts) of EXEC. Its words are `exec`, the client's id in decimal, and then for each
 * command that was queued a head and the command's own words:
 *
 *     0       4       8          10         11
 *     ┌───────┬───────┬──────────┬──────────┬──────┐
 *     │ index │ words │ database │ protocol │ here │
 *     │ u32   │ u32   │ u16      │ u8: 2, 3 │ u8   │
 *     └───────┴───────┴──────────┴──────────┴──────┘
 *
 * `here`, bit 0: the worker answers it. Bit 1: the last two words are those of `rights`. What the worker answers has no words in the entry but when
 * its rights are asked for. It is answered by a `transaction` part, or by a `reply` part when
 * nothing of it was executed:
 *
 *     0      4       8      9      10
 *     ┌──────┬───────┬──────┬──────┬──────────────────────────────────────────────────────────────┐
 *     │ tag  │ size  │ kind │ last │ count u32 · for each command: length u32 · RESP bytes          │
 *     │ u32  │ u32   │ u8   │ u8   │ 0xffffffff in place of the length: the worker's own reply here │
 *     └──────┴───────┴──────┴──────┴──────────────────────────────────────────────────────────────┘
 */
export interface QueuedItem {
  readonly index: number;
  readonly database: number;
  readonly protocol: number;
  /** Undefined when the worker answers it. */
  readonly words: Words | undefined;
  /** What is to be asked again when it is executed; absent: that was asked when EXEC came. */
  readonly check?: RightsCheck;
}

/** Whether this user may still say these words. */
export interface RightsCheck {
  readonly rights: Rights;
  readonly words: Words;
}

/** A user's name, and the line of the client, both latin1. */
export type Rights = readonly [user: string, client: string];

const HEAD = 12;
const Bit = { here: 1, checked: 2 } as const;
const HERE = 0xffffffff;

export function composeTransaction(client: number, items: readonly QueuedItem[]): Words {
  const id = Buffer.from(String(client), 'latin1');
  const pieces: Buffer[] = [Buffer.from('exec', 'latin1'), id];
  for (const { index, database, protocol, words, check } of items) {
    const sent = words ?? check?.words;
    const rights = check?.rights ?? [];
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(index, 0);
    head.writeUInt32LE((sent?.count ?? 0) + rights.length, 4);
    head.writeUInt16LE(database, 8);
    head[10] = protocol;
    head[11] = (words === undefined ? Bit.here : 0) | (check === undefined ? 0 : Bit.checked);
    pieces.push(head);
    for (let i = 0; i < (sent?.count ?? 0); i++) {
      pieces.push((sent as Words).bytes.subarray(sent?.starts[i], sent?.ends[i]));
    }
    for (const word of rights) pieces.push(Buffer.from(word, 'latin1'));
  }
  const starts: number[] = [];
  const ends: number[] = [];
  let position = 0;
  for (const piece of pieces) {
    starts.push(position);
    position += piece.length;
    ends.push(position);
  }
  return { bytes: Buffer.concat(pieces), count: pieces.length, starts, ends };
}

export function readTransaction(entry: Words): {
  readonly client: number;
  readonly items: readonly QueuedItem[];
} {
  const { bytes, starts, ends } = entry;
  const items: QueuedItem[] = [];
  for (let i = 2; i < entry.count; ) {
    const at = starts[i] as number;
    const written = bytes.readUInt32LE(at + 4);
    const bits = bytes[at + 11] as number;
    const isChecked = (bits & Bit.checked) !== 0;
    const count = isChecked ? written - 2 : written;
    const text = (word: number) => bytes.toString('latin1', starts[word], ends[word]);
    const words: Words = {
      bytes,
      count,
      starts: Array.prototype.slice.call(starts, i + 1, i + 1 + count),
      ends: Array.prototype.slice.call(ends, i + 1, i + 1 + count),
    };
    const item = {
      index: bytes.readUInt32LE(at),
      database: bytes.readUInt16LE(at + 8),
      protocol: bytes[at + 10] as number,
      words: (bits & Bit.here) === 0 ? words : undefined,
    };
    const rights: Rights = isChecked ? [text(i + 1 + count), text(i + 2 + count)] : ['', ''];
    items.push(isChecked ? { ...item, check: { rights, words } } : item);
    i += 1 + written;
  }
  return { client: Number(bytes.toString('latin1', starts[1], ends[1])), items };
}

/** The answer to a transaction that was executed; undefined stands for what the worker answers. */
export function writeTransactionPart(
  out: ByteWriter,
  tag: number,
  replies: readonly (Uint8Array | undefined)[],
): void {
  out.u32(tag);
  out.u32(6 + replies.reduce((sum, reply) => sum + 4 + (reply?.length ?? 0), 0));
  out.u8(PartType.transaction);
  out.u8(1);
  out.u32(replies.length);
  for (const reply of replies) {
    if (reply === undefined) out.u32(HERE);
    else out.block(reply, 0, reply.length);
  }
}

/** The replies in a `transaction` part whose first length stands at `start`. */
export function readTransactionPart(
  bytes: Buffer,
  start: number,
  count: number,
): (Buffer | undefined)[] {
  const replies: (Buffer | undefined)[] = [];
  let position = start;
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt32LE(position);
    position += 4;
    if (length === HERE) replies.push(undefined);
    else {
      replies.push(bytes.subarray(position, position + length));
      position += length;
    }
  }
  return replies;
}

/** Tells a worker that something its client watches has changed. */
export function writeTouchedPart(out: ByteWriter, client: number): void {
  out.u32(0);
  out.u32(14);
  out.u8(PartType.touched);
  out.u8(0);
  out.u32(0);
  out.f64(client);
}
