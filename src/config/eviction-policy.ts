import { Refusal, shown, type ValueType } from './value-type.js';

const OTHERS = [
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random'],
];

/** Of Redis's policies the one that forgets nothing. */
export function evictionPolicy(): ValueType<'noeviction'> {
  return {
    placeholder: 'word',
    range: 'noeviction',
    isList: false,
    parse: ([word = '']) => {
      const lower = word.toLowerCase();
      if (lower === 'noeviction') return 'noeviction';
      if (!OTHERS.includes(lower)) {
        const all = [...OTHERS, 'noeviction'].join(', ');
        return new Refusal(
          `argument(s) must be one of the following: ${all}`,
          `${shown(word)} is not noeviction`,
        );
      }
      const text =
        'a sequence that was forgotten would repeat its numbers: only noeviction is possible';
      return new Refusal(
        text,
        `${lower} is not possible: a sequence that was forgotten would repeat its numbers`,
      );
    },
    format: (value) => value,
    write: (value) => value,
  };
}
