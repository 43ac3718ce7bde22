import { readConfFile } from './file.js';
import { isUserLine } from './user-line.js';

/** A line `user <name> <rule> …` of the configuration file; words are latin1. */
export interface UserLine {
  /** Its name and rules. */
  readonly words: readonly string[];
  /** What a message about it begins with: `sequement.conf:12: `. */
  readonly place: string;
}

/** The users of a configuration file, as they stand there. */
export function readUserLines(file: string | undefined): UserLine[] {
  if (file === undefined) return [];
  return readConfFile(file)
    .filter(({ name }) => isUserLine(name))
    .map(({ words, place }) => ({ words, place }));
}
