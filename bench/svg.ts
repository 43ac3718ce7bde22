/** What may stand in the text of an XML document, or in an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `<name key="value">inside</name>`; numbers are rounded to a hundredth. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  inside = '',
): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? round(value) : escaped(value ?? '')}"`,
    );
  const start = `<${name}${pairs.join('')}`;
  return inside === '' ? `${start}/>` : `${start}>${inside}</${name}>`;
}

export function text(
  content: string,
  x: number,
  y: number,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

/** A document with the page's colours, which follow the reader's choice of light or dark. */
export function document(width: number, height: number, title: string, inside: string): string {
  const page = element('rect', { class: 'page', width, height, rx: 6 });
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-label': title,
  };
  const style = `<style>${STYLE}</style>`;
  return `${element('svg', attributes, `<title>${escaped(title)}</title>${style}${page}${inside}`)}\n`;
}

/** c0 to c6 fill, s0 to s6 stroke, and f0 to f3 are for flame graphs; the colours are Okabe and Ito's, which most eyes can tell apart. */
const STYLE = `
svg { font: 12px system-ui, sans-serif; color-scheme: light dark; }
.page { fill: #ffffff; } text { fill: #24292f; } .faint { fill: #57606a; }
.title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; } .strong { font-weight: 600; } .end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: #d8dee4; } .range { stroke: #24292f; } .curve { fill: none; stroke-width: 2; }
.c0 { fill: #0072b2; } .c1 { fill: #e69f00; } .c2 { fill: #d55e00; } .c3 { fill: #009e73; }
.c4 { fill: #cc79a7; } .c5 { fill: #56b4e9; } .c6 { fill: #8c8c8c; }
.s0 { stroke: #0072b2; } .s1 { stroke: #e69f00; } .s2 { stroke: #d55e00; } .s3 { stroke: #009e73; }
.s4 { stroke: #cc79a7; } .s5 { stroke: #56b4e9; } .s6 { stroke: #8c8c8c; }
text.flame { fill: #1b1f24; font-size: 11px; }
.f0 { fill: #f6b26b; } .f1 { fill: #9fc5e8; } .f2 { fill: #b6d7a8; } .f3 { fill: #cccccc; }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9da7b1; } .grid { stroke: #30363d; } .range { stroke: #e6edf3; }
  .c0 { fill: #4ea8de; } .s0 { stroke: #4ea8de; } .c2 { fill: #ff7b72; } .s2 { stroke: #ff7b72; }
  .c3 { fill: #2fbf94; } .s3 { stroke: #2fbf94; }
}
`;

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
