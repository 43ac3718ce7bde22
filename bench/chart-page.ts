import { type BarRows, barRows } from './bar-rows.js';
import type { Everything } from './everything.js';
import type { LatencyResult } from './latency.js';
import { describe } from './machine.js';
import { percentileChart } from './percentile-chart.js';
import type { ServerSummary, ShapeSummary } from './rates-summary.js';
import { SERVER_LABELS } from './server-labels.js';
import type { Spread } from './statistics.js';
import { document, element, text } from './svg.js';

const WIDTH = 900;
const CURVES_HEIGHT = 280;
const FOOT_ROW = 15;
const FOOT_LETTERS = 135;
const FOOT = 14;

/** All charts of a benchmark in one picture. */
export function chartPage({ figures, machine, version }: Everything): string {
  const { rates, random, latency } = figures;
  const parts: string[] = [];
  let y = 0;
  const groups = [
    ...(rates?.summaries ?? []).map((summary) => ({ name: shapeName(summary), summary })),
    ...(random?.summaries ?? []).map((summary) => ({
      name: `${shapeName(summary)}, random keys`,
      summary,
    })),
  ];
  if (groups.length > 0) {
    const { svg, height } = barRows(throughput(groups), WIDTH);
    parts.push(svg);
    y += height;
  }
  for (const situation of ['calm', 'compacting'] as const) {
    const results = (latency ?? []).filter((result) => result.situation === situation);
    if (results.length === 0) continue;
    const chart = percentileChart(latencyChart(results, situation), WIDTH, CURVES_HEIGHT);
    parts.push(element('g', { transform: `translate(0 ${y})` }, chart));
    y += CURVES_HEIGHT;
  }
  const date = machine.startedAt.slice(0, 10);
  for (const line of linesOf(`Sequement ${version}, ${date}: ${describe(machine)}`)) {
    parts.push(text(line, 16, y + 18, { class: 'faint small' }));
    y += FOOT_ROW;
  }
  return document(WIDTH, y + FOOT, 'Sequement beside other servers', parts.join('\n'));
}

function shapeName({ shape: { clients, pipeline } }: ShapeSummary): string {
  const who = clients === 1 ? '1 client' : `${clients} clients`;
  return pipeline === 1 ? who : `${who}, pipeline ${pipeline}`;
}

function throughput(
  groups: readonly { readonly name: string; readonly summary: ShapeSummary }[],
): BarRows {
  return {
    title: 'INCR: throughput, and what the server pays for it',
    columns: ['commands per second', 'CPU, µs per command', 'p99 latency, ms'],
    groups: groups.map(({ name, summary }) => ({
      name,
      rows: [...summary.servers].reverse().map((server) => ({
        ...SERVER_LABELS[server.server],
        bars: barsOf(server),
      })),
    })),
  };
}

function barsOf({ rate, cpuSecondsPerMillion, p99Ms }: ServerSummary) {
  const bar = ({ median, least, greatest }: Spread) => ({
    value: median,
    range: [least, greatest] as const,
  });
  return [bar(rate), bar(cpuSecondsPerMillion), bar(p99Ms)];
}

function latencyChart(results: readonly LatencyResult[], situation: LatencyResult['situation']) {
  const meanwhile = situation === 'calm' ? '' : ', while compacting';
  return {
    title: `Latency at half of each server's top rate${meanwhile}`,
    series: results.map(({ server, rate, latencyMs }) => ({
      name: `${SERVER_LABELS[server].name}, ${Math.round(rate / 1000)}k/s`,
      colour: SERVER_LABELS[server].colour,
      points: latencyMs.distribution,
    })),
  };
}

/** The words in lines that fit the page. */
function linesOf(words: string): string[] {
  const lines = [''];
  for (const word of words.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > FOOT_LETTERS) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}
