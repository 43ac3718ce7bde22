import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../server/start.js';

const WITHIN_MS = 30_000;
/** Programs in TypeScript are compiled; those in other languages stay where they are. */
const COMPILED = fileURLToPath(new URL('programs/', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../../test/clients/programs/', import.meta.url));

/** A program in the language of the library it is about. */
export interface Program {
  /** The library's. */
  readonly name: string;
  /** What it is called at npm or in Debian, whose libraries have a version of their own. */
  readonly package:
    | { readonly npm: string }
    | { readonly debian: string; readonly version: string };
  /** Prints the version; fails where the library is missing. */
  readonly probe: readonly string[];
  /** Behind it come the names of the steps. A `.c` file is compiled first. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Debian's interpreter, also where another one comes first on the PATH: its libraries are Debian's packages. */
export const PYTHON = '/usr/bin/python3';

/** A program in JavaScript, with a library from npm. */
export function npm(name: string, program: string): Pick<Program, 'package' | 'probe' | 'command'> {
  // Some have a part for each platform, and none for a few; only loading them tells.
  const probe = `await import('${name}');
    const manifest = await import('node:fs').then((fs) => fs.readFileSync('node_modules/${name}/package.json'));
    console.log(JSON.parse(manifest).version);`;
  return {
    package: { npm: name },
    probe: [process.execPath, '--input-type=module', '-e', probe],
    command: [process.execPath, program],
  };
}

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

/** What it prints, a line for each step. */
export async function transcript(
  program: Program,
  command: readonly string[],
  steps: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const { status, stdout, stderr } = await run([...command, ...steps], {
    ...environment,
    ...program.environment,
  });
  if (status !== 0) throw new Error(`${program.name} ended with ${status}: ${stdout}${stderr}`);
  return stdout.trimEnd();
}
