import { describeKeys } from '../load/keys.js';
import type { LoadPlan, LoadResult } from '../load/load.js';
import { describeVerbs } from '../load/verbs.js';

/** What `--verify` found. */
export interface Verification {
  readonly isFine: boolean;
  /** Numbers that came once and in order. */
  readonly verified: number;
  readonly sequences: number;
  /** By how much the sequences went further than by these. */
  readonly missing: number;
  readonly violationCount: number;
  /** The first of them. */
  readonly violations: readonly string[];
}

/** All of a run; `--json` prints it as it is. */
export interface BenchReport {
  readonly server: string;
  readonly plan: LoadPlan;
  readonly result: LoadResult;
  readonly verification?: Verification;
}

/** The report for people. */
export function benchReport({ server, plan, result, verification }: BenchReport): string {
  const lines = [
    `${server}: ${plan.clients} clients, pipeline ${plan.pipeline}, ${describeVerbs(plan.verbs)}, ` +
      `keys ${describeKeys(plan.keys)}${plan.rate === undefined ? '' : `, ${whole(plan.rate)} a second`}`,
    `${whole(result.commands)} commands in ${result.seconds.toFixed(2)} s: ${whole(result.rate)} a second`,
    latencyLine(result, plan),
    ...problemLines(result),
  ];
  if (verification !== undefined) lines.push(...verificationLines(verification));
  return `${lines.join('\n')}\n`;
}

function latencyLine({ latencyMs }: LoadResult, plan: LoadPlan): string {
  const { p50, p90, p99, max } = latencyMs;
  const figures = [
    ['p50', p50],
    ['p90', p90],
    ['p99', p99],
    ['p99.9', latencyMs['p99.9']],
    ['p99.99', latencyMs['p99.99']],
    ['max', max],
  ] as const;
  const since = plan.rate === undefined ? '' : ' (since each was due)';
  return `latency ms${since}: ${figures.map(([name, ms]) => `${name} ${ms.toFixed(3)}`).join(', ')}`;
}

function problemLines(result: LoadResult): string[] {
  const { errors, unanswered, unsent, reconnects } = result;
  const lines = Object.entries(errors).map(([error, times]) => `${whole(times)} times: ${error}`);
  if (unanswered > 0) lines.push(`${whole(unanswered)} commands were not answered`);
  if (unsent > 0)
    lines.push(`${whole(unsent)} commands were due and not sent: the rate is too high`);
  if (reconnects > 0) lines.push(`${whole(reconnects)} times a connection was made again`);
  return lines;
}

function verificationLines(found: Verification): string[] {
  const { isFine, verified, sequences, missing, violationCount, violations } = found;
  const of = sequences === 1 ? 'one sequence' : `${whole(sequences)} sequences`;
  const lines = [`${isFine ? 'verified' : 'NOT VERIFIED'}: ${whole(verified)} numbers of ${of}`];
  if (isFine) lines[0] += ', each once and in order';
  if (missing !== 0) lines.push(`${whole(missing)} numbers were passed over that no client got`);
  if (violationCount > 0) {
    lines.push(
      `${whole(violationCount)} answers are wrong:`,
      ...violations.map((text) => `  ${text}`),
    );
  }
  return lines;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
