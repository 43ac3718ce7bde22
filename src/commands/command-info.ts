import type { ReplyWriter } from '../protocol/reply.js';
import { categoriesOf } from './categories.js';
import type { CommandFacts } from './command.js';

/** A command's facts, and those of its subcommands if it is a container. */
export interface DescribedCommand extends CommandFacts {
  readonly subcommands?: readonly CommandFacts[];
}

/** One element of COMMAND INFO's reply: the ten facts about a command. */
export function writeCommandInfo(reply: ReplyWriter, command: DescribedCommand): void {
  const [first, last, step] = command.keys;
  reply.array(10);
  reply.bulkText(command.name);
  reply.integer(command.arity);
  writeStatuses(reply, command.flags);
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  writeStatuses(
    reply,
    categoriesOf(command).map((category) => `@${category}`),
  );
  const tips = command.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.bulkText(tip);
  writeKeySpecs(reply, command);
  const subcommands = command.subcommands ?? [];
  // Redis answers a set here when there is none.
  if (subcommands.length === 0) reply.set(0);
  else reply.array(subcommands.length);
  for (const subcommand of subcommands) writeCommandInfo(reply, subcommand);
}

export function writeStatuses(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.status(word);
}

function writeKeySpecs(reply: ReplyWriter, command: CommandFacts): void {
  const { keys, keyFlags, secondKeyFlags, keyNotes } = command;
  const [first, last, step] = keys;
  if (command.keyCountAt !== undefined) {
    reply.set(1);
    writeCountedKeySpec(reply, command.keyCountAt, keyFlags, keyNotes);
  } else if (first === 0) reply.set(0);
  else if (secondKeyFlags === undefined) {
    reply.set(1);
    writeKeySpec(reply, first, last, step, keyFlags, keyNotes);
  } else {
    reply.set(2);
    writeKeySpec(reply, first, first, step, keyFlags);
    writeKeySpec(reply, last, last, step, secondKeyFlags);
  }
}

function writeKeySpec(
  reply: ReplyWriter,
  first: number,
  last: number,
  step: number,
  flags: readonly string[],
  notes?: string,
): void {
  beginKeySpec(reply, first, flags, notes);
  reply.map(2);
  reply.bulkText('type');
  reply.bulkText('range');
  reply.bulkText('spec');
  reply.map(3);
  reply.bulkText('lastkey');
  // Counted from the first key, or from the end.
  reply.integer(last < 0 ? last : last - first);
  reply.bulkText('keystep');
  reply.integer(step);
  reply.bulkText('limit');
  reply.integer(0);
}

/** Of keys behind their number. */
function writeCountedKeySpec(
  reply: ReplyWriter,
  countAt: number,
  flags: readonly string[],
  notes?: string,
): void {
  beginKeySpec(reply, countAt, flags, notes);
  reply.map(2);
  reply.bulkText('type');
  reply.bulkText('keynum');
  reply.bulkText('spec');
  reply.map(3);
  reply.bulkText('keynumidx');
  reply.integer(0);
  reply.bulkText('firstkey');
  reply.integer(1);
  reply.bulkText('keystep');
  reply.integer(1);
}

function beginKeySpec(
  reply: ReplyWriter,
  first: number,
  flags: readonly string[],
  notes?: string,
): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.bulkText('notes');
    reply.bulkText(notes);
  }
  reply.bulkText('flags');
  writeStatuses(reply, flags);
  reply.bulkText('begin_search');
  reply.map(2);
  reply.bulkText('type');
  reply.bulkText('index');
  reply.bulkText('spec');
  reply.map(1);
  reply.bulkText('index');
  reply.integer(first);
  reply.bulkText('find_keys');
}
