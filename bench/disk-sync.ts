import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './statistics.js';

const TIMES = 200;

/** How long a sync of a hundred bytes, appended to a file, takes on the disk of this directory: the median, in milliseconds. */
export function syncMsOf(dir: string): number {
  const file = openSync(join(dir, 'sync'), 'w');
  const bytes = Buffer.alloc(100);
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    writeSync(file, bytes);
    const startedMs = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - startedMs);
  }
  closeSync(file);
  return median(times);
}
