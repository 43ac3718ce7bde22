import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError, Option, program } from 'commander';
import { benchAll } from './all.js';
import { syncMsOf } from './disk-sync.js';
import { PART_NAMES, type PartName } from './everything.js';
import { BenchFailure, reasonOf } from './failure.js';
import { FILL_COMMANDS, type FillCommand } from './fill.js';
import { idleReport } from './idle-report.js';
import { latencyReport } from './latency-report.js';
import { describe, inspectMachine } from './machine.js';
import { memoryReport } from './memory-report.js';
import * as parts from './parts.js';
import { profileReport } from './profile-report.js';
import { ratesReport } from './rates-report.js';
import { keepOnly, publish, writeResults } from './results.js';
import { scalingReport } from './scaling-report.js';
import {
  installedOf,
  PROGRAMS,
  parseServers,
  SERVER_NAMES,
  type SequementOptions,
  type ServerName,
  specOf,
} from './server-spec.js';
import { DEFAULT_SHAPES, nameOf, parseShapes, type Shape } from './shapes.js';
import { measureStalls, type StallResult } from './stalls.js';
import { stallsReport } from './stalls-report.js';
import { inWorkspace } from './workspace.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIDDLE: readonly Shape[] = [{ clients: 50, pipeline: 16 }];
const SHARED: readonly Shape[] = [...MIDDLE, { clients: 50, pipeline: 128 }];

interface CommonOptions {
  readonly servers: readonly ServerName[];
  readonly dir?: string;
  readonly json?: string;
  readonly workers?: number;
  readonly sequementCommand?: string;
}

interface LoadFlags extends CommonOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly shapes: readonly Shape[];
}

interface RatesFlags extends LoadFlags {
  readonly keyspace?: number;
  readonly syncDelay?: number;
}

interface LatencyFlags extends CommonOptions {
  readonly seconds: number;
  readonly shapes: readonly Shape[];
  readonly count: number;
}

interface IdleFlags extends LoadFlags {
  readonly connections: number;
}

interface MemoryFlags extends CommonOptions {
  readonly count: number;
  readonly command: FillCommand;
}

interface StallsFlags extends CommonOptions {
  readonly count: number;
}

interface ProfileFlags extends CommonOptions {
  readonly seconds: number;
  readonly shapes: readonly Shape[];
  readonly keyspace?: number;
  readonly out: string;
}

interface AllFlags extends CommonOptions {
  readonly quick: boolean;
  readonly only: readonly PartName[];
  readonly out: string;
  readonly publish: boolean;
}

async function all(flags: AllFlags): Promise<void> {
  const setting = settingOf(flags, ['redis-benchmark']);
  const syncMs = await inWorkspace(flags.dir, async ({ dir }) => syncMsOf(dir));
  const machine = { ...setting.machine, syncMs };
  const everything = await benchAll({ ...setting, machine }, flags.only, flags.quick);
  const files = writeResults(everything, flags.out);
  if (flags.publish) {
    if (everything.failures.length > 0) throw new BenchFailure('Not published: parts failed.');
    keepOnly(files, flags.out);
    publish(everything, files, ROOT);
  }
  show(`${Object.values(files).join('\n')}`);
  if (everything.failures.length > 0) process.exitCode = 1;
}

async function rates(flags: RatesFlags): Promise<void> {
  const setting = settingOf(flags, ['redis-benchmark']);
  const figures = await parts.rates(setting, flags);
  show(ratesReport(figures.summaries));
  keep(flags, 'rates', setting, figures);
}

async function latency(flags: LatencyFlags): Promise<void> {
  const setting = settingOf(flags, []);
  const results = [];
  for (const shape of flags.shapes)
    results.push(...(await parts.latency(setting, { ...flags, shape })));
  show(latencyReport(results));
  keep(flags, 'latency', setting, { results });
}

async function idle(flags: IdleFlags): Promise<void> {
  const setting = settingOf(flags, ['redis-benchmark']);
  const results = [];
  for (const shape of flags.shapes)
    results.push(...(await parts.idle(setting, { ...flags, shape })));
  show(idleReport(results));
  keep(flags, 'idle', setting, { results });
}

async function master(flags: LoadFlags): Promise<void> {
  const setting = settingOf(flags, ['redis-benchmark']);
  const results = await parts.master(setting, flags);
  show(scalingReport(results));
  keep(flags, 'master', setting, { results });
}

async function memory(flags: MemoryFlags): Promise<void> {
  const setting = settingOf(flags, []);
  const results = await parts.memory(setting, flags);
  show(`${flags.count} counters\n\n${memoryReport(results)}`);
  keep(flags, 'memory', setting, { results });
}

async function stalls(flags: StallsFlags): Promise<void> {
  const setting = settingOf(flags, []);
  const results: { server: ServerName; result: StallResult }[] = [];
  await inWorkspace(flags.dir, async (workspace, signal) => {
    for (const name of flags.servers) {
      if (name !== 'sequement') throw new BenchFailure('stalls fills the log of Sequement.');
      parts.progress(`${name}: ${flags.count} sequences`);
      const spec = specOf(name, setting.sequement);
      for (const result of await measureStalls(workspace, spec, flags.count, signal)) {
        results.push({ server: name, result });
      }
    }
  });
  show(results.map(({ result }) => stallsReport(result)).join('\n\n'));
  keep(flags, 'stalls', setting, { results });
}

async function profile(flags: ProfileFlags): Promise<void> {
  const setting = settingOf(flags, ['redis-benchmark']);
  for (const shape of flags.shapes) {
    const result = await parts.profile(setting, {
      ...flags,
      shape,
      out: join(flags.out, nameOf(shape)),
    });
    show(profileReport(result));
  }
}

