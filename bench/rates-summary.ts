import type { Run, ShapeRuns } from './rates.js';
import { SERVER_NAMES, type ServerName } from './server-spec.js';
import { type Shape, targetOf } from './shapes.js';
import { ratioOfPairs, type Spread, spreadOf } from './statistics.js';

/** One server in one shape, over all rounds. */
export interface ServerSummary {
  readonly server: ServerName;
  readonly rate: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly cpuSecondsPerMillion: Spread;
}

/** Sequement as a multiple of another server in one shape: the spread over the pairs of the rounds. */
export interface Comparison {
  readonly against: ServerName;
  readonly rate: Spread;
  /** Of CPU time per command. */
  readonly cpu: Spread;
  readonly target?: number;
  readonly isMet?: boolean;
}

export interface ShapeSummary {
  readonly shape: Shape;
  readonly servers: readonly ServerSummary[];
  readonly comparisons: readonly Comparison[];
}

export function summaryOf({ shape, runs }: ShapeRuns): ShapeSummary {
  const runsOf = (server: ServerName) => runs.filter((run) => run.server === server);
  const present = SERVER_NAMES.filter((server) => runsOf(server).length > 0);
  const others = present.filter((server) => server !== 'sequement');
  const own = runsOf('sequement');
  return {
    shape,
    servers: present.map((server) => summaryOfServer(server, runsOf(server))),
    comparisons:
      own.length === 0 ? [] : others.map((other) => compare(shape, own, other, runsOf(other))),
  };
}

function summaryOfServer(server: ServerName, runs: readonly Run[]): ServerSummary {
  return {
    server,
    rate: spreadOf(runs.map((run) => run.rate)),
    p50Ms: spreadOf(runs.map((run) => run.p50Ms)),
    p99Ms: spreadOf(runs.map((run) => run.p99Ms)),
    cpuSecondsPerMillion: spreadOf(runs.map(cpuSecondsPerMillion)),
  };
}

/** Both lists are in the order of the rounds, so that equal places make a pair. */
function compare(
  shape: Shape,
  own: readonly Run[],
  against: ServerName,
  theirs: readonly Run[],
): Comparison {
  const rateOf = (run: Run) => run.rate;
  const rate = ratioOfPairs(own.map(rateOf), theirs.map(rateOf));
  const cpu = ratioOfPairs(own.map(cpuSecondsPerMillion), theirs.map(cpuSecondsPerMillion));
  const target = targetOf(shape)[against];
  const judgement = target === undefined ? {} : { target, isMet: rate.median >= target };
  return { against, rate, cpu, ...judgement };
}

function cpuSecondsPerMillion(run: Run): number {
  return (run.cpuSeconds / run.requests) * 1e6;
}
