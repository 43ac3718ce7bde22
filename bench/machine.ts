import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { BenchFailure } from './failure.js';
import { figure } from './table.js';

/** What the figures depend on besides the servers. */
export interface Machine {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly nodeVersion: string;
  /** Of the programs that were measured, or measured with. */
  readonly versions: Readonly<Record<string, string>>;
  /** Load average of the last minute before the start: above 0.5, somebody else is at work. */
  readonly loadBefore: number;
  /** How long a sync takes on the disk of the data, where that was measured. */
  readonly syncMs?: number;
  readonly clockTicksPerSecond: number;
  readonly startedAt: string;
}

/** Fails with a sentence when one of `programs` can't be run. */
export function inspectMachine(programs: readonly string[]): Machine {
  const versions = programs.map((program) => [program, versionOf(program)]);
  return {
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    nodeVersion: process.version,
    versions: Object.fromEntries(versions),
    loadBefore: loadavg()[0] ?? 0,
    clockTicksPerSecond: Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })),
    startedAt: new Date().toISOString(),
  };
}

/** The servers' own programs stand for what comes with them. */
const TOLD: Readonly<Record<string, string>> = {
  'redis-server': 'Redis',
  'valkey-server': 'Valkey',
  postgres: 'PostgreSQL',
};

export function describe(machine: Machine): string {
  const versions = Object.entries(machine.versions)
    .filter(([program]) => program in TOLD)
    .map(([program, version]) => `${TOLD[program]} ${version}, `);
  return [
    `${machine.cpuModel}, ${machine.cores} cores, Linux ${machine.kernel}, `,
    `Node ${machine.nodeVersion}, `,
    ...versions,
    machine.syncMs === undefined ? '' : `a disk sync takes ${figure(machine.syncMs)} ms, `,
    `load before the start ${machine.loadBefore.toFixed(2)}`,
  ].join('');
}

function versionOf(program: string): string {
  try {
    const text = execFileSync(program, ['--version'], { encoding: 'utf8' });
    return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? 'unknown';
  } catch {
    throw new BenchFailure(
      `${program} can't be run. Is it on the PATH? (Debian: apt-get install redis postgresql.) --servers leaves servers out.`,
    );
  }
}
