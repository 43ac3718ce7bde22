import { findCompatibilityRow } from './compatibility.js';
import { ConfigError } from './config-error.js';
import type { Directive } from './directive.js';
import { type Config, directiveRows, findDirective } from './directives.js';
import type { Setting } from './file.js';
import { suggest } from './suggestion.js';
import { toleratedRows } from './tolerated.js';
import { Refusal } from './value-type.js';

/** A directive's value from its words, or why there is none. `before` is its value so far. */
export function parseValue(
  row: Pick<Directive<unknown>, 'type'>,
  words: readonly string[],
  before: unknown,
): unknown {
  if (words.length === 0) return wrongCount('needs a value');
  if (row.type.isList) {
    const list = words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
    return row.type.parse(list, before);
  }
  if (words.length > 1) {
    const hint = words.some((word) => word.startsWith('#'))
      ? '; a comment needs a line of its own'
      : '; put a value with blanks in quotes';
    return wrongCount(`takes one value, not ${words.length}${hint}`);
  }
  return row.type.parse(words, before);
}

function wrongCount(text: string): Refusal {
  return new Refusal('wrong number of arguments', text);
}

/** The values with settings applied in order, a later one over an earlier. Throws a ConfigError at the first that fails. */
export function applySettings(values: Config, settings: readonly Setting[]): Config {
  const changed: Record<string, unknown> = { ...values };
  for (const { name, words, label, place } of settings) {
    const found = findDirective(name);
    if (found === undefined) throw new ConfigError(place + unknownDirective(name, label));
    const value = parseValue(found.row, words, changed[found.name]);
    if (value instanceof Refusal) throw new ConfigError(`${place}${label} ${value.text}`);
    changed[found.name] = value;
  }
  return changed as unknown as Config;
}

function unknownDirective(name: string, label: string): string {
  const dashes = label.startsWith('--') ? '--' : '';
  const compatibility = findCompatibilityRow(name);
  if (compatibility?.instead !== undefined) {
    return `'${label}' is a setting of Redis; use '${dashes}${compatibility.instead}'`;
  }
  if (compatibility !== undefined || toleratedRows.has(name.toLowerCase()))
    return `'${label}' is a setting of Redis that has no use here; remove it`;
  const nearest = suggest(
    name,
    directiveRows.map(([known]) => known),
  );
  const hint = nearest === undefined ? '' : `; did you mean '${dashes}${nearest}'?`;
  return `unknown directive '${label}'${hint}`;
}
