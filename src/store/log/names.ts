import { join } from 'node:path';

/** The files of a directory: the log, the one that is to replace it, and copies that were put aside. */
export function logPath(dir: string): string {
  return join(dir, 'sequement.log');
}

export function newLogPath(dir: string): string {
  return join(dir, 'sequement.log.new');
}

/** The log as it was before a repair. */
export function damagedLogPath(dir: string, timestamp: string): string {
  return join(dir, `sequement.log.damaged-${timestamp}`);
}

/** The log that a restore took the place of. */
export function replacedLogPath(dir: string, timestamp: string): string {
  return join(dir, `sequement.log.replaced-${timestamp}`);
}

/** Where a base is written, and what it is called when it is whole. Both lie in `dir`. */
export interface BasePaths {
  readonly dir: string;
  readonly path: string;
  readonly newPath: string;
}

export function logPaths(dir: string): BasePaths {
  return { dir, path: logPath(dir), newPath: newLogPath(dir) };
}
