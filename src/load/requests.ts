import { type KeyChoice, keyName, keyPicker } from './keys.js';
import type { Random } from './random.js';
import { requestOf, type WeightedVerb } from './verbs.js';

/** What a command is: the place of its verb in the mix, and the number of its sequence. */
export interface Pick {
  verb: number;
  key: number;
}

interface Template {
  readonly bytes: Buffer;
  /** Where the digits of the name begin; 0 when it has none. */
  readonly digitsAt: number;
}

/** Chooses commands and writes their bytes. */
export class Requests {
  readonly #templates: readonly Template[];
  readonly #pickKey: () => number;
  readonly #pickVerb: () => number;
  /** The same request many times, when there is only one. */
  #repeated: Buffer | undefined;

  constructor(
    verbs: readonly WeightedVerb[],
    keys: KeyChoice,
    prefix: string,
    count: number,
    random: Random,
  ) {
    const name = keyName(prefix, keys, 0);
    this.#templates = verbs.map((verb) =>
      templateOf(requestOf(verb.name, name, count), name, keys),
    );
    this.#pickKey = keyPicker(keys, random);
    this.#pickVerb = verbPicker(verbs, random);
    const [first] = this.#templates;
    if (verbs.length === 1 && keys.count === 1) this.#repeated = first?.bytes;
  }

  /** The bytes of `count` commands; `chosen` hears of each, in order. The object it gets is used again. */
  write(count: number, chosen: (pick: Pick) => void): Buffer {
    const size = this.#templates[0]?.bytes.length ?? 0;
    const pick = { verb: 0, key: 0 };
    if (this.#repeated !== undefined) {
      for (let i = 0; i < count; i++) chosen(pick);
      if (this.#repeated.length < count * size) {
        this.#repeated = Buffer.alloc(2 * count * size, this.#repeated.subarray(0, size));
      }
      return this.#repeated.subarray(0, count * size);
    }
    const longest = Math.max(...this.#templates.map(({ bytes }) => bytes.length));
    const batch = Buffer.allocUnsafe(count * longest);
    let end = 0;
    for (let i = 0; i < count; i++) {
      pick.verb = this.#pickVerb();
      pick.key = this.#pickKey();
      chosen(pick);
      const template = this.#templates[pick.verb];
      if (template === undefined) continue;
      batch.set(template.bytes, end);
      if (template.digitsAt > 0) writeDigits(batch, end + template.digitsAt, pick.key + 1);
      end += template.bytes.length;
    }
    return batch.subarray(0, end);
  }
}

const DIGITS = 12;

function templateOf(bytes: Buffer, name: string, keys: KeyChoice): Template {
  const nameAt = bytes.indexOf(name);
  const hasDigits = keys.count > 1 && nameAt > 0;
  return { bytes, digitsAt: hasDigits ? nameAt + Buffer.byteLength(name) - DIGITS : 0 };
}

function writeDigits(bytes: Buffer, at: number, number: number): void {
  let rest = number;
  for (let place = at + DIGITS - 1; place >= at; place--) {
    bytes[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function verbPicker(verbs: readonly WeightedVerb[], random: Random): () => number {
  if (verbs.length === 1) return () => 0;
  const total = verbs.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let rest = random() * total;
    let place = 0;
    for (const { weight } of verbs) {
      rest -= weight;
      if (rest < 0) break;
      place++;
    }
    return place;
  };
}
