import { join } from 'node:path';
import { Group } from './group.js';

/** The test runner's own limit: so long may a file be silent. A test that it ends has failed. */
const SILENCE = '60s';
/** A run that goes on for so long is stuck in a way that the test runner does not notice. That is no catch. */
const RUN_LIMIT_MS = 300_000;
/** How the catch by its limit begins. */
export const TIME_LIMIT = 'time limit of the test runner, in: ';
/** The test runner waits for what its tests left behind; when it has told of a failure, not for longer than this. */
const FAILED_LIMIT_MS = 5_000;

/** What failed. */
export interface Failure {
  /** Of the test files that were run, the one, as far as that is known. */
  readonly file: string;
  /** The title of the test, or how its file ended. */
  readonly test: string;
}

export type TestRun =
  | { readonly kind: 'passed'; readonly skipped: number }
  | { readonly kind: 'failed'; readonly by: Failure }
  | { readonly kind: 'stuck' };

/** Runs test files (paths from `test/` on, without `.test.ts`) in a copy of the project, or of them the tests with these titles, until one fails. */
export async function runTests(
  root: string,
  temporary: string,
  tests: readonly string[],
  titles: readonly string[],
): Promise<TestRun> {
  const files = tests.map((path) => `build/test/${path}.test.js`);
  const ava = join('node_modules', 'ava', 'entrypoints', 'cli.mjs');
  const match = titles.map((title) => `--match=*${title}`);
  let output = '';
  const parameters = [ava, '--fail-fast', `--timeout=${SILENCE}`, ...match, ...files];
  const group = new Group(root, temporary, parameters, (text) => {
    if (!hasFailed(output) && hasFailed(output + text)) {
      clearTimeout(limit);
      limit = setTimeout(() => group.kill(), FAILED_LIMIT_MS);
    }
    output += text;
  });
  let limit = setTimeout(() => group.kill(), RUN_LIMIT_MS);
  const status = await group.ended;
  clearTimeout(limit);
  return judge(status, output, tests);
}

function hasFailed(output: string): boolean {
  return output.includes('✘ ');
}

function judge(status: number | null, output: string, tests: readonly string[]): TestRun {
  if (status === 0) {
    return { kind: 'passed', skipped: output.split('- [skip]').length - 1 };
  }
  const by = failureIn(output);
  if (by !== undefined) return { kind: 'failed', by: placed(by, tests) };
  if (status === null) return { kind: 'stuck' };
  throw new Error(`the test runner itself failed:\n${output.slice(-2000)}`);
}

function failureIn(output: string): string | undefined {
  const failed = /✘ \[fail\]: (.+)$/m.exec(output)?.[1];
  if (failed !== undefined) return titleOf(failed, output);
  if (output.includes('Timed out while running tests')) {
    const pending = /◌ (.+)$/m.exec(output)?.[1] ?? 'a test that did not begin';
    return `${TIME_LIMIT}${pending}`;
  }
  const exception = /^\s*(Uncaught exception|Unhandled rejection) in [\s\S]{1,400}/m.exec(output);
  if (exception !== null) return exception[0].trim().replace(/\s+/g, ' ');
  return /✘ (.+ exited .+)$/m.exec(output)?.[1];
}

/** The runner puts the error behind the title; the details that follow begin with the title alone, which may have shorter lines like its beginning. */
function titleOf(failed: string, output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const alike = lines.filter((line) => line.length > 3 && failed.startsWith(line));
  const title = alike.sort((one, other) => other.length - one.length)[0] ?? failed;
  return title.replace(/ (Rejected promise returned by|Error thrown in) test$/, '');
}

/** Of several files, the runner says before a title which one it is from, by what their paths don't share. */
function placed(test: string, tests: readonly string[]): Failure {
  const [, limit = '', rest = ''] = new RegExp(`^(${TIME_LIMIT})?(.*)$`).exec(test) ?? [];
  const pieces = rest.split(' › ');
  for (let count = pieces.length - 1; count > 0 && tests.length > 1; count--) {
    const file = tests.find((path) => `/${path}`.endsWith(`/${pieces.slice(0, count).join('/')}`));
    if (file !== undefined) return { file, test: limit + pieces.slice(count).join(' › ') };
  }
  return { file: tests.join(', '), test };
}
