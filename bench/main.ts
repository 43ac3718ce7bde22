import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option, program } from 'commander';
import { BenchFailure, reasonOf } from './failure.js';
import { FILL_COMMANDS, type FillCommand } from './fill.js';
import { describe, inspectMachine, type Machine, type RedisProgram } from './machine.js';
import { type MemoryResult, measureMemory } from './memory.js';
import { memoryReport } from './memory-report.js';
import { describeRun, RateBench, type ShapeRuns } from './rates.js';
import { ratesReport } from './rates-report.js';
import { summaryOf } from './rates-summary.js';
import {
  parseServers,
  type ServerName,
  type ServerSpec,
  specOf,
  withSlowSync,
} from './server-spec.js';
import { DEFAULT_SHAPES, nameOf, parseShapes, type Shape } from './shapes.js';
import { measureStalls, type StallResult } from './stalls.js';
import { stallsReport } from './stalls-report.js';
import { inWorkspace } from './workspace.js';

const START_DEADLINE_MS = 30_000;

interface CommonOptions {
  readonly servers: readonly ServerName[];
  readonly dir?: string;
  readonly json?: string;
  readonly workers?: number;
  readonly sequementCommand?: string;
}

interface RatesFlags extends CommonOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly shapes: readonly Shape[];
  readonly keyspace?: number;
  readonly syncDelay?: number;
}

interface MemoryFlags extends CommonOptions {
  readonly count: number;
  readonly command: FillCommand;
}

interface StallsFlags extends CommonOptions {
  readonly count: number;
}

async function benchRates(flags: RatesFlags): Promise<void> {
  const machine = inspect(['redis-server', 'redis-benchmark']);
  const { syncDelay } = flags;
  const specs = specsOf(flags).map((spec) =>
    syncDelay === undefined ? spec : withSlowSync(spec, syncDelay),
  );
  const shapes = await inWorkspace(flags.dir, async (workspace, signal) => {
    const servers = [];
    for (const spec of specs) {
      const server = await workspace.launch(spec);
      await server.ready({ deadlineMs: START_DEADLINE_MS }, signal);
      servers.push(server);
    }
    const bench = new RateBench(servers, flags, machine, signal);
    progress('warming up');
    await bench.warmUp(flags.shapes);
    const done: ShapeRuns[] = [];
    for (const shape of flags.shapes) {
      progress(describeRun(shape, flags, servers.length));
      done.push(await bench.measure(shape));
    }
    return done;
  });
  const summaries = shapes.map(summaryOf);
  process.stdout.write(`\n${ratesReport(summaries)}\n`);
  keep(flags, { mode: 'rates', machine, options: flags, summaries, shapes });
}

async function benchMemory(flags: MemoryFlags): Promise<void> {
  const machine = inspect(['redis-server']);
  const specs = specsOf(flags);
  const results = await inWorkspace(flags.dir, async (workspace, signal) => {
    const done: MemoryResult[] = [];
    for (const spec of specs) {
      progress(`${spec.name}: ${flags.count} counters`);
      done.push(await measureMemory(workspace, spec, flags, signal));
    }
    return done;
  });
  process.stdout.write(`\n${flags.count} counters\n\n${memoryReport(results)}\n`);
  keep(flags, { mode: 'memory', machine, options: flags, results });
}

async function benchStalls(flags: StallsFlags): Promise<void> {
  const machine = inspect([]);
  const results: { server: ServerName; result: StallResult }[] = [];
  await inWorkspace(flags.dir, async (workspace, signal) => {
    for (const spec of specsOf(flags)) {
      if (spec.name !== 'sequement') throw new BenchFailure('stalls fills the log of Sequement.');
      progress(`${spec.name}: ${flags.count} sequences`);
      for (const result of await measureStalls(workspace, spec, flags.count, signal)) {
        results.push({ server: spec.name, result });
      }
    }
  });
  process.stdout.write(`\n${results.map(({ result }) => stallsReport(result)).join('\n\n')}\n`);
  keep(flags, { mode: 'stalls', machine, options: flags, results });
}

function inspect(programs: readonly RedisProgram[]): Machine {
  const machine = inspectMachine(programs);
  process.stdout.write(`${describe(machine)}\n`);
  return machine;
}

function specsOf(flags: CommonOptions): ServerSpec[] {
  const { workers, sequementCommand: command } = flags;
  const sequement = {
    ...(workers === undefined ? {} : { workers }),
    ...(command === undefined ? {} : { command }),
  };
  return flags.servers.map((name) => specOf(name, sequement));
}

function keep(flags: CommonOptions, everything: object): void {
  if (flags.json === undefined) return;
  writeFileSync(flags.json, `${JSON.stringify(everything, undefined, 2)}\n`);
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
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

function withCommonOptions(command: Command, servers: ServerName[]): Command {
  return command
    .addOption(
      new Option('--servers <list>', 'which to run: none and always are Redis')
        .argParser(parseServers)
        .default(servers, servers.join(',')),
    )
    .option('--workers <n>', "Sequement's worker processes (its own default otherwise)", count)
    .option('--dir <path>', 'where the data goes while it runs; must be on a disk')
    .option('--json <file>', 'keep the machine, the options and every figure')
    .addOption(
      new Option('--sequement-command <words>', 'stands in; has {port}, {dir}').hideHelp(),
    );
}

program.name('npm run bench --').description('Measure Sequement beside Redis on this machine.');

withCommonOptions(
  program.command('rates', { isDefault: true }).description('INCR under redis-benchmark (default)'),
  ['none', 'always', 'sequement'],
)
  .option('--rounds <n>', 'runs per shape and server', count, 5)
  .option('--seconds <s>', 'how long one run lasts', positive, 1.2)
  .addOption(
    new Option('--shapes <list>', 'clients x pipeline')
      .argParser(parseShapes)
      .default(DEFAULT_SHAPES, DEFAULT_SHAPES.map(nameOf).join(',')),
  )
  .option('--keyspace <n>', 'so many keys at random instead of a single one', count)
  .option('--sync-delay <ms>', 'every sync of the disk lasts so much longer (by strace)', positive)
  .action(benchRates);

withCommonOptions(
  program.command('memory').description('bytes per sequence, clean stop and restart'),
  ['none', 'sequement'],
)
  .option('--count <n>', 'how many counters', count, 5_000_000)
  .addOption(
    new Option('--command <name>', 'what creates them').choices(FILL_COMMANDS).default('incr'),
  )
  .action(benchMemory);

withCommonOptions(
  program.command('stalls').description('how long commands on all of the data hold others up'),
  ['sequement'],
)
  .option('--count <n>', 'how many sequences', count, 10_000_000)
  .action(benchStalls);

program.parseAsync().catch((error: unknown) => {
  const isOurs = error instanceof BenchFailure;
  process.stderr.write(`${isOurs || !(error instanceof Error) ? reasonOf(error) : error.stack}\n`);
  process.exitCode = 1;
});
