import type { LoadResult } from './load.js';
import type { Machine } from './machine.js';
import { cpuTicksOfTree } from './process-tree.js';
import type { ServerName } from './server-spec.js';
import { nameOf, type Shape } from './shapes.js';

/** A probe that lasts this long tells the rate well enough to choose the number of requests. */
const PROBE_SECONDS = 0.25;
/** For each server and shape. */
const WARM_UP_SECONDS = 1;

export interface RatesOptions {
  readonly rounds: number;
  /** What one measured run is to last. */
  readonly seconds: number;
}

/** A running server, and how it is loaded. */
export interface RateTarget {
  readonly name: ServerName;
  readonly pid: number;
  load(shape: Shape, requests: number, signal: AbortSignal): Promise<LoadResult>;
  /** Throws when it has ended, with what it said. */
  assertAlive(): void;
}

/** One measured run of a load against one server. */
export interface Run extends LoadResult {
  readonly server: ServerName;
  readonly round: number;
  readonly requests: number;
  /** CPU time of the server's whole process tree during the run. */
  readonly cpuSeconds: number;
}

export interface ShapeRuns {
  readonly shape: Shape;
  /** In the order they were made: round by round, each round with one run per server. */
  readonly runs: readonly Run[];
}

/** Drives several running servers in turn, so that whatever drifts on the machine hits all of them alike. */
export class RateBench {
  readonly #servers: readonly RateTarget[];
  readonly #options: RatesOptions;
  readonly #machine: Machine;
  readonly #signal: AbortSignal;

  constructor(
    servers: readonly RateTarget[],
    options: RatesOptions,
    machine: Machine,
    signal: AbortSignal,
  ) {
    this.#servers = servers;
    this.#options = options;
    this.#machine = machine;
    this.#signal = signal;
  }

  /** Gives every server (its JIT, its allocator) the time to get hot before anything is measured. */
  async warmUp(shapes: readonly Shape[]): Promise<void> {
    for (const shape of shapes) {
      for (const server of this.#servers) {
        const rate = await this.#probe(server, shape);
        await this.#load(server, shape, batches(shape, rate * WARM_UP_SECONDS));
      }
    }
  }

  async measure(shape: Shape): Promise<ShapeRuns> {
    const rates = new Map<RateTarget, number>();
    for (const server of this.#servers) rates.set(server, await this.#probe(server, shape));
    const runs: Run[] = [];
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const server of rotated(this.#servers, round)) {
        const requests = batches(shape, (rates.get(server) ?? 0) * this.#options.seconds);
        const run = await this.#measureOne(server, shape, round, requests);
        // A server that gets faster while it runs is to get longer work the next time.
        rates.set(server, run.rate);
        runs.push(run);
      }
    }
    return { shape, runs };
  }

  async #measureOne(
    server: RateTarget,
    shape: Shape,
    round: number,
    requests: number,
  ): Promise<Run> {
    const ticksBefore = cpuTicksOfTree(server.pid);
    const result = await this.#load(server, shape, requests);
    const ticks = cpuTicksOfTree(server.pid) - ticksBefore;
    const cpuSeconds = ticks / this.#machine.clockTicksPerSecond;
    return { server: server.name, round, requests, ...result, cpuSeconds };
  }

  /** The rate of a server in a shape, from a run that is just long enough. */
  async #probe(server: RateTarget, shape: Shape): Promise<number> {
    let requests = batches(shape, Math.max(1000, 4 * shape.clients * shape.pipeline));
    for (;;) {
      const { rate } = await this.#load(server, shape, requests);
      if (requests >= rate * PROBE_SECONDS) return rate;
      requests = batches(shape, Math.max(2 * requests, 1.2 * rate * PROBE_SECONDS));
    }
  }

  async #load(server: RateTarget, shape: Shape, requests: number): Promise<LoadResult> {
    this.#signal.throwIfAborted();
    try {
      return await server.load(shape, requests, this.#signal);
    } catch (error) {
      server.assertAlive();
      throw error;
    }
  }
}

export function describeRun(shape: Shape, options: RatesOptions, servers: number): string {
  return `${nameOf(shape)}: ${options.rounds} rounds, ${servers} runs of ${options.seconds} s each`;
}

/** At least `requests`, in whole pipelines for every client, so that exactly as many are sent as are counted. */
function batches(shape: Shape, requests: number): number {
  const batch = shape.clients * shape.pipeline;
  return Math.max(1, Math.round(requests / batch)) * batch;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
