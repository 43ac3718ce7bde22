import { logScale, short } from './scale.js';
import { element, text } from './svg.js';

/** Latency by percentile, as HdrHistogram draws it: each nine takes as much room as the one before. */
export interface PercentileChart {
  readonly title: string;
  readonly series: readonly {
    readonly name: string;
    readonly colour: number;
    /** Percentile, from 0 to 100, and milliseconds. */
    readonly points: readonly (readonly [percentile: number, ms: number])[];
  }[];
}

const LEFT = 56;
const RIGHT = 24;
const TOP = 76;
const LEGEND_TOP = 36;
const LEGEND_ROW = 16;
const BOTTOM = 28;
const TICKS = [0, 50, 90, 99, 99.9, 99.99, 99.999];

/** The chart in a box of this size whose corner is at 0,0. */
export function percentileChart(chart: PercentileChart, width: number, height: number): string {
  const points = chart.series.flatMap((series) => series.points);
  const latencies = points.map(([, ms]) => ms).filter((ms) => ms > 0);
  const greatest = Math.max(
    ...points.map(([percentile]) => (percentile < 100 ? percentile : 0)),
    90,
  );
  const nines = (percentile: number) => -Math.log10(1 - percentile / 100);
  const most = nines(greatest);
  const x = (percentile: number) =>
    LEFT + ((width - LEFT - RIGHT) * Math.min(most, nines(percentile))) / most;
  const scale = logScale(
    Math.min(...latencies, 1),
    Math.max(...latencies, 0.1),
    height - BOTTOM,
    TOP,
  );
  const parts = [text(chart.title, 16, 24, { class: 'title' }), legend(chart.series, width)];
  for (const tick of scale.ticks) {
    const y = scale.at(tick);
    parts.push(element('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
    parts.push(text(`${short(tick)} ms`, LEFT - 6, y + 4, { class: 'faint end' }));
  }
  for (const tick of TICKS.filter((percentile) => percentile <= greatest)) {
    const at = x(tick);
    parts.push(element('line', { class: 'grid', x1: at, x2: at, y1: TOP, y2: height - BOTTOM }));
    parts.push(text(tick === 0 ? 'min' : `p${tick}`, at, height - 10, { class: 'middle' }));
  }
  for (const { colour, points: curve } of chart.series) {
    const line = curve
      .filter(([, ms]) => ms > 0)
      .map(([percentile, ms]) => `${x(percentile).toFixed(1)},${scale.at(ms).toFixed(1)}`);
    parts.push(element('polyline', { class: `curve s${colour}`, points: line.join(' ') }));
  }
  return parts.join('\n');
}

/** Names beside their colours, in one or two rows below the title. */
function legend(series: PercentileChart['series'], pageWidth: number): string {
  const parts: string[] = [];
  let x = 16;
  let y = LEGEND_TOP;
  for (const { name, colour } of series) {
    const width = 30 + name.length * 6.6;
    if (x + width > pageWidth) {
      x = 16;
      y += LEGEND_ROW;
    }
    parts.push(element('rect', { class: `c${colour}`, x, y, width: 10, height: 10, rx: 2 }));
    parts.push(text(name, x + 15, y + 9, { class: 'faint' }));
    x += width;
  }
  return parts.join('\n');
}
