import { CommanderError } from 'commander';
import { ConfigError } from '../config/config.js';
import { Failure } from './failure.js';
import { type Acts, createProgram } from './program.js';
import { joinValues } from './serve-options.js';
import { findTarget } from './target.js';
import { joinUsers } from './user-options.js';

/** Each subcommand is loaded when it is called for, so that a server has no client in its memory. */
const acts: Acts = {
  serve: async (options) => {
    const { serve } = await import('./serve.js');
    await serve(options);
    return 0;
  },
  check: async (dir, options) => {
    const { check } = await import('./check.js');
    return check(dir, options);
  },
  backup: async (dir, path, options) => {
    const { backup } = await import('./backup.js');
    await backup(dir, path, options, process.stdout);
    return 0;
  },
  restore: async (path, dir, options) => {
    const { restore } = await import('./restore.js');
    await restore(path, dir, options, process.stdout);
    return 0;
  },
  next: async (options, name, count) => {
    const { next } = await import('./next.js');
    await next(findTarget(options, process.env), name, count, process.stdout);
    return 0;
  },
  get: async (options, name) => {
    const { get } = await import('./get.js');
    await get(findTarget(options, process.env), name, process.stdout);
    return 0;
  },
  list: async (options, pattern) => {
    const { list } = await import('./list.js');
    await list(findTarget(options, process.env), pattern, process.stdout);
    return 0;
  },
  info: async (options, section) => {
    const { info } = await import('./info.js');
    await info(findTarget(options, process.env), section, process.stdout);
    return 0;
  },
  bench: async (target, options) => {
    const { bench } = await import('./bench.js');
    return bench(findTarget(target, process.env), options, process.stdout);
  },
};

/**
 * Does what the arguments say and resolves to the exit status. Errors have been printed then, on the standard error
 * and in one line.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let status = 0;
  const program = createProgram(acts, (result) => {
    status = result;
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'sequement: ')),
    });
  }
  process.stdout.on('error', endQuietly);
  try {
    const subcommands = program.commands.map((command) => command.name());
    await program.parseAsync(joinValues(joinUsers(argv, subcommands)), { from: 'user' });
    return status;
  } catch (error) {
    // Commander has printed its own.
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`sequement: ${describeError(error)}\n`);
    return 1;
  }
}

/** The reader of our output is gone (`sequement list | head`). */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurFault = error instanceof TypeError || error instanceof ReferenceError;
  if (error instanceof Failure || error instanceof ConfigError || !isOurFault) return error.message;
  return `internal error: ${error.stack}`;
}
