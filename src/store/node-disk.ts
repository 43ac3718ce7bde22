import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { Disk, LogFile } from './disk.js';

const open = promisify(fs.open);
const close = promisify(fs.close);
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);
const fsync = promisify(fs.fsync);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);
const fdatasync = promisify(fs.fdatasync);

/** Who may read the log: its owner. Names of sequences can tell a lot about a business. */
const MODE = 0o600;

/** The real disk. Nothing here blocks the process: a sync of seconds runs in a thread of libuv's. */
export class NodeDisk implements Disk {
  async open(path: string): Promise<LogFile> {
    return new NodeFile(await open(path, 'r+'));
  }

  async openToRead(path: string): Promise<LogFile> {
    return new NodeFile(await open(path, 'r'));
  }

  async create(path: string): Promise<LogFile> {
    return new NodeFile(await open(path, 'wx+', MODE));
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  async unlink(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  async syncDirectory(dir: string): Promise<void> {
    const descriptor = await open(dir, 'r');
    try {
      await fsync(descriptor);
    } finally {
      await close(descriptor);
    }
  }
}

class NodeFile implements LogFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async size(): Promise<number> {
    return (await fstat(this.#descriptor)).size;
  }

  read(target: Buffer, start: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#descriptor, target, start, length, position, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }

  write(bytes: Buffer, start: number, end: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.write(this.#descriptor, bytes, start, end - start, position, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }

  datasync(): Promise<void> {
    return fdatasync(this.#descriptor);
  }

  truncate(size: number): Promise<void> {
    return ftruncate(this.#descriptor, size);
  }

  close(): Promise<void> {
    return close(this.#descriptor);
  }
}
