import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, program } from 'commander';
import { mutants } from './list.js';
import { type Mutant, RULES } from './mutant.js';
import { noticedBy, readPage, writePage } from './page.js';
import { isGood, type Outcome, type Result, row, summary } from './report.js';
import { Workspace } from './workspace.js';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

interface Flags {
  readonly only?: readonly string[];
  readonly part?: Part;
  readonly jobs: number;
  readonly list?: true;
  readonly page?: string;
}

/** The `index`-th of `count`, from 1 on. */
interface Part {
  readonly index: number;
  readonly count: number;
}

/** Each mutant breaks a rule, and a test that it names must fail with it. */
async function run({
  only,
  part = { index: 1, count: 1 },
  jobs,
  list,
  page,
}: Flags): Promise<boolean> {
  const chosen = mutants
    .filter(({ name, rule }) => only?.some((text) => `${rule} ${name}`.includes(text)) ?? true)
    .filter((_, at) => at % part.count === part.index - 1);
  if (chosen.length === 0) throw new Error('no mutant has such a name; --list shows them all');
  if (list) {
    for (const { name, rule, file } of chosen) print(`${name} (${rule}: ${RULES[rule]}; ${file})`);
    return true;
  }
  const workspaces = Array.from({ length: jobs }, () => new Workspace(PROJECT));
  print(`${chosen.length} mutants; the tests that are to notice them, without any, first`);
  await expectSound(workspaces, chosen);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const results: Result[] = [];
  await shared(workspaces, chosen, async (workspace, mutant) => {
    const startedMs = performance.now();
    const outcome = await tryOut(workspace, mutant);
    const result = { mutant, outcome, seconds: (performance.now() - startedMs) / 1000 };
    results.push(result);
    print(row(result, width));
  });
  print(`\n${summary(results)}`);
  if (page !== undefined) record(page, results);
  return results.every(isGood);
}

/** Mutants that were not tried now keep their rows. */
function record(page: string, results: readonly Result[]): void {
  const known = readPage(existsSync(page) ? readFileSync(page, 'utf8') : '');
  writeFileSync(page, writePage(mutants, noticedBy(known, results)));
}

/** Each item in the workspace that is free next. */
async function shared<Item>(
  workspaces: readonly Workspace[],
  items: Iterable<Item>,
  act: (workspace: Workspace, item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const work = async (workspace: Workspace) => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await act(workspace, item);
    }
  };
  await Promise.all(workspaces.map(work));
}

/** Without a mutant every test that is to notice one passes; else its failing would show nothing. */
async function expectSound(
  workspaces: readonly Workspace[],
  chosen: readonly Mutant[],
): Promise<void> {
  await workspaces[0]?.expectOrdinaryTraffic();
  let skipped = 0;
  const files = new Set(chosen.flatMap(({ tests }) => tests));
  await shared(workspaces, files, async (workspace, file) => {
    const result = await workspace.test([file], titlesIn(file, chosen));
    if (result.kind === 'stuck') throw new Error(`${file} does not end without a mutant`);
    if (result.kind === 'failed')
      throw new Error(`${file} fails without a mutant: ${result.by.test}`);
    skipped += result.skipped;
  });
  if (skipped > 0) print(`${skipped} tests are skipped here (strace or redis-server is missing)`);
}

/** The tests of this file that are run, none for all. */
function titlesIn(file: string, chosen: readonly Mutant[]): string[] {
  const own = chosen.filter(({ tests }) => tests.includes(file));
  if (own.some(({ title }) => title === undefined)) return [];
  return [...new Set(own.flatMap(({ title }) => title ?? []))];
}

async function tryOut(workspace: Workspace, mutant: Mutant): Promise<Outcome> {
  try {
    return await workspace.with(mutant, async () => {
      await workspace.expectOrdinaryTraffic();
      const result = await workspace.test(
        mutant.tests,
        mutant.title === undefined ? [] : [mutant.title],
      );
      if (result.kind === 'failed') return { kind: 'caught', by: result.by };
      if (result.kind === 'passed') return { kind: 'survived' };
      return { kind: 'broken', reason: 'its tests do not end' };
    });
  } catch (error) {
    return { kind: 'broken', reason: (error as Error).message };
  }
}

function parsePart(text: string): Part {
  const [index = 0, count = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : [];
  if (index >= 1 && index <= count) return { index, count };
  throw new InvalidArgumentError('a part is wanted like 2/5, from 1/5 to 5/5');
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
  .option('--only <names...>', 'the mutants whose names or rules contain one of these')
  .option('--part <part>', 'a part of them, like 2/5: all five together are a whole run', parsePart)
  .option('--jobs <number>', 'mutants that are tried at once', parseJobs, 2)
  .option('--page <file>', 'write there which test noticed what')
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
