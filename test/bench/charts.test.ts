import test from 'ava';
import { barRows } from '../../bench/bar-rows.js';
import { chartPage } from '../../bench/chart-page.js';
import { percentileChart } from '../../bench/percentile-chart.js';
import { reportMarkdown } from '../../bench/report-markdown.js';
import { withChart } from '../../bench/results.js';
import { logScale, short } from '../../bench/scale.js';
import { document } from '../../bench/svg.js';
import { EVERYTHING } from './sample.js';
import { isWellFormed } from './well-formed.js';

test('a scale of powers of ten holds the least and the greatest', (t) => {
  const scale = logScale(0.02, 300, 0, 100);
  t.deepEqual(scale.ticks, [0.01, 0.1, 1, 10, 100, 1000]);
  t.is(scale.at(0.01), 0);
  t.is(scale.at(1000), 100);
  t.deepEqual(logScale(5, 5, 0, 1).ticks, [1, 10]);
});

test('figures are short', (t) => {
  t.deepEqual([1_234_567, 54_321, 999, 0.04567, 0].map(short), [
    '1.23M',
    '54.3k',
    '999',
    '0.0457',
    '0',
  ]);
});

test('bars are as long as their values, each group for itself', (t) => {
  const row = (name: string, value: number) => ({ name, colour: 0, bars: [{ value }, undefined] });
  const groups = [
    { name: 'small', rows: [row('a', 1), row('b', 2)] },
    { name: 'large', rows: [row('a', 2000)] },
  ];
  const { svg, height } = barRows({ title: '<&>', columns: ['x', 'y'], groups }, 900);
  const widths = [...svg.matchAll(/class="c0"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  t.is(widths.length, 3);
  t.is(widths[0], (widths[1] ?? 0) / 2);
  t.is(widths[2], widths[1]);
  t.true(isWellFormed(document(900, height, 'a "title"', svg)));
});

test('a curve of percentiles rises to the right, and a maximum without a percentile stays on the page', (t) => {
  const points = [0, 50, 90, 99, 100].map((percentile, i) => [percentile, 10 ** (i - 2)] as const);
  const svg = percentileChart({ title: 't', series: [{ name: 'a', colour: 1, points }] }, 900, 280);
  const [, list = ''] = /points="([^"]+)"/.exec(svg) ?? [];
  const xs = list.split(' ').map((point) => Number(point.split(',')[0]));
  t.is(xs.length, 5);
  for (const [i, x] of xs.entries()) t.true(x >= (xs[i - 1] ?? 0) && x <= 900, list);
  t.true(isWellFormed(document(900, 280, 't', svg)));
});

test('the page of charts is a well-formed picture of every part, in light and dark', (t) => {
  const page = chartPage(EVERYTHING);
  t.true(isWellFormed(page));
  t.notRegex(page, /NaN|Infinity|undefined/);
  t.regex(page, /prefers-color-scheme: dark/);
  for (const text of [
    'Sequement',
    'Redis, no persistence',
    'PostgreSQL nextval',
    'while compacting',
  ]) {
    t.true(page.includes(text), text);
  }
  t.true(isWellFormed(chartPage({ ...EVERYTHING, figures: {} })));
});

test('the report has a table for every part, and says what failed', (t) => {
  const report = reportMarkdown(EVERYTHING, '2026-01-02.svg');
  t.true(report.startsWith('# Benchmark of 2026-01-02\n'));
  t.true(report.includes('](2026-01-02.svg)'));
  for (const title of [
    'one hot sequence',
    'random sequences',
    'Latency',
    'Idle',
    'master',
    'Many',
  ]) {
    t.regex(report, new RegExp(`^## .*${title}`, 'm'));
  }
  t.regex(report, /^- idle: it fell over$/m);
  t.notRegex(report, /NaN|undefined/);
  const columns = report
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').length);
  t.true(columns.every((count) => count > 3));
});

test('the README shows the chart between its marks, again and again', (t) => {
  const files = { json: 'a.json', chart: 'bench/results/2026-01-02.svg', report: 'r.md' };
  const marks = /(<!-- The chart[^>]*-->)[\s\S]*(<!-- end[^>]*-->)/;
  const empty =
    'before\n<!-- The chart of the last benchmark: npm run bench -- all --publish -->\n<!-- end of the chart -->\nafter\n';
  const once = withChart(empty, EVERYTHING, files);
  t.true(once.includes('](bench/results/2026-01-02.svg)'));
  t.true(once.startsWith('before\n') && once.endsWith('\nafter\n'));
  t.regex(once, marks);
  t.is(withChart(once, EVERYTHING, files), once);
  t.throws(() => withChart('nothing', EVERYTHING, files), { message: /no place/ });
});
