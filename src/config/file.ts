import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { splitInline } from '../protocol/inline.js';
import { ConfigError } from './config-error.js';
import { isUserLine } from './user-line.js';

/** A directive as somebody set it, not yet looked up. */
export interface Setting {
  readonly name: string;
  readonly words: readonly string[];
  /** How messages call it: `port`, or `--port` on the command line. */
  readonly label: string;
  /** What a message about it begins with: `sequement.conf:12: `, or nothing. */
  readonly place: string;
}

/**
 * The settings of a configuration file in redis.conf's syntax, in order, with those of its `include`s at their place: a
 * line is a name and its values, in quotes where needed; a line that starts with # is a comment. Throws a ConfigError.
 */
export function readConfFile(path: string): Setting[] {
  return read(path, '', [], { files: 0 });
}

/** Files that one configuration may take: each may include the next one twice, and thirty of them a thousand million. */
const FILES_LIMIT = 1000;

interface Taken {
  files: number;
}

/** `from` is the place that asks for the file, nothing for the first: a file that can't be read has no line to name. */
function read(path: string, from: string, including: readonly string[], taken: Taken): Setting[] {
  if (++taken.files > FILES_LIMIT) {
    throw new ConfigError(
      `${from}${path} is one of more than ${FILES_LIMIT} files that include each other`,
    );
  }
  const file = realPath(path);
  const cycle = including.indexOf(file);
  if (cycle >= 0) {
    throw new ConfigError(`${from}${path} includes itself: ${cycleText(including, cycle)}`);
  }
  const settings: Setting[] = [];
  const lines = readText(path, from).split('\n');
  for (const [index, line] of lines.entries()) {
    const place = `${path}:${index + 1}: `;
    const [name, ...words] = wordsOf(line, place);
    if (name === undefined) continue;
    // What a user's rules match are bytes.
    const texts = isUserLine(name) ? words : words.map(utf8);
    const label = utf8(name);
    if (name.toLowerCase() !== 'include')
      settings.push({ name: label, words: texts, label, place });
    else settings.push(...readIncluded(path, texts, place, [...including, file], taken));
  }
  return settings;
}

/** Blanks of ASCII only: of what is not ASCII, these are bytes. */
function trim(line: string): string {
  return line.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

function utf8(word: string): string {
  return Buffer.from(word, 'latin1').toString();
}

/** The words of a line, none for a comment; all is latin1. Throws a ConfigError that begins with `place`. */
export function wordsOf(line: string, place: string): string[] {
  const trimmed = trim(line);
  if (trimmed.startsWith('#')) return [];
  const bytes = Buffer.from(trimmed, 'latin1');
  const split = splitInline(bytes, 0, bytes.length);
  if (split === undefined) {
    throw new ConfigError(
      `${place}unbalanced quotes; close them, and leave a blank after the closing one`,
    );
  }
  const words: string[] = [];
  for (let i = 0; i < split.bounds.length; i += 2) {
    words.push(split.bytes.toString('latin1', split.bounds[i], split.bounds[i + 1]));
  }
  return words;
}

function readIncluded(
  path: string,
  words: readonly string[],
  place: string,
  including: readonly string[],
  taken: Taken,
): Setting[] {
  const [included] = words;
  if (included === undefined || included === '' || words.length > 1) {
    throw new ConfigError(`${place}include takes one path`);
  }
  // A relative path stays one in messages when it was written beside a relative one.
  const target = included.startsWith('/') ? included : `${dirname(path)}/${included}`;
  return read(target.replace(/^\.\//, ''), place, including, taken);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function readText(path: string, from: string): string {
  try {
    if (statSync(path).isDirectory()) {
      throw new ConfigError(`${from}${path} is a directory, not a configuration file`);
    }
    return readFileSync(path, 'latin1').replace(/^\xef\xbb\xbf/, '');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${from}cannot read the configuration file ${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}

function cycleText(including: readonly string[], cycle: number): string {
  return [...including.slice(cycle), including[cycle]].join(' → ');
}
