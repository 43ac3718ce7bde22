import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { replaceFile } from './replace-file.js';

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

export function writeAclFile(path: string, text: string): Promise<void> {
  return replaceFile(path, text, MODE);
}

function unreadable(name: string, error: unknown): string {
  const { errno = 0, message } = error as NodeJS.ErrnoException;
  const [, text = message] = getSystemErrorMap().get(errno) ?? [];
  const reason = text.charAt(0).toUpperCase() + text.slice(1);
  return `Error loading ACLs, opening file '${name}': ${reason}`;
}
