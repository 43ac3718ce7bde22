import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** A process of the system; a later one with the same number is another one. */
export interface SystemProcess {
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: string;
  readonly isZombie: boolean;
}

/** Undefined when there is none with that number. */
export function processOf(pid: number): SystemProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      parent: Number(fields[1]),
      startedAt: fields[19] ?? '',
      isZombie: fields[0] === 'Z' || fields[0] === 'X',
    };
  } catch {
    return undefined;
  }
}

export function isStopped(pid: number): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

export function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0] ?? '';
  } catch {
    return '';
  }
}

export function childrenOf(pid: number): SystemProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processOf(Number(name)))
    .filter((each) => each !== undefined)
    .filter((each) => each.parent === pid && !each.isZombie);
}

export type Role = 'worker' | 'writer';

/** The pids of a master's children of one role, lowest first. */
export function pidsOf(master: number, role: Role): number[] {
  return childrenOf(master)
    .map((each) => each.pid)
    .filter((pid) => titleOf(pid).startsWith(`sequement-${role}`))
    .sort((a, b) => a - b);
}

/** Waits until a master has that many children of one role. */
export async function untilPidsOf(master: number, role: Role, count = 1): Promise<number[]> {
  let pids: number[] = [];
  await until(`${count} ${role}(s)`, () => {
    pids = pidsOf(master, role);
    return pids.length === count;
  });
  return pids;
}

export async function onlyPidOf(master: number, role: Role): Promise<number> {
  return (await untilPidsOf(master, role))[0] as number;
}

export function isAlive(pid: number): boolean {
  return processOf(pid)?.isZombie === false;
}

export function isGone(process: SystemProcess): boolean {
  const now = processOf(process.pid);
  return now === undefined || now.isZombie || now.startedAt !== process.startedAt;
}

/** Ends a server and all its children with SIGKILL, as a power cut would; resolves when the server is gone. */
export async function killTree(server: {
  readonly pid: number;
  kill(): Promise<void>;
}): Promise<void> {
  const children = childrenOf(server.pid);
  const gone = server.kill();
  for (const { pid } of children) kill(pid);
  await gone;
}

/** Kills a process that may be gone already. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Milliseconds until the condition held; rejects after the deadline. For what no event tells. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<number> {
  const startedMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedMs > withinMs)
      throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(POLL_MS);
  }
  return performance.now() - startedMs;
}
