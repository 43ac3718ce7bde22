import type { Arguments, CommandFacts, ExecutableRow, KeyFlag } from './command.js';
import { integerAt, optionWord } from './words.js';

/** What follows from a command's facts. */

/** Whether `count` arguments, the name among them, are a number that the command takes. */
export function hasArity(facts: CommandFacts, count: number): boolean {
  return facts.arity < 0 ? count >= -facts.arity : count === facts.arity;
}

/** The words that the worker appends to those of the client when it hands the command on. */
export function additionsOf(command: ExecutableRow): number {
  if (command.runs === 'script') return 2;
  return command.runs === 'server' && command.takesId === true ? 1 : 0;
}

/** The positions of the keys among the arguments. */
export function keysOf(facts: CommandFacts, request: Arguments): number[] {
  const [first, last, step] = facts.keys;
  const positions: number[] = [];
  const { keyCountAt } = facts;
  if (keyCountAt !== undefined) {
    const count = Number(integerAt(request, keyCountAt) ?? 0);
    // Of a number that can't be right, Redis makes no keys.
    if (count > request.count - keyCountAt - 1) return positions;
    for (let i = 1; i <= count; i++) positions.push(keyCountAt + i);
    return positions;
  }
  // Where a channel stands, clients look for a node of a cluster; it is no key.
  if (first === 0 || facts.keyFlags.includes('not_key')) return positions;
  const end = last < 0 ? request.count + last : last;
  for (let i = first; i <= end; i += step) positions.push(i);
  return positions;
}

/** What a command does with the key at `position`, among arguments that begin with its name: SET reads it only when it has the word GET. */
export function keyFlagsAt(
  facts: CommandFacts,
  request: Arguments,
  position: number,
): readonly KeyFlag[] {
  if (facts.secondKeyFlags !== undefined && position > 1) return facts.secondKeyFlags;
  if (!facts.keyFlags.includes('variable_flags')) return facts.keyFlags;
  for (let i = 3; i < request.count; i++) {
    if (optionWord(request, i) === 'GET') return ['RW', 'access', 'update'];
  }
  return ['OW', 'update'];
}
