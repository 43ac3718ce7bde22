import type { Command } from '../commands/command.js';
import type { Connection } from './connection.js';
import { Mark } from './gate.js';

const ENDING = new Set(['discard', 'quit', 'reset']);

/** The error for a command that could take memory, while more than `maxmemory` is used: in a transaction, any that is queued. */
export function refusalOverMemory(connection: Connection, command: Command): string | undefined {
  const isDenied = command.flags.includes('denyoom') || isDeniedWithin(connection, command);
  return isDenied ? "OOM command not allowed when used memory > 'maxmemory'." : undefined;
}

function isDeniedWithin({ marks, transaction }: Connection, { name }: Command): boolean {
  if ((marks & Mark.queueing) === 0 || ENDING.has(name)) return false;
  if (name !== 'exec') return true;
  return transaction?.queued.some(({ command }) => command.flags.includes('denyoom')) === true;
}
