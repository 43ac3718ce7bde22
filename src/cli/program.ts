import { Command, InvalidArgumentError, Option } from 'commander';
import { createConfig } from '../config/config.js';
import { readUserLines } from '../config/user-lines.js';
import { type Int64, parseInt64 } from '../protocol/int64.js';
import { GAUGE_RULES } from '../store/log/jump.js';
import type { BackupOptions } from './backup.js';
import type { BenchOptions } from './bench.js';
import { addBenchOptions, type BenchFlags, benchOptions } from './bench-options.js';
import type { CheckOptions } from './check.js';
import { Failure } from './failure.js';
import type { RestoreOptions } from './restore.js';
import type { ServeOptions } from './serve.js';
import { addDirectiveOptions } from './serve-options.js';
import { addTargetOptions, type TargetOptions } from './target.js';
import { addUserOption } from './user-options.js';
import { packageVersion } from './version.js';

/** What the command line sets going. Each resolves to the exit status. */
export interface Acts {
  /** Resolves when the server serves; from then on the process ends by itself. */
  serve(options: ServeOptions): Promise<number>;
  check(dir: string, options: CheckOptions): Promise<number>;
  backup(dir: string, path: string, options: BackupOptions): Promise<number>;
  restore(path: string, dir: string, options: RestoreOptions): Promise<number>;
  next(options: TargetOptions, name: string, count: string | undefined): Promise<number>;
  get(options: TargetOptions, name: string): Promise<number>;
  list(options: TargetOptions, pattern: string | undefined): Promise<number>;
  info(options: TargetOptions, section: string | undefined): Promise<number>;
  bench(target: TargetOptions, options: BenchOptions): Promise<number>;
}

const HELP_AFTER = `
A value of several words ends at the next --option: --bind 127.0.0.1 ::1 --port 7000.
Where the configuration file has the name of a command, write ./ before it.
`;

/** The command line: no subcommand serves. `exited` gets the status of what was done. */
export function createProgram(acts: Acts, exited: (status: number) => void): Command {
  const program = new Command('sequement')
    .description(
      'Serves numbers from named sequences over the Redis protocol: every number once, in order.',
    )
    .usage('[config-file] [--<directive> <value>...]\n       sequement <command> ...')
    .argument('[config-file]', 'configuration file; see sequement.conf')
    .allowExcessArguments()
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', HELP_AFTER)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .version(packageVersion(), '-v, --version', 'show the version');
  const flags = addDirectiveOptions(program);
  const users = addUserOption(program);
  program.action(async (configFile: string | undefined) => {
    if (program.args.length > 1) throw new Failure(tooManyFiles(program));
    const reload = () => createConfig(configFile, flags);
    exited(
      await acts.serve({
        config: reload(),
        configFile: configFile ?? '',
        reload,
        users: () => [...readUserLines(configFile), ...users],
      }),
    );
  });
  program.hook('preSubcommand', (_program, subcommand) => {
    const flag = flags[0]?.[0] ?? (users.length > 0 ? 'user' : undefined);
    if (flag === undefined) return;
    const name = subcommand.name();
    throw new Failure(
      `--${flag} is an option of the server; those of ${name} come after '${name}'`,
    );
  });

  addJumpOptions(subcommand('check'))
    .description('verify the log of a server that is not running; exit status 0: it is whole')
    .argument('<dir>', 'directory of the log')
    .option('--fix', 'repair it, as far as that is possible; a copy of it is kept', false)
    .option(
      '--names-may-be-missing',
      'repair it though sequences may be lost, which begin at 1 again',
    )
    .action(async (dir: string, options: CheckOptions) => {
      exited(await acts.check(dir, options));
    });

  subcommand('backup')
    .description('copy the log of a server, running or not, to a file, and verify the copy')
    .argument('<dir>', 'directory of the log')
    .argument('<file>', 'the backup to write')
    .option('--force', 'replace a file of this name', false)
    .action(async (dir: string, path: string, options: BackupOptions) => {
      exited(await acts.backup(dir, path, options));
    });

  addJumpOptions(subcommand('restore'))
    .description('make a backup the log of a directory, with a jump over what was served since')
    .argument('<file>', 'the backup')
    .argument('<dir>', 'directory for the log')
    .option(
      '--nothing-was-served-since',
      'instead of --advance: no number was taken after the backup',
      false,
    )
    .option('--force', 'replace the log that is there; a copy of it is kept', false)
    .action(async (path: string, dir: string, options: RestoreOptions) => {
      exited(await acts.restore(path, dir, options));
    });

  addTargetOptions(subcommand('next'))
    .description('take the next number of a sequence and print it')
    .argument('<name>', 'the sequence')
    .option(
      '--count <n>',
      'take n numbers; prints the first and the last, with a blank between',
      parseCount,
    )
    .action(async (name: string, options: TargetOptions & { count?: string }) => {
      exited(await acts.next(options, name, options.count));
    });

  addTargetOptions(subcommand('get'))
    .description('print the value of a sequence; exit status 1: there is none')
    .argument('<name>', 'the sequence')
    .action(async (name: string, options: TargetOptions) => {
      exited(await acts.get(options, name));
    });

  addTargetOptions(subcommand('list'))
    .description(
      'print name, TAB and value of every sequence; control characters and \\ of a name as \\xHH',
    )
    .argument('[pattern]', "only names that match, such as 'order:*'")
    .action(async (pattern: string | undefined, options: TargetOptions) => {
      exited(await acts.list(options, pattern));
    });

  addTargetOptions(subcommand('info'))
    .description('print what the server tells of itself')
    .argument('[section]', 'only this section')
    .action(async (section: string | undefined, options: TargetOptions) => {
      exited(await acts.info(options, section));
    });

  addBenchOptions(addTargetOptions(subcommand('bench')))
    .description('load a server, and tell rate and latency; with --verify, judge its numbers')
    .action(async (flags: TargetOptions & BenchFlags) => {
      exited(await acts.bench(flags, benchOptions(flags)));
    });

  return program;

  function subcommand(name: string): Command {
    return program
      .command(name)
      .helpOption('-h, --help', 'show this help')
      .version(packageVersion(), '-v, --version', 'show the version');
  }
}

function addJumpOptions(command: Command): Command {
  return command
    .option(
      '--advance <n>',
      'go on n numbers later: more than any sequence may have taken of what is not there',
      parseJump,
    )
    .addOption(
      new Option('--gauges <what>', 'what becomes of gauges, which may count either way').choices(
        GAUGE_RULES,
      ),
    );
}

function tooManyFiles(program: Command): string {
  const commands = program.commands.map((command) => command.name()).join(', ');
  const [first, second] = program.args;
  return `one configuration file at most, not '${first}' and '${second}'; the commands are ${commands}`;
}

function parseJump(text: string): Int64 {
  const bytes = Buffer.from(text);
  const jump = parseInt64(bytes, 0, bytes.length);
  if (jump !== undefined && jump > 0) return jump;
  throw new InvalidArgumentError('It is a whole number from 1 to 9223372036854775807.');
}

function parseCount(text: string): string {
  if (/^[1-9]\d{0,18}$/.test(text)) return text;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}
