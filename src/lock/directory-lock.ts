import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';

const RETRY_MS = 20;
const PATIENCE_MS = 5000;

export type DirectoryLock =
  /** Held as long as `descriptor` is open here or in a child that inherited it. */
  | { readonly isLocked: true; readonly descriptor: number }
  /** `pid` is the process that locked it, as far as the file tells. */
  | { readonly isLocked: false; readonly pid: number | undefined };

/**
 * Takes the lock of a directory, so that at most one server, with all its processes, or one repair works in it.
 * The kernel drops it with the last of the processes, whatever they died of. When the process that took it is dead, its
 * children are about to end: they are waited for, up to five seconds. Throws what node:fs throws for a directory that can't be used.
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  // Not emptied on opening: it names the process that holds the lock.
  const descriptor = openSync(join(dir, 'sequement.lock'), 'a+', 0o600);
  let isLocked = false;
  try {
    isLocked = tryLock(descriptor);
    for (let waitedMs = 0; !isLocked && waitedMs < PATIENCE_MS; waitedMs += RETRY_MS) {
      if (isAlive(readPid(descriptor))) break;
      await delay(RETRY_MS);
      isLocked = tryLock(descriptor);
    }
    if (!isLocked) return { isLocked, pid: readPid(descriptor) };
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`);
    return { isLocked, descriptor };
  } catch (error) {
    isLocked = false;
    throw error;
  } finally {
    if (!isLocked) closeSync(descriptor);
  }
}

export function unlockDirectory(descriptor: number): void {
  closeSync(descriptor);
}

function readPid(descriptor: number): number | undefined {
  const bytes = Buffer.alloc(16);
  const count = readSync(descriptor, bytes, 0, bytes.length, 0);
  const pid = Number.parseInt(bytes.toString('latin1', 0, count), 10);
  return pid > 0 ? pid : undefined;
}

/** Our own number is a predecessor's: in a container, every server is process 1. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