function settingOf(flags: CommonOptions, tools: readonly string[]): parts.Setting {
  const { workers, sequementCommand: command, servers, dir } = flags;
  const sequement: SequementOptions = {
    ...(workers === undefined ? {} : { workers }),
    ...(command === undefined ? {} : { command }),
  };
  const needed = new Set([...servers.flatMap((name) => PROGRAMS[name]), ...tools]);
  const machine = inspectMachine([...needed]);
  show(describe(machine));
  return { servers, sequement, dir, machine };
}

function keep(
  flags: CommonOptions,
  mode: string,
  { machine }: parts.Setting,
  figures: object,
): void {
  if (flags.json === undefined) return;
  const everything = { mode, machine, options: flags, ...figures };
  writeFileSync(flags.json, `${JSON.stringify(everything, undefined, 2)}\n`);
}

function show(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Not a number above zero.');
  return value;
}

function count(text: string): number {
  const value = positive(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Not a whole number.');
  return value;
}

function parseParts(text: string): PartName[] {
  const words = text.split(',');
  const known = PART_NAMES.filter((name) => words.includes(name));
  if (known.length === words.length) return known;
  throw new InvalidArgumentError(`Choose from ${PART_NAMES.join(',')}, each once.`);
}

function withCommonOptions(command: Command, wanted: readonly ServerName[]): Command {
  const servers = installedOf(wanted);
  return command
    .addOption(
      new Option('--servers <list>', `of ${SERVER_NAMES.join(', ')}`)
        .argParser(parseServers)
        .default(servers, servers.join(',')),
    )
    .option('--workers <n>', "Sequement's worker processes (its own default otherwise)", count)
    .option('--dir <path>', 'where the data goes while it runs; must be on a disk')
    .addOption(
      new Option('--sequement-command <words>', 'stands in; has {port}, {dir}').hideHelp(),
    );
}

function withJson(command: Command): Command {
  return command.option('--json <file>', 'keep the machine, the options and every figure');
}

function withShapes(command: Command, shapes: readonly Shape[]): Command {
  return command.addOption(
    new Option('--shapes <list>', 'clients x pipeline')
      .argParser(parseShapes)
      .default(shapes, shapes.map(nameOf).join(',')),
  );
}

function withRounds(command: Command, rounds: number, seconds: number): Command {
  return command
    .option('--rounds <n>', 'runs of each kind', count, rounds)
    .option('--seconds <s>', 'how long one run lasts', positive, seconds);
}

/** A path in the project, as seen from the working directory. */
const here = (path: string) => relative(process.cwd(), join(ROOT, path));
const SPEAKERS = SERVER_NAMES.filter((name) => name !== 'postgres');
const subcommand = (name: string, wanted: readonly ServerName[]) =>
  withJson(withCommonOptions(program.command(name), wanted));

program
  .name('npm run bench --')
  .description('Measure Sequement beside other servers on this machine.');

withCommonOptions(program.command('all', { isDefault: true }), SERVER_NAMES)
  .description('all of the others but stalls, with a report (default)')
  .option('--quick', 'four minutes in place of a quarter of an hour; coarse', false)
  .addOption(
    new Option('--only <parts>', 'leave the others out')
      .argParser(parseParts)
      .default(PART_NAMES, PART_NAMES.join(',')),
  )
  .option('--out <path>', 'where the report goes', here('bench/results'))
  .option('--publish', 'show the chart in README.md, and remove reports of other dates', false)
  .action(all);

withShapes(withRounds(subcommand('rates', SERVER_NAMES), 5, 1.2), DEFAULT_SHAPES)
  .description('INCR under redis-benchmark, nextval under pgbench')
  .option('--keyspace <n>', 'so many keys at random instead of a single one', count)
  .option('--sync-delay <ms>', 'every sync of the disk lasts so much longer (by strace)', positive)
  .action(rates);

withShapes(subcommand('latency', SPEAKERS), MIDDLE)
  .description('latency at half of the top rate, calm and while compacting')
  .option('--seconds <s>', 'how long one run lasts', positive, 15)
  .option('--count <n>', 'sequences that a compaction has to write', count, 1_000_000)
  .action(latency);

withShapes(withRounds(subcommand('idle', SPEAKERS), 5, 1.2), MIDDLE)
  .description('memory of idle connections, and what they cost the busy ones')
  .option('--connections <n>', 'how many', count, 10_000)
  .action(idle);

withShapes(withRounds(subcommand('master', ['sequement']), 3, 3), SHARED)
  .description('CPU of each process, and the rate that more cores would give')
  .action(master);

subcommand(
  'memory',
  SPEAKERS.filter((name) => !name.endsWith('always')),
)
  .description('bytes per sequence, clean stop and restart')
  .option('--count <n>', 'how many counters', count, 10_000_000)
  .addOption(
    new Option('--command <name>', 'what creates them').choices(FILL_COMMANDS).default('incr'),
  )
  .action(memory);

subcommand('stalls', ['sequement'])
  .description('how long commands on all of the data hold others up')
  .option('--count <n>', 'how many sequences', count, 10_000_000)
  .action(stalls);

withShapes(withCommonOptions(program.command('profile'), ['sequement']), MIDDLE)
  .description('where CPU and memory of each process go, with flame graphs')
  .option('--seconds <s>', 'how long one load lasts', positive, 5)
  .option('--keyspace <n>', 'so many keys at random instead of a single one', count)
  .option('--out <path>', 'where profiles and flame graphs go', here('build/profile'))
  .action(profile);

program.parseAsync().catch((error: unknown) => {
  const isOurs = error instanceof BenchFailure;
  process.stderr.write(`${isOurs || !(error instanceof Error) ? reasonOf(error) : error.stack}\n`);
  process.exitCode = 1;
});
