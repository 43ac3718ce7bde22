import { readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** The file of users on the disk; its text is latin1. */

/** For its owner alone: passwords are in it, if only as hashes. A file that is there keeps its mode. */
const MODE = 0o600;

export async function readAclFile(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    throw new Error(unreadable(name, error));
  }
}

/** At the start, when nothing is served yet. */
export function readAclFileNow(path: string, name: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new Error(unreadable(name, error));
  }
}

/** Replaces the file: whatever happens meanwhile, it is the old one or the new one, whole and on stable storage. */
export async function writeAclFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}-${Date.now()}`;
  const mode = await modeOf(path);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(text, 'latin1');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return MODE;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function unreadable(name: string, error: unknown): string {
  const { errno = 0, message } = error as NodeJS.ErrnoException;
  const [, text = message] = getSystemErrorMap().get(errno) ?? [];
  const reason = text.charAt(0).toUpperCase() + text.slice(1);
  return `Error loading ACLs, opening file '${name}': ${reason}`;
}
