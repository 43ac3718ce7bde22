import { Refusal, shown, type ValueType } from './value-type.js';

/** Any one word. */
export function text(placeholder: string): ValueType<string> {
  return {
    placeholder,
    range: placeholder,
    isList: false,
    parse: ([word = '']) => word,
    format: (value) => value,
    write: quoted,
  };
}

/** Any one word that is not empty. */
export function requiredText(placeholder: string): ValueType<string> {
  return {
    ...text(placeholder),
    parse: ([word = '']) =>
      word === '' ? new Refusal('argument must not be empty', 'must not be empty') : word,
  };
}

/** One of several words, in either case. */
export function choice<const T extends string>(choices: readonly T[]): ValueType<T> {
  return {
    placeholder: 'word',
    range: oneOf(choices),
    isList: false,
    parse: ([word = '']) =>
      choices.find((name) => name === word.toLowerCase()) ??
      new Refusal(
        `argument(s) must be one of the following: ${choices.join(', ')}`,
        `${shown(word)} is not one of ${choices.join(', ')}`,
      ),
    format: (value) => value,
    write: (value) => value,
  };
}

export function yesNo(): ValueType<boolean> {
  return {
    placeholder: 'yes|no',
    range: 'yes or no',
    isList: false,
    parse: ([word = '']) => {
      const lower = word.toLowerCase();
      if (lower === 'yes' || lower === 'no') return lower === 'yes';
      return new Refusal("argument must be 'yes' or 'no'", `${shown(word)} is neither yes nor no`);
    },
    format: (value) => (value ? 'yes' : 'no'),
    write: (value) => (value ? 'yes' : 'no'),
  };
}

/** Any number of words; a repetition replaces what was before. */
export function words(placeholder: string): ValueType<readonly string[]> {
  return {
    placeholder,
    range: `any number of ${placeholder}`,
    isList: true,
    parse: (list) => list,
    format: (value) => value.join(' '),
    write: (value) => (value.length === 0 ? '""' : value.join(' ')),
  };
}

function oneOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** In quotes where a line of the configuration file needs them. */
export function quoted(word: string): string {
  if (/^[^\s"'\\]+$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is written as \xHH.
  const escaped = word.replace(/[\x00-\x1f\x7f"\\]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}
