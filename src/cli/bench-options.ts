import { type Command, InvalidArgumentError, Option } from 'commander';
import { describeKeys, HOT, type KeyChoice, parseKeyChoice } from '../load/keys.js';
import {
  describeVerbs,
  parseVerbs,
  problemOfVerifying,
  VERB_NAMES,
  type WeightedVerb,
} from '../load/verbs.js';
import type { BenchOptions } from './bench.js';
import { Failure } from './failure.js';

/** What commander makes of the options of `bench`. */
export interface BenchFlags extends Omit<BenchOptions, 'seconds' | 'requests' | 'rate' | 'prefix'> {
  readonly seconds?: number;
  readonly requests?: number;
  readonly rate?: number;
  readonly name: string;
}

const DEFAULT_SECONDS = 10;
const INCR: readonly WeightedVerb[] = [{ name: 'incr', weight: 1 }];

export function addBenchOptions(command: Command): Command {
  return command
    .option('-c, --clients <n>', 'connections', whole(1, 60_000), 50)
    .option('-P, --pipeline <n>', 'commands under way on each at once', whole(1, 1_000_000), 1)
    .addOption(
      new Option(
        '--verbs <list>',
        `with weights, such as incr:9,get:1; of ${VERB_NAMES.join(', ')}`,
      )
        .argParser(readVerbs)
        .default(INCR, describeVerbs(INCR)),
    )
    .option('--count <n>', 'how many numbers incrby and seq.next take', whole(1, 1_000_000), 1)
    .addOption(
      new Option('--keys <choice>', 'hot (a single one), uniform:n, zipf:n or zipf:n:exponent')
        .argParser(readKeys)
        .default(HOT, describeKeys(HOT)),
    )
    .option('--name <name>', 'the sequence, or what its name begins with', 'bench')
    .option('--rate <n>', 'commands per second; latency counts from when each was due', positive)
    .option('--seconds <s>', `how long (default ${DEFAULT_SECONDS}, without --requests)`, positive)
    .option('-n, --requests <n>', 'how many commands', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--warm-up <s>', 'as long before that is not measured', positive, 0)
    .option('--verify', 'exit status 1 unless every number comes once and in order', false)
    .option('--allow-gaps', 'numbers that no client got are no failure of --verify', false)
    .option('--reconnect', 'make lost connections again in place of giving up', false)
    .option('--seed <n>', 'of the random keys and verbs', whole(0, 2 ** 32 - 1), 1)
    .option('--json', 'print everything as one line of JSON', false);
}

/** Throws a Failure for what does not go together. */
export function benchOptions(flags: BenchFlags): BenchOptions {
  const problem = flags.verify ? problemOfVerifying(flags.verbs) : undefined;
  if (problem !== undefined) throw new Failure(`these verbs can't be verified: ${problem}`);
  const { clients, pipeline, verbs, count, keys, rate, requests, warmUp } = flags;
  const { verify, allowGaps, reconnect, seed, json } = flags;
  const seconds = flags.seconds ?? (requests === undefined ? DEFAULT_SECONDS : undefined);
  return {
    ...{ clients, pipeline, verbs, count, keys, prefix: flags.name, warmUp },
    ...{ verify, allowGaps, reconnect, seed, json },
    ...(rate !== undefined && { rate }),
    ...(seconds !== undefined && { seconds }),
    ...(requests !== undefined && { requests }),
  };
}

function readVerbs(text: string): WeightedVerb[] {
  const parsed = parseVerbs(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidArgumentError(`They are of ${VERB_NAMES.join(', ')}, with commas between.`);
}

function readKeys(text: string): KeyChoice {
  const parsed = parseKeyChoice(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidArgumentError('It is hot, uniform:n, zipf:n or zipf:n:exponent.');
}

function whole(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${greatest}.`);
  };
}

function positive(text: string): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError('It is a number above zero.');
}
