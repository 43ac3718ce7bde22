/** How the values of a directive are written, read and shown. */
export interface ValueType<T> {
  /** What stands for a value in --help. */
  readonly placeholder: string;
  /** Which values there are, for people: `seconds, 0 to 60`. */
  readonly range: string;
  /** Takes any number of words; a word with blanks in it counts as several. Otherwise `parse` gets exactly one. */
  readonly isList: boolean;
  /** `before` is the value so far, which a list may add to. */
  parse(words: readonly string[], before: T): T | Refusal;
  /** As CONFIG GET answers it, in Redis's form: bytes as a plain number. */
  format(value: T): string;
  /** As a person would write it in the configuration file: `64mb`. */
  write(value: T): string;
}

/** Why a value is not one. */
export class Refusal {
  /** As Redis words it in the reply to CONFIG SET. */
  readonly redisText: string;
  /** What follows the directive's name in a message to the operator: `70000 is out of range (0 to 65535)`. */
  readonly text: string;

  constructor(redisText: string, text: string) {
    this.redisText = redisText;
    this.text = text;
  }
}

/** A word of the operator's as a message shows it: in quotes where it is not plain. */
export function shown(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal.
  const printable = word.replace(/[\x00-\x1f\x7f]/g, '?');
  return /^[\w.:/%+-]+$/.test(printable) ? printable : `'${printable}'`;
}
