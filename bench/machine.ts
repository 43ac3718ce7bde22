import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { BenchFailure } from './failure.js';

/** What the figures depend on besides the servers. */
export interface Machine {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly nodeVersion: string;
  readonly redisVersion: string;
  /** Load average of the last minute before the start: above 0.5, somebody else is at work. */
  readonly loadBefore: number;
  readonly clockTicksPerSecond: number;
  readonly startedAt: string;
}

/** Fails with a sentence when one of `programs` (of Redis) can't be run. */
export function inspectMachine(programs: readonly RedisProgram[]): Machine {
  const versions = programs.map(versionOf);
  return {
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    nodeVersion: process.version,
    redisVersion: versions[0] ?? 'none',
    loadBefore: loadavg()[0] ?? 0,
    clockTicksPerSecond: Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })),
    startedAt: new Date().toISOString(),
  };
}

export type RedisProgram = 'redis-server' | 'redis-benchmark';

export function describe(machine: Machine): string {
  return [
    `${machine.cpuModel}, ${machine.cores} cores, Linux ${machine.kernel}, `,
    `Node ${machine.nodeVersion}, Redis ${machine.redisVersion}, `,
    `load before the start ${machine.loadBefore.toFixed(2)}`,
  ].join('');
}

function versionOf(program: RedisProgram): string {
  try {
    const text = execFileSync(program, ['--version'], { encoding: 'utf8' });
    return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';
  } catch {
    throw new BenchFailure(
      `${program} can't be run: the benchmark needs redis-server and redis-benchmark on the PATH (Debian: apt-get install redis).`,
    );
  }
}
