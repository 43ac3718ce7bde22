import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { memoryOfTree, treeOf } from '../../bench/process-tree.js';
import { titleOf } from '../server/processes.js';

/** What a server at rest holds on to. */
export interface Footprint {
  /** Of the whole tree, in bytes; shared pages count once. */
  readonly pss: number;
  /** Open descriptors of each role, over all its processes. */
  readonly descriptors: Readonly<Record<string, number>>;
}

/** Long enough for idle processes to collect their garbage, which they do a second after the last work. */
const REST_MS = 2000;
const SAMPLES = 4;

export async function footprintOf(master: number): Promise<Footprint> {
  let pss = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SAMPLES; i++) {
    await delay(REST_MS / SAMPLES);
    pss = Math.min(pss, memoryOfTree(master).pss);
  }
  const descriptors: Record<string, number> = {};
  for (const { pid } of treeOf(master)) {
    const role = titleOf(pid);
    descriptors[role] = (descriptors[role] ?? 0) + readdirSync(`/proc/${pid}/fd`).length;
  }
  return { pss, descriptors };
}

/** So much more than after the warm-up is noise: of the collector, of who has just been started anew. */
const NOISE_FACTOR = 1.15;
const NOISE_BYTES = 16 << 20;

/** In which way the last is more than the first; empty when it is not. */
export function growth(first: Footprint, last: Footprint): string[] {
  const problems: string[] = [];
  if (last.pss > first.pss * NOISE_FACTOR + NOISE_BYTES)
    problems.push(`the memory grew from ${megabytes(first.pss)} to ${megabytes(last.pss)}`);
  for (const [role, count] of Object.entries(last.descriptors)) {
    const before = first.descriptors[role] ?? 0;
    if (count > before) problems.push(`${role}: ${count} descriptors, ${before} before`);
  }
  return problems;
}

export function show({ pss, descriptors }: Footprint): string {
  const counts = Object.entries(descriptors).map(([role, count]) => `${role} ${count}`);
  return `${megabytes(pss)}, descriptors: ${counts.join(', ')}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
