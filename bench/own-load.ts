import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoadResult } from '#dist/load/load.js';
import { BenchFailure, reasonOf } from './failure.js';
import type { Shape } from './shapes.js';

const execute = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
/** Beyond the time that a run is to last. */
const PATIENCE_MS = 60_000;

export interface OwnLoad {
  readonly port: number;
  readonly shape: Shape;
  readonly seconds: number;
  /** Seconds before that are not measured. */
  readonly warmUp: number;
  /** Commands per second; undefined: as fast as the answers come. */
  readonly rate?: number;
}

/** One run of `sequement bench` with INCR of one hot sequence, in a process of its own. */
export async function runOwnLoad(load: OwnLoad, signal: AbortSignal): Promise<LoadResult> {
  const { port, shape, seconds, warmUp, rate } = load;
  const args = [PROGRAM, 'bench', '--json', '--port', String(port), '--seconds', String(seconds)];
  args.push('-c', String(shape.clients), '-P', String(shape.pipeline), '--warm-up', String(warmUp));
  if (rate !== undefined) args.push('--rate', String(rate));
  const timeout = (seconds + warmUp) * 1000 + PATIENCE_MS;
  try {
    const { stdout } = await execute(process.execPath, args, {
      signal,
      timeout,
      maxBuffer: 1 << 24,
    });
    return (JSON.parse(stdout) as { result: LoadResult }).result;
  } catch (error) {
    signal.throwIfAborted();
    throw new BenchFailure(`sequement ${args.slice(1).join(' ')} failed: ${reasonOf(error)}`);
  }
}
