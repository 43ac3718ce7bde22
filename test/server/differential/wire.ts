import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeArray } from './encode.js';

const SILENCE_MS = 15_000;

/**
 * Sends the pieces over a connection of its own, one a turn of the event loop, and answers all bytes that came back
 * until the server closed. Our end is closed when everything is sent, or with `last` when those bytes have come back:
 * Redis drops what it has not written out yet when its client ends. Rejects when the server stays silent.
 */
export async function converse(
  port: number,
  pieces: readonly Buffer[],
  last?: Buffer,
): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  let isSilent = false;
  let tail: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk);
    if (last === undefined) return;
    tail = Buffer.concat([tail, chunk]).subarray(-last.length);
    if (tail.equals(last)) socket.end();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  // A server that closes at a protocol error resets the connection when we had sent more than it read.
  socket.on('error', () => {});
  socket.setTimeout(SILENCE_MS, () => {
    isSilent = true;
    socket.destroy();
  });
  for (const piece of pieces) {
    if (socket.writable) socket.write(piece);
    await nextTurn();
  }
  if (last === undefined && socket.writable) socket.end();
  await closed;
  const bytes = Buffer.concat(received);
  if (isSilent) throw new Error(`no end after ${show(bytes)}`);
  return bytes;
}

/** The replies to a few commands over a connection of their own. */
export async function ask(
  port: number,
  commands: readonly (readonly string[])[],
): Promise<Reply[]> {
  return parseReplies(await converse(port, [Buffer.concat(commands.map(encodeArray))]));
}

/** A reply: its bytes, its type's character, and what it is made of. */
export interface Reply {
  readonly raw: Buffer;
  readonly type: string;
  /** The text of a line or a bulk string; '' for what has parts. */
  readonly text: string;
  /** The elements of an array or set; of a map the keys and values in turn. */
  readonly parts: readonly Reply[];
}

/** Cuts what a server sent into replies; throws when the bytes are none, or when one is cut off. */
export function parseReplies(bytes: Buffer): Reply[] {
  const replies: Reply[] = [];
  for (let position = 0; position < bytes.length; ) {
    const reply = parseReply(bytes, position);
    replies.push(reply);
    position += reply.raw.length;
  }
  return replies;
}

function parseReply(bytes: Buffer, start: number): Reply {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) throw new Error(`cut off: ${show(bytes.subarray(start))}`);
  const type = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('latin1', start + 1, lineEnd);
  const behind = lineEnd + 2;
  switch (type) {
    case '+':
    case '-':
    case ':':
    case '_':
    case ',':
    case '#':
    case '(':
      return { raw: bytes.subarray(start, behind), type, text: line, parts: [] };
    case '$':
    case '=': {
      const length = Number(line);
      const end = length < 0 ? behind : behind + length + 2;
      if (end > bytes.length) throw new Error(`cut off: ${show(bytes.subarray(start))}`);
      const text = bytes.toString('latin1', behind, Math.max(behind, end - 2));
      return { raw: bytes.subarray(start, end), type, text, parts: [] };
    }
    case '*':
    case '~':
    case '%': {
      const count = Number(line) * (type === '%' ? 2 : 1);
      const parts: Reply[] = [];
      let position = behind;
      for (let i = 0; i < count; i++) {
        const part = parseReply(bytes, position);
        parts.push(part);
        position += part.raw.length;
      }
      return { raw: bytes.subarray(start, position), type, text: '', parts };
    }
    default:
      throw new Error(`no reply: ${show(bytes.subarray(start))}`);
  }
}

export function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 400));
}
