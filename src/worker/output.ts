import type { Socket } from 'node:net';
import { ByteWriter } from '../protocol/bytes.js';

const FIRST_ROOM = 4096;
const LARGE_ROOM = 65536;
const POOL_LIMIT = 1024;
const pool: ByteWriter[] = [];

/** Where one connection's replies of a turn are gathered. */
export function acquireOutput(): ByteWriter {
  return pool.pop() ?? new ByteWriter(FIRST_ROOM);
}

/**
 * Hands what was gathered to the socket with one write and gives the writer back. Its memory is used again when the
 * kernel took everything at once; else it belongs to the socket until then.
 */
export function sendOutput(socket: Socket, output: ByteWriter): void {
  socket.write(output.view());
  if (socket.writableLength > 0) return;
  output.reset();
  if (output.bytes.length > LARGE_ROOM) return;
  if (pool.length < POOL_LIMIT) pool.push(output);
}

/** Gives a writer back whose content nobody wants any more. */
export function dropOutput(output: ByteWriter): void {
  output.reset();
  if (output.bytes.length <= LARGE_ROOM && pool.length < POOL_LIMIT) pool.push(output);
}
