import { join } from 'node:path';
import { Group } from './group.js';

/** The test runner's own limit: so long may a file be silent. A test that it ends has failed. */
const SILENCE = '60s';
/** A run that goes on for so long is stuck in a way that the test runner does not notice. That is no catch. */
const RUN_LIMIT_MS = 300_000;
/** The test runner waits for what its tests left behind; when it has told of a failure, not for longer than this. */
const FAILED_LIMIT_MS = 5_000;

export type TestRun =
  | { readonly kind: 'passed'; readonly skipped: number }
  /** `by` is a test's title, or how its file ended. */
  | { readonly kind: 'failed'; readonly by: string }
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
  return judge(status, output);
}

function hasFailed(output: string): boolean {
  return output.includes('✘ ');
}

function judge(status: number | null, output: string): TestRun {
  if (status === 0) {
    return { kind: 'passed', skipped: output.split('- [skip]').length - 1 };
  }
  const failed = /✘ \[fail\]: (.+)$/m.exec(output)?.[1];
  if (failed !== undefined) return { kind: 'failed', by: titleOf(failed, output) };
  if (output.includes('Timed out while running tests')) {
    const pending = /◌ (.+)$/m.exec(output)?.[1] ?? 'a test that did not begin';
    return { kind: 'failed', by: `time limit of the test runner, in: ${pending}` };
  }
  const exception = /^\s*(Uncaught exception|Unhandled rejection) in [\s\S]{1,400}/m.exec(output);
  if (exception !== null) {
    return { kind: 'failed', by: exception[0].trim().replace(/\s+/g, ' ') };
  }
  const exit = /✘ (.+ exited .+)$/m.exec(output);
  if (exit !== null) return { kind: 'failed', by: exit[1] as string };
  if (status === null) return { kind: 'stuck' };
  throw new Error(`the test runner itself failed:\n${output.slice(-2000)}`);
}

/** The runner puts the error behind the title; the details that follow begin with the title alone. */
function titleOf(failed: string, output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.find((line) => line.length > 3 && failed.startsWith(line)) ?? failed;
}
