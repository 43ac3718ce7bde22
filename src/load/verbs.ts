/** What a reply says about its sequence: numbers taken, its value, or nothing. */
export type ReplyKind = 'take' | 'read' | 'other';

export const VERB_NAMES = [
  'incr',
  'incrby',
  'seq.next',
  'next',
  'decr',
  'get',
  'set',
  'ping',
] as const;
export type VerbName = (typeof VERB_NAMES)[number];

/** One of the commands that are sent, as often as its weight says. */
export interface WeightedVerb {
  readonly name: VerbName;
  readonly weight: number;
}

/** Of a mix whose numbers shall be verified: none may lower a sequence, and one has to take. */
export function problemOfVerifying(verbs: readonly WeightedVerb[]): string | undefined {
  const lowers = verbs.find(({ name }) => name === 'decr' || name === 'set');
  if (lowers !== undefined) return `${lowers.name} changes a sequence without taking from it`;
  if (verbs.every(({ name }) => kindOf(name) !== 'take')) return 'nothing takes numbers';
  return undefined;
}

export function kindOf(name: VerbName): ReplyKind {
  switch (name) {
    case 'incr':
    case 'incrby':
    case 'seq.next':
    case 'next':
      return 'take';
    case 'get':
      return 'read';
    case 'decr':
    case 'set':
    case 'ping':
      return 'other';
  }
}

/** How many numbers one command takes when those that can are told to take `count`. */
export function widthOf(name: VerbName, count: number): number {
  return name === 'incrby' || name === 'seq.next' ? count : 1;
}

/** The request, as an array of bulk strings. */
export function requestOf(name: VerbName, key: string, count: number): Buffer {
  const words = wordsOf(name, key, count).map((word) => Buffer.from(word));
  const parts = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) parts.push(Buffer.from(`$${word.length}\r\n`), word, CRLF);
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');

function wordsOf(name: VerbName, key: string, count: number): string[] {
  switch (name) {
    case 'incr':
    case 'next':
    case 'decr':
    case 'get':
      return [name.toUpperCase(), key];
    case 'incrby':
      return ['INCRBY', key, String(count)];
    case 'seq.next':
      return ['SEQ.NEXT', key, 'COUNT', String(count)];
    case 'set':
      return ['SET', key, '1'];
    case 'ping':
      return ['PING'];
  }
}

/** Reads `incr` or `incr:9,get:1`. Undefined for anything else. */
export function parseVerbs(text: string): WeightedVerb[] | undefined {
  const verbs: WeightedVerb[] = [];
  for (const part of text.toLowerCase().split(',')) {
    const [, word, weight = '1'] = /^([a-z.]+)(?::([1-9]\d{0,5}))?$/.exec(part) ?? [];
    const name = VERB_NAMES.find((known) => known === word);
    if (name === undefined) return undefined;
    verbs.push({ name, weight: Number(weight) });
  }
  return verbs;
}

/** As `parseVerbs` reads it. */
export function describeVerbs(verbs: readonly WeightedVerb[]): string {
  const [first] = verbs;
  if (verbs.length === 1 && first !== undefined) return first.name;
  return verbs.map(({ name, weight }) => `${name}:${weight}`).join(',');
}
