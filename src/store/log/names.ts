import { join } from 'node:path';

/** The files of a directory: the log, the one that is to replace it, and copies that a repair has put aside. */
export function logPath(dir: string): string {
  return join(dir, 'sequement.log');
}

export function newLogPath(dir: string): string {
  return join(dir, 'sequement.log.new');
}

export function damagedLogPath(dir: string, timestamp: string): string {
  return join(dir, `sequement.log.damaged-${timestamp}`);
}
