import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startRedis, startSequement, temporaryDirectory } from '../server/start.js';

/** What became of one published test. */
export interface Outcome {
  readonly title: string;
  /** `left`: the test says of itself that it is not for a server like this. */
  readonly result: 'passed' | 'failed' | 'skipped' | 'left';
  /** What it said; '' when it passed. */
  readonly detail: string;
}

const TEXT_VALUES = readFileSync(
  new URL('../../../test/redis-tests/text-values.tcl', import.meta.url),
);

const PROGRAMS = [
  'redis-server',
  'redis-cli',
  'redis-benchmark',
  'redis-check-aof',
  'redis-check-rdb',
];

/**
 * A directory from which the published tests can run: copies of what they are made of, since they write beside themselves, and the
 * programs that are installed, which they look for beside their sources. With `textsAreNumbers` a value that is no integer is sent as one
 * that stands for it (text-values.tcl).
 */
export function prepareTests(source: string, textsAreNumbers: boolean): string {
  const dir = temporaryDirectory();
  cpSync(join(source, 'tests'), join(dir, 'tests'), { recursive: true });
  cpSync(join(source, 'utils'), join(dir, 'utils'), { recursive: true });
  // It plays everything twice, by EVAL and by functions, which there are not.
  const scripting = join(dir, 'tests', 'unit', 'scripting.tcl');
  const text = readFileSync(scripting, 'latin1');
  writeFileSync(scripting, text.replace('foreach is_eval {0 1}', 'foreach is_eval {1}'), 'latin1');
  if (textsAreNumbers) appendFileSync(join(dir, 'tests', 'support', 'redis.tcl'), TEXT_VALUES);
  mkdirSync(join(dir, 'tests', 'tmp'), { recursive: true });
  mkdirSync(join(dir, 'src'));
  for (const program of PROGRAMS) {
    const found = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
    if (found !== '') symlinkSync(found, join(dir, 'src', program));
  }
  return dir;
}

export interface UnitOptions {
  /** From `prepareTests`. */
  readonly dir: string;
  /** Such as `unit/type/incr`. */
  readonly unit: string;
  /** Titles of tests that are not played, or regular expressions with a slash in front. */
  readonly skipped: readonly string[];
  /** Against redis-server itself, which tests this runner. */
  readonly isRedis: boolean;
  readonly further: readonly string[];
  readonly serverArguments: readonly string[];
}

/** Plays a unit against a server of its own. */
export async function runUnit(options: UnitOptions): Promise<Outcome[]> {
  const start = options.isRedis ? startRedis : startSequement;
  const server = await start({ arguments: options.serverArguments });
  try {
    const skipFile = join(options.dir, 'skipped.txt');
    writeFileSync(skipFile, `${options.skipped.join('\n')}\n`);
    const output = await tclsh(options.dir, [
      'tests/test_helper.tcl',
      ...['--host', '127.0.0.1', '--port', String(server.port), '--single', options.unit],
      ...['--durable', '--timeout', '60', '--skipfile', skipFile, ...options.further],
    ]);
    return outcomesIn(output);
  } finally {
    await server.stop();
  }
}

function tclsh(cwd: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('tclsh', words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    child.once('error', reject);
    child.once('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  });
}

/** Reads what the tests print: a line for each in brackets, and behind a failure what it said. */
export function outcomesIn(output: string): Outcome[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they colour their output
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  const [played = ''] = plain.split(/\n\s*The End\n/);
  const outcomes: Outcome[] = [];
  const heading = /^\[([\w -]+|\d+\/\d+ \w+)\]: ?(.*)$/;
  let failure: string[] | undefined;
  const finish = () => {
    if (failure === undefined) return;
    const [title = '', ...detail] = failure;
    outcomes.push({
      title: title.replace(/ in tests\/\S+$/, ''),
      result: 'failed',
      detail: detail.join('\n').trim(),
    });
    failure = undefined;
  };
  for (const line of played.split('\n')) {
    const [, kind, text = ''] = heading.exec(line) ?? [];
    if (kind === undefined) {
      if (line.startsWith('Testing ')) finish();
      else failure?.push(line);
      continue;
    }
    finish();
    if (kind === 'ok') {
      outcomes.push({ title: text.replace(/ \(\d+ ms\)$/, ''), result: 'passed', detail: '' });
    } else if (kind === 'err' || kind === 'exception' || kind === 'TIMEOUT') failure = [text];
    else if (kind === 'skip') outcomes.push({ title: text, result: 'skipped', detail: '' });
    else if (kind === 'ignore') {
      const [title = '', detail = ''] = text.split(/: (?=[^:]*$)/);
      outcomes.push({ title, result: 'left', detail });
    }
  }
  finish();
  return outcomes;
}
