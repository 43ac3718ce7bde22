import type { Progress } from '../store/log/read-log.js';

const EVERY_MS = 3000;
const MEGABYTE = 1 << 20;

/** Tells on the standard error how far a long act is, every three seconds; nothing of one that is over sooner. */
export function reportProgress(act: string): Progress {
  let reportedMs = performance.now();
  return (done, total) => {
    const nowMs = performance.now();
    if (nowMs - reportedMs < EVERY_MS) return;
    reportedMs = nowMs;
    const [read, all] = [done, total].map((bytes) => Math.floor(bytes / MEGABYTE));
    process.stderr.write(`${act}: ${read} of ${all} MB\n`);
  };
}
