import { appendFileSync, openSync, readSync } from 'node:fs';

/**
 * Loaded into every process of a measured server (turns.ts). A timer of a millisecond runs once in each turn of the event loop, so the CPU
 * time between two of its calls is that of the longest turn between them, and a millisecond more at most.
 */

/** Shorter ones are not worth telling. */
const WORTH_TELLING_MS = 1;

function watch(directory: string): void {
  const { pid, env } = process;
  const file = `${directory}/${env.SEQUEMENT_ROLE ?? 'master'}.${pid}`;
  const schedule = openSync(`/proc/${pid}/task/${pid}/schedstat`, 'r');
  const text = Buffer.alloc(64);
  const threadMs = () => {
    // The kernel brings the figure up to date when it is asked for this one.
    process.cpuUsage();
    const count = readSync(schedule, text, 0, text.length, 0);
    let nanoseconds = 0;
    for (let i = 0; i < count && text[i] !== 32; i++) {
      nanoseconds = nanoseconds * 10 + (text[i] as number) - 48;
    }
    return nanoseconds / 1e6;
  };
  let before = threadMs();
  setInterval(() => {
    const turnMs = threadMs() - before;
    if (turnMs > WORTH_TELLING_MS) appendFileSync(file, `${Date.now()} ${turnMs.toFixed(2)}\n`);
    before = threadMs();
  }, 1).unref();
}

const { BENCH_TURNS } = process.env;
if (BENCH_TURNS !== undefined) watch(BENCH_TURNS);
