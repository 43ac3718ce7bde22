import type { Sent } from './under-way.js';
import { kindOf, type ReplyKind, type WeightedVerb, widthOf } from './verbs.js';
import type { Verifier } from './verifier.js';

interface Meaning {
  readonly kind: ReplyKind;
  readonly width: number;
}

/** Reads the numbers out of replies, for the verifier. */
export class ReplyReader {
  readonly #meanings: readonly Meaning[];
  readonly #verifier: Verifier;

  constructor(verbs: readonly WeightedVerb[], count: number, verifier: Verifier) {
    this.#meanings = verbs.map(({ name }) => ({ kind: kindOf(name), width: widthOf(name, count) }));
    this.#verifier = verifier;
  }

  read(client: number, { verb, key, floor }: Sent, reply: unknown): void {
    const { kind, width } = this.#meanings[verb] ?? { kind: 'other', width: 1 };
    let first = Number.NaN;
    let last = Number.NaN;
    if (typeof reply === 'number') {
      last = reply;
      first = reply - width + 1;
    } else if (Array.isArray(reply)) {
      [first, last] = reply;
    } else if (kind === 'read') {
      // A sequence that is not there yet has served nothing.
      first = Number(reply ?? 0);
      last = first;
    }
    this.#verifier.answered(kind, client, key, floor, first, last);
  }
}
