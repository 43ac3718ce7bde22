import type { Arguments } from '../commands/command.js';
import type { ByteWriter } from './bytes.js';
import type { FrameWriter } from './frame.js';
import { MessageType } from './message.js';
import { EntryType } from './take-message.js';

/**
 * A command with very many arguments travels in pieces, one a frame, so that neither it nor its reply keeps what others sent waiting.
 * An entry of a `requests` frame (take-message.ts), all of the same tag:
 *
 *     0      4       8      9           10         12      16      20      24      28
 *     ┌──────┬───────┬──────┬───────────┬──────────┬───────┬───────┬───────┬───────┬─────────────────────────────┐
 *     │ tag  │ size  │ kind │ protocol  │ database │ index │ count │ total │ first │ bytes u32 · arguments       │
 *     │ u32  │ u32   │ u8   │ u8: 2, 3  │ u16      │ u32   │ u32   │ u32   │ u32   │                             │
 *     └──────┴───────┴──────┴───────────┴──────────┴───────┴───────┴───────┴───────┴─────────────────────────────┘
 *
 * `count` arguments of the command's `total`, from number `first` on; all of them have `bytes` bytes. The command is executed when the last
 * one is there. Its reply comes in pieces, too: parts of the kind `reply` of which only the last has `last` set. The worker answers each of
 * the others by `accepted` (tag u32 · wanted u8) when the client's connection has room for more, so that a slow client's reply waits at the master.
 */
export interface Piece {
  readonly tag: number;
  readonly protocol: number;
  readonly database: number;
  readonly command: number;
  readonly request: Pick<Arguments, 'bytes' | 'count' | 'starts' | 'ends'>;
}

const BODY = 8;
const SIZE = 4;

/** Appends the arguments from number `first` up to `end`. */
export function writePiece(out: ByteWriter, piece: Piece, first: number, end: number): void {
  const { bytes, count, starts, ends } = piece.request;
  const at = out.length;
  out.u32(piece.tag);
  out.u32(0);
  out.u8(EntryType.piece);
  out.u8(piece.protocol);
  out.u16(piece.database);
  out.u32(piece.command);
  out.u32(end - first);
  out.u32(count);
  out.u32(first);
  out.u32((ends[count - 1] as number) - (starts[0] as number));
  for (let i = first; i < end; i++) out.block(bytes, starts[i], ends[i]);
  out.bytes.writeUInt32LE(out.length - at - BODY, at + SIZE);
}

/** Written by the worker for each piece of a reply but the last; `isWanted`: the client is still there. */
export function writeAccepted(out: FrameWriter, tag: number, isWanted: boolean): void {
  out.begin(MessageType.accepted);
  out.u32(tag);
  out.u8(isWanted ? 1 : 0);
  out.end();
}

export function readAccepted(bytes: Buffer, start: number): { tag: number; isWanted: boolean } {
  return { tag: bytes.readUInt32LE(start), isWanted: bytes[start + 4] === 1 };
}
