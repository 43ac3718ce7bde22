import fc from 'fast-check';
import { aclTargets } from './acl-targets.js';
import { confTargets } from './conf-targets.js';
import { logTargets } from './log-targets.js';
import { mutantsOf } from './mutation.js';
import { pipeTargets } from './pipe-targets.js';
import { requestTargets } from './request-targets.js';
import type { FuzzTarget } from './target.js';

export const targets: readonly FuzzTarget[] = [
  ...requestTargets,
  ...pipeTargets,
  ...logTargets,
  ...confTargets,
  ...aclTargets,
];

/** Checks the corpus as it is, and then so many mutants of it. Rejects with the smallest input that fails, and the seed. */
export async function fuzz(target: FuzzTarget, runs: number, seed?: number): Promise<void> {
  for (const bytes of target.corpus) await checkSeed(target, bytes);
  const property = fc.asyncProperty(mutantsOf(target.corpus), async (input) => {
    await target.check(input);
  });
  const parameters = { numRuns: runs, ...(seed === undefined ? {} : { seed }) };
  const result = await fc.check(property, parameters);
  if (!result.failed) return;
  const [input] = result.counterexample ?? [];
  throw new Error(
    `${target.name}, seed ${result.seed}, after ${result.numRuns} inputs: ${result.errorInstance}\n` +
      `bytes (base64): ${input?.bytes.toString('base64')}\ncuts: ${JSON.stringify(input?.cuts)}`,
    { cause: result.errorInstance },
  );
}

async function checkSeed(target: FuzzTarget, bytes: Buffer): Promise<void> {
  try {
    await target.check({ bytes, cuts: [] });
  } catch (cause) {
    const text = bytes.toString('base64', 0, 1000);
    throw new Error(`${target.name}, corpus: ${cause}\nbytes (base64): ${text}`, { cause });
  }
}
