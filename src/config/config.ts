import { resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import { type Config, directiveRows } from './directives.js';
import { readConfFile, type Setting } from './file.js';
import { isRenameLine } from './renames.js';
import { findViolation } from './rules.js';
import { applySettings } from './settings.js';
import { isUserLine } from './user-line.js';

export { ConfigError } from './config-error.js';
export { configGet } from './config-get.js';
export { configSet } from './config-set.js';
export type { Config } from './directives.js';

/** A directive given on the command line, with what followed it. */
export type Flag = readonly [name: string, words: readonly string[]];

/**
 * The configuration: the defaults, over them the file's directives, over them the flags. Frozen; `dir` is absolute, other
 * paths stay as they were written. Throws a ConfigError whose message names file and line, or the flag.
 */
export function createConfig(file: string | undefined, flags: readonly Flag[] = []): Config {
  const written = file === undefined ? [] : readConfFile(file);
  const directives = written.filter(({ name }) => !isUserLine(name) && !isRenameLine(name));
  const settings = [...directives, ...flags.map(fromFlag)];
  const values = applySettings(defaults(), settings);
  const violation = findViolation(values, true);
  if (violation !== undefined) {
    const names: readonly string[] = violation.rule.names;
    const last = settings.findLast(({ name }) => names.includes(name.toLowerCase()));
    throw new ConfigError((last?.place ?? '') + violation.text);
  }
  return Object.freeze({ ...values, dir: resolve(values.dir) });
}

function defaults(): Config {
  return {
    ...Object.fromEntries(directiveRows.map(([name, row]) => [name, row.default])),
    tolerated: {},
  } as unknown as Config;
}

function fromFlag([name, words]: Flag): Setting {
  return { name, words, label: `--${name}`, place: '' };
}
