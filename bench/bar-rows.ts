import { short } from './scale.js';
import { element, text } from './svg.js';

/** A figure of one row in one column, with the least and the greatest that were measured. */
export interface Bar {
  readonly value: number;
  readonly range?: readonly [least: number, greatest: number];
}

/** Bars in a row for each subject, side by side in columns; each group of rows has scales of its own. */
export interface BarRows {
  readonly title: string;
  /** What the columns show, unit included. */
  readonly columns: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly rows: readonly {
      readonly name: string;
      readonly colour: number;
      /** One for each column; undefined where nothing was measured. */
      readonly bars: readonly (Bar | undefined)[];
    }[];
  }[];
}

const MARGIN = 16;
const NAMES = 190;
const LABELS = 60;
const HEAD = 58;
const ROW = 18;
const GROUP = 24;

/** The chart in a box of this width whose corner is at 0,0, and the height that it takes. */
export function barRows(chart: BarRows, width: number): { svg: string; height: number } {
  const columnWidth = (width - 2 * MARGIN - NAMES) / chart.columns.length;
  const leftOf = (column: number) => MARGIN + NAMES + columnWidth * column;
  const parts = [text(chart.title, MARGIN, 26, { class: 'title' })];
  for (const [column, title] of chart.columns.entries()) {
    parts.push(text(title, leftOf(column), 48, { class: 'faint' }));
  }
  let y = HEAD;
  for (const group of chart.groups) {
    parts.push(text(group.name, MARGIN, y + 15, { class: 'strong' }));
    y += GROUP;
    const greatest = chart.columns.map((_, column) =>
      Math.max(...group.rows.map(({ bars }) => greatestOf(bars[column]))),
    );
    for (const { name, colour, bars } of group.rows) {
      parts.push(text(name, MARGIN + 10, y + 12));
      for (const [column, bar] of bars.entries()) {
        if (bar === undefined) continue;
        const scale = (columnWidth - LABELS) / (greatest[column] || 1);
        parts.push(barAt(bar, leftOf(column), y, scale, colour));
      }
      y += ROW;
    }
  }
  return { svg: parts.join('\n'), height: y + MARGIN };
}

function barAt({ value, range }: Bar, x: number, y: number, scale: number, colour: number): string {
  const end = x + value * scale;
  const bar = {
    class: `c${colour}`,
    x,
    y: y + 2,
    width: Math.max(1, value * scale),
    height: ROW - 5,
  };
  const parts = [element('rect', bar)];
  let labelAt = end;
  if (range !== undefined) {
    const [from, to] = range.map((limit) => x + limit * scale) as [number, number];
    labelAt = Math.max(end, to);
    const middle = y + ROW / 2;
    parts.push(element('line', { class: 'range', x1: from, x2: to, y1: middle, y2: middle }));
  }
  parts.push(text(short(value), labelAt + 5, y + 13));
  return parts.join('');
}

function greatestOf(bar: Bar | undefined): number {
  return Math.max(0, bar?.value ?? 0, bar?.range?.[1] ?? 0);
}
