import { Refusal, shown, type ValueType } from './value-type.js';
import { quoted } from './word-types.js';

/** What notify-keyspace-events can name, by Redis's letters: where events go out, and which. */
export const EventClass = {
  keyspace: 1 << 0,
  keyevent: 1 << 1,
  generic: 1 << 2,
  string: 1 << 3,
  expired: 1 << 8,
  miss: 1 << 11,
  created: 1 << 14,
} as const;

const BY_LETTER: readonly (readonly [letter: string, bit: number])[] = [
  ['g', EventClass.generic],
  ['$', EventClass.string],
  // Of other types, of eviction and of modules, which there are not.
  ['l', 1 << 4],
  ['s', 1 << 5],
  ['h', 1 << 6],
  ['z', 1 << 7],
  ['x', EventClass.expired],
  ['e', 1 << 9],
  ['t', 1 << 10],
  ['d', 1 << 13],
  ['n', EventClass.created],
  ['K', EventClass.keyspace],
  ['E', EventClass.keyevent],
  ['m', EventClass.miss],
];
/** What `A` stands for. */
const ALL = bitsOf('g$lshzxetd');

/** Letters in any order; the value is their bits. */
export function eventClasses(): ValueType<number> {
  return {
    placeholder: 'letters',
    range: "letters of Ag$lshzxeKEtmdn, or '' for none",
    isList: false,
    parse: ([word = '']) => {
      const isKnown = [...word].every((letter) => letter === 'A' || bitsOf(letter) !== 0);
      if (isKnown) return bitsOf(word);
      const text = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
      return new Refusal(text, `${shown(word)} has a letter that is none of Ag$lshzxeKEtmdn`);
    },
    // As Redis does, which forgets to tell of n beside A.
    format: (bits) => lettersOf((bits & ALL) === ALL ? bits & ~EventClass.created : bits),
    write: (bits) => quoted(lettersOf(bits)),
  };
}

function bitsOf(letters: string): number {
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'A') bits |= ALL;
    else bits |= BY_LETTER.find(([each]) => each === letter)?.[1] ?? 0;
  }
  return bits;
}

function lettersOf(bits: number): string {
  const isAll = (bits & ALL) === ALL;
  const left = isAll ? bits & ~ALL : bits;
  const letters = BY_LETTER.filter(([, bit]) => (left & bit) !== 0).map(([letter]) => letter);
  return `${isAll ? 'A' : ''}${letters.join('')}`;
}

/** Whether takes go out: then each is to be seen where all are. */
export function tellsTakes(bits: number): boolean {
  const isOut = (bits & (EventClass.keyspace | EventClass.keyevent)) !== 0;
  return isOut && (bits & EventClass.string) !== 0;
}
