import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, program } from 'commander';
import { mutants } from './list.js';
import { type Mutant, RULES } from './mutant.js';
import { isGood, type Outcome, type Result, row, summary } from './report.js';
import { Workspace } from './workspace.js';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

interface Flags {
  readonly only?: readonly string[];
  readonly jobs: number;
  readonly list?: true;
}

/** Each mutant breaks a rule, and a test that it names must fail with it. */
async function run({ only, jobs, list }: Flags): Promise<boolean> {
  const chosen = mutants.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true);
  if (chosen.length === 0) throw new Error('no mutant has such a name; --list shows them all');
  if (list) {
    for (const { name, rule, file } of chosen) print(`${name} (${rule}: ${RULES[rule]}; ${file})`);
    return true;
  }
  const workspaces = Array.from({ length: jobs }, () => new Workspace(PROJECT));
  await expectSound(workspaces[0] as Workspace, chosen);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const queue = [...chosen];
  const results: Result[] = [];
  const work = async (workspace: Workspace) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const startedMs = performance.now();
      const outcome = await tryOut(workspace, mutant);
      const result = { mutant, outcome, seconds: (performance.now() - startedMs) / 1000 };
      results.push(result);
      print(row(result, width));
    }
  };
  await Promise.all(workspaces.map(work));
  print(`\n${summary(results)}`);
  return results.every(isGood);
}

/** Without a mutant every test that is to notice one passes; else its failing would show nothing. */
async function expectSound(workspace: Workspace, chosen: readonly Mutant[]): Promise<void> {
  print(`${chosen.length} mutants; the tests that are to notice them, without any, first`);
  let skipped = 0;
  const parts = [
    chosen.filter(({ title }) => title === undefined),
    chosen.filter(({ title }) => title !== undefined),
  ];
  for (const part of parts.filter(({ length }) => length > 0)) {
    const files = [...new Set(part.flatMap(({ tests }) => tests))];
    const result = await workspace.test(files, titlesOf(part));
    if (result.kind === 'stuck') throw new Error('the tests do not end without a mutant');
    if (result.kind === 'failed') throw new Error(`fails without a mutant: ${result.by}`);
    skipped += result.skipped;
  }
  if (skipped > 0) print(`${skipped} tests are skipped here (strace or redis-server is missing)`);
}

function titlesOf(chosen: readonly Mutant[]): string[] {
  return [...new Set(chosen.flatMap(({ title }) => title ?? []))];
}

async function tryOut(workspace: Workspace, mutant: Mutant): Promise<Outcome> {
  try {
    return await workspace.with(mutant, async () => {
      const result = await workspace.test(mutant.tests, titlesOf([mutant]));
      if (result.kind === 'failed') return { kind: 'caught', by: result.by };
      if (result.kind === 'passed') return { kind: 'survived' };
      return { kind: 'broken', reason: 'its tests do not end' };
    });
  } catch (error) {
    return { kind: 'broken', reason: (error as Error).message };
  }
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 64) return jobs;
  throw new InvalidArgumentError('a number from 1 to 64 is wanted');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

program
  .name('mutants')
  .description('Breaks each rule of ARCHITECTURE.md in a copy of the sources; some test must fail.')
  .option('--only <names...>', 'the mutants whose names contain one of these')
  .option('--jobs <number>', 'mutants that are tried at once', parseJobs, 2)
  .option('--list', 'name the mutants and try none')
  .action(async (flags: Flags) => {
    try {
      process.exitCode = (await run(flags)) ? 0 : 1;
    } catch (error) {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exitCode = 2;
    }
  });
await program.parseAsync();
