/**
 * What the log asks of a disk, and nothing else: a test hands in one that fills up, fails, is slow or loses what was not
 * synced. Every call rejects with a NodeJS.ErrnoException as node:fs would.
 */
export interface Disk {
  /** Opens for reading and writing a file that is there. */
  open(path: string): Promise<LogFile>;
  /** Opens for reading only a file that is there. */
  openToRead(path: string): Promise<LogFile>;
  /** Makes a file and opens it; a file of this name that is there already is an error (EEXIST). */
  create(path: string): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  /** A file that isn't there is no error. */
  unlink(path: string): Promise<void>;
  /** Everything that was created, renamed or unlinked in it before the call is on stable storage. */
  syncDirectory(dir: string): Promise<void>;
}

export interface LogFile {
  size(): Promise<number>;
  /** Reads up to `length` bytes to `target[start]`; how many, 0 at the end of the file. */
  read(target: Buffer, start: number, length: number, position: number): Promise<number>;
  /** Writes `bytes[start, end)`; how many of them were written, which may be fewer. */
  write(bytes: Buffer, start: number, end: number, position: number): Promise<number>;
  /** What was written, and the size, before the call is on stable storage. A rejection leaves it open what is. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Writes all of `bytes`, in as many calls as the disk makes of it. */
export async function writeAll(file: LogFile, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes, written, bytes.length, position + written);
    if (count === 0) throw new Error('the disk took none of the bytes to be written');
    written += count;
  }
}

/** Reads `target[start, start + length)` full, or to the end of the file; the number of bytes read. */
export async function readFully(
  file: LogFile,
  target: Buffer,
  start: number,
  length: number,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < length) {
    const count = await file.read(target, start + filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
