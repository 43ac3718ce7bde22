import { matchesGlob } from '../protocol/glob.js';
import { compatibilityRows } from './compatibility.js';
import { type Config, directiveRows } from './directives.js';
import { toleratedRows, toleratedValue } from './tolerated.js';

/**
 * What CONFIG GET answers: names with their values as Redis writes them. A pattern without `*`, `?` or `[` is a name, and
 * answered as it was typed; a name comes once, however many patterns match it. Case does not matter.
 */
export function configGet(config: Config, patterns: readonly string[]): [string, string][] {
  const found = new Map<string, [string, string]>();
  const entries = allEntries(config);
  for (const pattern of patterns) {
    const isGlob = /[*?[]/.test(pattern);
    const bytes = Buffer.from(pattern);
    const lower = pattern.toLowerCase();
    for (const [name, text] of entries) {
      if (found.has(name)) continue;
      if (!isGlob && name === lower) found.set(name, [pattern, text]);
      if (!isGlob || toleratedRows.get(name)?.isHidden === true) continue;
      const subject = Buffer.from(name);
      if (matchesGlob(bytes, subject, 0, subject.length, true)) found.set(name, [name, text]);
    }
  }
  return [...found.values()];
}

function allEntries(config: Config): [string, string][] {
  const own = directiveRows.map(([name, row]): [string, string] => [
    name,
    row.type.format(config[name]),
  ]);
  return [
    ...own,
    ...compatibilityRows.map((row): [string, string] => [row.name, row.value(config)]),
    ...[...toleratedRows.keys()].map((name): [string, string] => [
      name,
      toleratedValue(config.tolerated, name),
    ]),
  ];
}
