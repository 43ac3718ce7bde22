import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file: whatever happens meanwhile, it is the old one or the new one, whole and on stable storage. The text is latin1. A file
 * that is there keeps its mode; a new one gets `mode`.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}-${Date.now()}`;
  const kept = await modeOf(path, mode);
  try {
    const file = await open(temporary, 'wx', kept);
    try {
      await file.chmod(kept);
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

async function modeOf(path: string, mode: number): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return mode;
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
