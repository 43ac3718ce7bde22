import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Group, killGroups } from './group.js';
import { type Mutant, mutate } from './mutant.js';
import { runTests, type TestRun } from './test-run.js';

/** Not needed in a copy, or too large for one. */
const LEFT_OUT = new Set(['node_modules', '.git', '.ci', 'data']);

/** A busy machine starts a server in ten seconds and more. */
const TRAFFIC_LIMIT_MS = 60_000;

const workspaces = new Set<string>();

process.once('exit', () => {
  killGroups();
  for (const root of workspaces)
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});

/** A throw-away copy of the project, compiled tests included, in which one mutant after the other is built and tested. */
export class Workspace {
  readonly #root: string;
  readonly #temporary: string;

  /** `project` has been built, its tests too. */
  constructor(project: string) {
    this.#root = mkdtempSync(join(tmpdir(), 'mutants-'));
    workspaces.add(this.#root);
    cpSync(project, this.#root, {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(basename(source)),
    });
    symlinkSync(join(project, 'node_modules'), join(this.#root, 'node_modules'));
    // It would notice every mutant, by the text of the sources.
    rmSync(join(this.#root, 'build', 'test', 'mutants', 'mutants.test.js'));
    this.#temporary = join(this.#root, 'tmp');
  }

  /** Runs the named tests on the sources as they are compiled. */
  test(tests: readonly string[], titles: readonly string[] = []): Promise<TestRun> {
    return this.#withTemporary(() => runTests(this.#root, this.#temporary, tests, titles));
  }

  /** Throws when a server as the sources are compiled does not do what any server does. */
  async expectOrdinaryTraffic(): Promise<void> {
    await this.#withTemporary(async () => {
      let output = '';
      const program = join('build', 'test', 'mutants', 'ordinary-traffic.js');
      const group = new Group(this.#root, this.#temporary, [program], (text) => {
        output += text;
      });
      const limit = setTimeout(() => group.kill(), TRAFFIC_LIMIT_MS);
      const status = await group.ended;
      clearTimeout(limit);
      if (status !== 0) throw new Error(`it does not serve ordinary traffic: ${output.trim()}`);
    });
  }

  async #withTemporary<Result>(act: () => Promise<Result>): Promise<Result> {
    mkdirSync(this.#temporary);
    try {
      return await act();
    } finally {
      rmSync(this.#temporary, { recursive: true, force: true });
    }
  }

  /** Has the sources compiled with a mutant in them while `act` runs. Throws when it no longer applies or does not compile. */
  async with<Result>(mutant: Mutant, act: () => Promise<Result>): Promise<Result> {
    const path = join(this.#root, mutant.file);
    const source = await readFile(path, 'utf8');
    writeFileSync(path, mutate(source, mutant));
    try {
      await this.#compile(mutant.name);
      return await act();
    } finally {
      writeFileSync(path, source);
    }
  }

  /** An error of types is an error of the mutant, never a catch; what a mutant leaves unused is none. */
  async #compile(name: string): Promise<void> {
    const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
    const lenient = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
    const child = spawn(process.execPath, [tsc, '-p', 'tsconfig.json', ...lenient], {
      cwd: this.#root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error(`the mutant ${name} does not compile:\n${output}`);
  }
}
