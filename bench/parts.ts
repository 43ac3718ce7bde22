import type { RatesFigures } from './everything.js';
import { type IdleOptions, type IdleResult, measureIdle } from './idle.js';
import { type LatencyOptions, type LatencyResult, measureLatency } from './latency.js';
import { redisTarget } from './load.js';
import type { Machine } from './machine.js';
import { type MemoryOptions, type MemoryResult, measureMemory } from './memory.js';
import { startPostgres } from './postgres.js';
import { measureProfile, type ProfileOptions, type ProfileResult } from './profile.js';
import {
  describeRun,
  RateBench,
  type RatesOptions,
  type RateTarget,
  type ShapeRuns,
} from './rates.js';
import { summaryOf } from './rates-summary.js';
import { measureScaling, type ScalingOptions, type ScalingResult } from './scaling.js';
import {
  type SequementOptions,
  type ServerName,
  type ServerSpec,
  specOf,
  withSlowSync,
} from './server-spec.js';
import type { Shape } from './shapes.js';
import { inWorkspace, type Workspace } from './workspace.js';

/** What all parts of the benchmark need to know. */
export interface Setting {
  readonly servers: readonly ServerName[];
  readonly sequement: SequementOptions;
  /** Where the data goes while it runs. */
  readonly dir: string | undefined;
  readonly machine: Machine;
}

const READY_WITHIN_MS = 30_000;

export interface RatesPart extends RatesOptions {
  readonly shapes: readonly Shape[];
  /** So many sequences at random; undefined: one hot one. */
  readonly keyspace?: number | undefined;
  /** Milliseconds that each sync lasts longer. */
  readonly syncDelay?: number | undefined;
}

/** Rates under redis-benchmark, of PostgreSQL under pgbench, with all servers running side by side. */
export function rates(setting: Setting, options: RatesPart): Promise<RatesFigures> {
  return inWorkspace(setting.dir, async (workspace, signal) => {
    const targets: RateTarget[] = [];
    for (const name of setting.servers) {
      if (name !== 'postgres')
        targets.push(await startTarget(workspace, setting, name, options, signal));
      else if (options.keyspace === undefined && options.syncDelay === undefined) {
        targets.push(await startPostgres(workspace, signal));
      }
    }
    const bench = new RateBench(targets, options, setting.machine, signal);
    progress('warming up');
    await bench.warmUp(options.shapes);
    const runs: ShapeRuns[] = [];
    for (const shape of options.shapes) {
      progress(describeRun(shape, options, targets.length));
      runs.push(await bench.measure(shape));
    }
    return { summaries: runs.map(summaryOf), runs };
  });
}

async function startTarget(
  workspace: Workspace,
  { sequement }: Setting,
  name: ServerName,
  { keyspace, syncDelay }: RatesPart,
  signal: AbortSignal,
): Promise<RateTarget> {
  const spec = specOf(name, sequement);
  const server = await workspace.launch(
    syncDelay === undefined ? spec : withSlowSync(spec, syncDelay),
  );
  await server.ready({ deadlineMs: READY_WITHIN_MS }, signal);
  return redisTarget(server, keyspace);
}

export function latency(setting: Setting, options: LatencyOptions): Promise<LatencyResult[]> {
  return oneByOne(setting, `latency, ${options.seconds} s calm and compacting`, (...given) =>
    measureLatency(...given, options),
  ).then((results) => results.flat());
}

export function idle(setting: Setting, options: IdleOptions): Promise<IdleResult[]> {
  return oneByOne(setting, `${options.connections} idle connections`, (...given) =>
    measureIdle(...given, options),
  );
}

export function memory(setting: Setting, options: MemoryOptions): Promise<MemoryResult[]> {
  return oneByOne(setting, `${options.count} counters`, (...given) =>
    measureMemory(...given, options),
  );
}

/** What each process of Sequement pays, with two workers whatever the setting says. */
export function master(setting: Setting, options: ScalingOptions): Promise<ScalingResult[]> {
  const spec = specOf('sequement', { ...setting.sequement, workers: 2 });
  progress('sequement: CPU of the master, two workers on one sequence');
  return inWorkspace(setting.dir, (workspace, signal) =>
    measureScaling(workspace, spec, signal, options),
  );
}

/** Where Sequement's CPU and memory go, by function. */
export function profile(setting: Setting, options: ProfileOptions): Promise<ProfileResult> {
  progress(`sequement: profiles of all processes, three loads of ${options.seconds} s`);
  const spec = specOf('sequement', setting.sequement);
  return inWorkspace(setting.dir, (workspace, signal) =>
    measureProfile(workspace, spec, signal, options),
  );
}

type Measure<T> = (workspace: Workspace, spec: ServerSpec, signal: AbortSignal) => Promise<T>;

/** Each server that speaks the protocol, alone on the machine. */
function oneByOne<T>(setting: Setting, what: string, measure: Measure<T>): Promise<T[]> {
  return inWorkspace(setting.dir, async (workspace, signal) => {
    const results: T[] = [];
    for (const name of setting.servers) {
      if (name === 'postgres') continue;
      progress(`${name}: ${what}`);
      results.push(await measure(workspace, specOf(name, setting.sequement), signal));
    }
    return results;
  });
}

export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
