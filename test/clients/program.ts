import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../server/start.js';

const WITHIN_MS = 30_000;
/** Programs in TypeScript are compiled; those in other languages stay where they are. */
const COMPILED = fileURLToPath(new URL('programs/', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../../test/clients/programs/', import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The version that a probe prints; undefined where what it asks for is not installed. */
export async function versionOf(probe: readonly string[]): Promise<string | undefined> {
  try {
    const { status, stdout } = await run(probe);
    return status === 0 && stdout !== '' ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** What can be started; compiles a program in C. */
export async function prepare(command: readonly string[]): Promise<readonly string[]> {
  const [first = ''] = command;
  if (!first.endsWith('.c')) return command.map(placed);
  const binary = join(temporaryDirectory(), 'program');
  const compiled = await run(['gcc', '-O1', '-o', binary, placed(first), '-lhiredis']);
  if (compiled.status !== 0) throw new Error(compiled.stderr);
  return [binary];
}

function placed(word: string): string {
  if (/^\w+\.(php|py|rb|pl|c)$/.test(word)) return join(SOURCES, word);
  return /^\w+\.js$/.test(word) ? join(COMPILED, word) : word;
}

/** Runs a command to its end, or to its death after half a minute; rejects when there is no such command. */
export async function run(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Outcome> {
  const [name = '', ...words] = command;
  const child = spawn(name, words, { env: { ...process.env, ...environment } });
  const force = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status] = (await once(child, 'close').finally(() => clearTimeout(force))) as [
    number | null,
  ];
  return { status, ...said };
}
