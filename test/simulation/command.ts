import type { Answer, Step } from '../history/step.js';

/** Requests, what they do together to which sequences, and how the reply to the last of them is read. */
export interface SimulatedCommand {
  readonly requests: readonly (readonly string[])[];
  readonly steps: Step[];
  readonly answers: (reply: unknown) => Answer[];
  /** How an error is read that the command may answer with, such as that there is none. */
  readonly errors?: Readonly<Record<string, Answer[]>>;
}

/** What a client sends commands on. */
export interface KeySet {
  readonly database: number;
  /** Nothing but takes upwards, reads and copies away, unless everything is flushed. */
  readonly rising: readonly string[];
  readonly mixed: readonly string[];
  /** The database that has the same mixed keys, and changes places with this one. */
  readonly twin: number | undefined;
}

/** Which commands a run plays beside takes, reads and plain writes. */
export interface Repertoire {
  readonly hasDeadlines: boolean;
  readonly hasNames: boolean;
  readonly hasFlushAll: boolean;
  readonly hasTransactions: boolean;
  readonly hasScripts: boolean;
}

/** Where a pick comes from; a World is one. */
export interface Dice {
  /** A whole number from 0 up to below `count`. */
  pick(count: number): number;
  chance(probability: number): boolean;
  oneOf<T>(list: readonly T[]): T;
}

export interface Picking {
  readonly world: Dice;
  /** What the clock of the server's machine shows. */
  readonly wallMs: () => number;
  readonly keys: KeySet;
  readonly repertoire: Repertoire;
}

export const KEY_SETS: readonly [KeySet, KeySet, KeySet] = [
  { database: 0, rising: ['a', 'b'], mixed: ['m'], twin: undefined },
  { database: 1, rising: [], mixed: ['p', 'q'], twin: 2 },
  { database: 2, rising: [], mixed: ['p', 'q'], twin: 1 },
];

export const allOf = ({ rising, mixed }: KeySet): readonly string[] => [...rising, ...mixed];
export const nameIn = (database: number, key: string): string => `${database}/${key}`;

export const asNumber = (reply: unknown): Answer[] => [BigInt(reply as string)];
export const asYesOrNo = (reply: unknown): Answer[] => [oneOf(['0', '1'], reply) === '1'];
/** A number of names that its steps do not tell. */
export const asCount = (reply: unknown): Answer[] => {
  BigInt(reply as string);
  return [];
};
export const asOk = (reply: unknown): Answer[] => {
  oneOf(['OK'], reply);
  return [];
};
export const asRead = (reply: unknown): Answer => (reply === null ? null : BigInt(reply as string));

function oneOf(possible: readonly string[], reply: unknown): string {
  if (typeof reply === 'string' && possible.includes(reply)) return reply;
  throw new Error(`${possible.join(' or ')} was expected, and ${reply} came`);
}

/** The bytes of a request. */
export function encode(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}

/** What a reply answers to each step, or the text of an error that says that nothing was executed. */
export function answersTo(command: SimulatedCommand, reply: unknown): readonly Answer[] | string {
  if (reply instanceof Error) return command.errors?.[reply.message] ?? reply.message;
  try {
    return command.answers(reply);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** A part of a reply is an error that none of its command's is. */
export class Refusal extends Error {}
