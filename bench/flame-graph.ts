import type { Frame } from './call-tree.js';
import { document, element, escaped, text } from './svg.js';

const ROW = 17;
const TOP = 34;
const LETTER = 6.6;
/** What is narrower can't be seen. */
const LEAST_WIDTH = 0.3;

/**
 * A flame graph: each function is a bar as wide as what it took, with what it called below it. Colours tell the server's own code
 * (f0) from that of Node (f1), packages (f2), and what is not JavaScript (f3). `show` writes a value with its unit.
 */
export function flameGraph(
  title: string,
  root: Frame,
  show: (value: number) => string,
  width = 1200,
): string {
  const parts: string[] = [text(title, 12, 22, { class: 'title' })];
  const scale = width / Math.max(root.value, Number.MIN_VALUE);
  let depth = 0;
  const draw = (frame: Frame, x: number, level: number) => {
    const wide = frame.value * scale;
    if (wide < LEAST_WIDTH) return;
    depth = Math.max(depth, level + 1);
    parts.push(bar(frame, x, TOP + level * ROW, wide, root.value, show));
    let left = x;
    for (const child of frame.children) {
      draw(child, left, level + 1);
      left += child.value * scale;
    }
  };
  draw(root, 0, 0);
  return document(width, TOP + depth * ROW + 10, title, parts.join('\n'));
}

function bar(
  { name, place, value }: Frame,
  x: number,
  y: number,
  width: number,
  whole: number,
  show: (value: number) => string,
): string {
  const share = ((value / whole) * 100).toFixed(1);
  const hint = `<title>${escaped(`${name} ${place}: ${show(value)}, ${share} %`)}</title>`;
  const box = {
    class: `f${kindOf(place)}`,
    x,
    y,
    width: Math.max(0.2, width - 0.5),
    height: ROW - 1,
  };
  const letters = Math.floor((width - 6) / LETTER);
  const label = letters >= 3 ? text(name.slice(0, letters), x + 3, y + 12, { class: 'flame' }) : '';
  return element('g', {}, `${hint}${element('rect', box)}${label}`);
}

function kindOf(place: string): number {
  if (place === '') return 3;
  if (place.startsWith('node:')) return 1;
  return place.startsWith('node_modules/') ? 2 : 0;
}
