import type { Writable } from 'node:stream';
import type { Redis } from 'ioredis';
import { keyName } from '../load/keys.js';
import { Load, type LoadPlan, type LoadResult } from '../load/load.js';
import type { Verifier } from '../load/verifier.js';
import { type BenchReport, benchReport, type Verification } from './bench-report.js';
import { withConnection } from './connection.js';
import { Failure } from './failure.js';
import { describeTarget, type Target } from './target.js';

export interface BenchOptions extends LoadPlan {
  /** Numbers that no client got break nothing. */
  readonly allowGaps: boolean;
  readonly json: boolean;
}

const NAMES_AT_ONCE = 1000;
const PROGRESS_EVERY_MS = 1000;
const INTERRUPTED = 130;

/**
 * Loads a server, prints what came of it, and returns the exit status: 0, or 1 when numbers were found wrong or commands got
 * errors, or 130 when it was interrupted and all was well.
 */
export async function bench(target: Target, options: BenchOptions, out: Writable): Promise<number> {
  const load = new Load(options, target);
  const { verifier } = load;
  // It also tells in good words what is wrong with the target.
  const before = await withConnection(target, (redis) =>
    options.verify ? beginAt(redis, options, verifier) : redis.ping().then(() => 0),
  );
  const result = await run(load, target);
  const report: BenchReport = {
    server: describeTarget(target),
    plan: options,
    result,
    ...(options.verify && {
      verification: await conclude(target, options, verifier, before, result),
    }),
  };
  out.write(options.json ? `${JSON.stringify(report)}\n` : benchReport(report));
  const isFine = Object.keys(result.errors).length === 0 && report.verification?.isFine !== false;
  if (!isFine) return 1;
  return result.wasStopped ? INTERRUPTED : 0;
}

async function run(load: Load, target: Target): Promise<LoadResult> {
  const stop = () => load.stop();
  process.once('SIGINT', stop);
  const watch = process.stderr.isTTY ? setInterval(progressOf(load), PROGRESS_EVERY_MS) : undefined;
  try {
    return await load.run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`the connection to ${describeTarget(target)} failed: ${reason}`);
  } finally {
    process.off('SIGINT', stop);
    clearInterval(watch);
    if (watch !== undefined) process.stderr.write('\r\x1b[K');
  }
}

function progressOf(load: Load): () => void {
  let seen = 0;
  return () => {
    const { commands, p99Ms } = load.progress;
    const rate = Math.max(0, commands - seen).toLocaleString('en-US');
    seen = commands;
    process.stderr.write(`\r\x1b[K${rate} commands in the last second, p99 ${p99Ms.toFixed(2)} ms`);
  };
}

/** Tells the verifier where all sequences stand, and returns the sum. */
function beginAt(redis: Redis, options: LoadPlan, verifier: Verifier): Promise<number> {
  return sumOfValues(redis, options, (key, value) => verifier.begin(key, value));
}

async function sumOfValues(
  redis: Redis,
  { keys, prefix }: LoadPlan,
  told: (key: number, value: number) => void,
): Promise<number> {
  let sum = 0;
  for (let first = 0; first < keys.count; first += NAMES_AT_ONCE) {
    const length = Math.min(NAMES_AT_ONCE, keys.count - first);
    const names = Array.from({ length }, (_, at) => keyName(prefix, keys, first + at));
    for (const [at, text] of (await redis.mget(names)).entries()) {
      const value = Number(text ?? 0);
      if (!Number.isSafeInteger(value)) {
        throw new Failure(`${names[at]} is at ${text}: only numbers below 2^53 can be verified`);
      }
      sum += value;
      told(first + at, value);
    }
  }
  return sum;
}

/** What the verifier found, and whether the sequences stand where the numbers that came have led. */
async function conclude(
  target: Target,
  options: BenchOptions,
  verifier: Verifier,
  before: number,
  result: LoadResult,
): Promise<Verification> {
  const { keys, prefix, allowGaps, count } = options;
  const wentBack: string[] = [];
  const after = await withConnection(target, (redis) =>
    sumOfValues(redis, options, (key, value) => {
      const highest = verifier.highestOf(key);
      if (value >= highest || wentBack.length > 0) return;
      wentBack.push(
        `${keyName(prefix, keys, key)}: it is at ${value}, and ${highest} came from it`,
      );
    }),
  );
  const violations = verifier.violations.map(
    ({ key, text }) => `${keyName(prefix, keys, key)}: ${text}`,
  );
  const missing = after - before - verifier.verified;
  const isExplained = allowGaps || missing <= result.unanswered * count;
  const violationCount = verifier.violationCount + wentBack.length;
  return {
    isFine: violationCount === 0 && isExplained,
    verified: verifier.verified,
    sequences: keys.count,
    missing,
    violationCount,
    violations: [...violations, ...wentBack],
  };
}
