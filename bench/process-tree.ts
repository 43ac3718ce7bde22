import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process tree in bytes. Pages that several processes share count once in `pss`, once each in `rss`. */
export interface TreeMemory {
  readonly processes: number;
  readonly rss: number;
  readonly pss: number;
}

/** A process, told apart from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since the boot. */
  readonly startTicks: number;
}

interface ProcessStat extends ProcessIdentity {
  readonly parent: number;
  /** User and system time in clock ticks, its own and that of its children which have ended. */
  readonly ticks: number;
}

/** The processes below `root`, and `root` itself, as they are now. Empty when `root` has ended. */
export function treeOf(root: number): ProcessIdentity[] {
  return statsOfTree(root);
}

export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  return readStat(pid)?.startTicks === startTicks;
}

/**
 * CPU time that a process and all its descendants have used, in clock ticks. It never falls while `root` lives: a
 * child that ends leaves its time to its parent.
 */
export function cpuTicksOfTree(root: number): number {
  return statsOfTree(root).reduce((sum, stat) => sum + stat.ticks, 0);
}

export function memoryOfTree(root: number): TreeMemory {
  let processes = 0;
  let rss = 0;
  let pss = 0;
  for (const { pid } of treeOf(root)) {
    const text = readProc(`/proc/${pid}/smaps_rollup`);
    if (text === undefined) continue;
    processes++;
    rss += kilobytes(text, 'Rss') * 1024;
    pss += kilobytes(text, 'Pss') * 1024;
  }
  return { processes, rss, pss };
}

function statsOfTree(root: number): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  const tree: ProcessStat[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(Number(entry));
    if (stat === undefined) continue;
    if (stat.pid === root) tree.push(stat);
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [stat]);
    else siblings.push(stat);
  }
  // The list grows while it is walked, so it ends with the whole tree, parents first.
  for (const stat of tree) tree.push(...(children.get(stat.pid) ?? []));
  return tree;
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name stands in parentheses and may hold anything, so the fields are counted from the last one on. proc(5)
  // numbers them from 1: state is 3, ppid 4, utime 14, stime 15, cutime 16, cstime 17, starttime 22.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { pid, parent: field(4), ticks, startTicks: field(22) };
}

/** Undefined when the process has ended meanwhile. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function kilobytes(smaps: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(smaps)?.[1] ?? 0);
}
