import type { Connection } from './connection.js';
import { Mark } from './gate.js';
import { Transaction } from './transaction.js';

const NOTHING = new Transaction();

/** What CLIENT LIST tells of a connection, without the line end; `askingBytes` is the request that asks for its own line. */
export function describeClient(connection: Connection, askingBytes: number): string {
  const { server, subscriptions, unsentBytes: unsent, keptBytes } = connection;
  const { serverRequest, lastCommand, replies } = connection;
  const isAsking = !replies.isEmpty && lastCommand === serverRequest.command;
  const kept = keptBytes + askingBytes + (isAsking ? serverRequest.bytes : 0);
  const age = Math.floor((server.nowMs - connection.createdAtMs) / 1000);
  const idle = Math.floor((server.nowMs - connection.activeAtMs) / 1000);
  const { channel, pattern, shard } = subscriptions ?? {};
  const { isOpen, queued, queuedBytes, watched, bytes } = connection.transaction ?? NOTHING;
  return (
    `id=${connection.id} addr=${connection.address} laddr=${connection.localAddress} fd=8` +
    ` name=${connection.name} age=${age} idle=${idle} flags=${flagsOf(connection)}` +
    ` db=${connection.database} sub=${channel?.size ?? 0} psub=${pattern?.size ?? 0}` +
    ` ssub=${shard?.size ?? 0} multi=${isOpen ? queued.length : -1} qbuf=${kept}` +
    ` qbuf-free=0 argv-mem=0 multi-mem=${queuedBytes}` +
    ` rbs=0 rbp=0 obl=0 oll=${unsent > 0 ? 1 : 0} omem=${unsent} tot-mem=${unsent + kept + bytes}` +
    ` events=${unsent > 0 ? 'rw' : 'r'} cmd=${connection.lastCommand} user=${connection.user.name} redir=-1` +
    // The fields that came after 7.0 stand at the end: its own tests compare the others in one piece.
    ` resp=${connection.protocol} watch=${watched} lib-name=${connection.libraryName} lib-ver=${connection.libraryVersion}`
  );
}

/** In Redis's order: monitor, subscriber, transaction, blocked, what it watches was touched, closing, unix socket, not to be evicted; N for none. */
function flagsOf(connection: Connection): string {
  let flags = '';
  if (connection.isMonitor) flags += 'O';
  if (connection.isSubscriber) flags += 'P';
  if (connection.transaction?.isOpen) flags += 'x';
  // What waits behind a command that is being executed is not blocked.
  const isWaiting = (connection.marks & Mark.waiting) !== 0;
  if (isWaiting && connection.replies.isEmpty) flags += 'b';
  if (connection.transaction?.isTouched) flags += 'd';
  if (connection.isClosing) flags += 'c';
  if (connection.isUnixSocket) flags += 'U';
  if (connection.isProtected) flags += 'e';
  return flags === '' ? 'N' : flags;
}
