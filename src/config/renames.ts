import { ConfigError } from './config-error.js';
import { readConfFile } from './file.js';

/** A line `rename-command <command> <name>` of the configuration file; with the name "" nobody can use the command. */
export interface Rename {
  readonly from: string;
  readonly to: string;
  /** What a message about it begins with: `sequement.conf:12: `. */
  readonly place: string;
}

export function isRenameLine(name: string): boolean {
  return name.toLowerCase() === 'rename-command';
}

/** The renames of a configuration file, in order. Throws a ConfigError. */
export function readRenames(file: string | undefined): Rename[] {
  if (file === undefined || file === '') return [];
  return readConfFile(file)
    .filter(({ name }) => isRenameLine(name))
    .map(({ words, place }) => {
      const [from, to] = words;
      if (from !== undefined && to !== undefined && words.length === 2) return { from, to, place };
      throw new ConfigError(
        `${place}rename-command takes a command and its new name, or "" to disable it`,
      );
    });
}
