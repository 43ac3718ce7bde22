import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { chartPage } from './chart-page.js';
import type { Everything } from './everything.js';
import { BenchFailure } from './failure.js';
import { describe } from './machine.js';
import { reportMarkdown } from './report-markdown.js';

/** Where the files of one benchmark are. */
export interface ResultFiles {
  readonly json: string;
  readonly chart: string;
  readonly report: string;
}

/** Writes a benchmark of this date to a directory: every figure, the chart, and the report that shows it. */
export function writeResults(everything: Everything, dir: string): ResultFiles {
  mkdirSync(dir, { recursive: true });
  const date = everything.machine.startedAt.slice(0, 10);
  const path = (ending: string) => join(dir, `${date}.${ending}`);
  const files = { json: path('json'), chart: path('svg'), report: path('md') };
  writeFileSync(files.json, `${JSON.stringify(everything, undefined, 1)}\n`);
  writeFileSync(files.chart, chartPage(everything));
  writeFileSync(files.report, reportMarkdown(everything, `${date}.svg`));
  return files;
}

/** Removes the files of other dates, so that the directory holds one benchmark. */
export function keepOnly(files: ResultFiles, dir: string): void {
  const kept = Object.values(files);
  for (const name of readdirSync(dir)) {
    const isResult = /^\d{4}-\d{2}-\d{2}\.(json|svg|md)$/.test(name);
    if (isResult && !kept.includes(join(dir, name))) rmSync(join(dir, name));
  }
}

const BEGIN = '<!-- The chart of the last benchmark: npm run bench -- all --publish -->';
const END = '<!-- end of the chart -->';

/** A README in which the chart and its machine stand between the two marks. Throws when they are not there. */
export function withChart(
  readme: string,
  everything: Everything,
  { chart, report }: ResultFiles,
): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new BenchFailure('The README has no place for the chart.');
  const { machine, version } = everything;
  const section = [
    BEGIN,
    '',
    `![Throughput, CPU and latency of Sequement and other servers](${chart})`,
    '',
    `Sequement ${version} on ${machine.startedAt.slice(0, 10)}. ${describe(machine)}. All figures: [${report}](${report}).`,
    '',
    '',
  ].join('\n');
  return readme.slice(0, from) + section + readme.slice(to);
}

/** Shows the chart in the README of the project whose root this is. */
export function publish(everything: Everything, files: ResultFiles, root: string): void {
  const readme = join(root, 'README.md');
  const links = {
    json: relative(root, files.json),
    chart: relative(root, files.chart),
    report: relative(root, files.report),
  };
  writeFileSync(readme, withChart(readFileSync(readme, 'utf8'), everything, links));
}
