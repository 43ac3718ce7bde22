import type { ReplyWriter } from '../protocol/reply.js';
import type { Arguments, CommandFacts } from './command.js';
import { type DescribedCommand, writeStatuses } from './command-info.js';
import { hasArity, keyFlagsAt, keysOf } from './facts.js';
import { innerRequest } from './inner-request.js';
import { lowerCase } from './words.js';

/** COMMAND GETKEYS and GETKEYSANDFLAGS: the keys of the command that stands from argument 2 on. */
export function commandKeys(
  find: (name: string) => DescribedCommand | undefined,
  request: Arguments,
  reply: ReplyWriter,
  withFlags: boolean,
): void {
  const command = findWhole(find, request);
  const inner = innerRequest(request, 2);
  if (command === undefined) {
    reply.error('ERR Invalid command specified');
  } else if (hasNoKeys(command)) {
    reply.error('ERR The command has no key arguments');
  } else if (!hasArity(command, inner.count)) {
    reply.error('ERR Invalid number of arguments specified for command');
  } else {
    const positions = keysOf(command, inner);
    reply.array(positions.length);
    for (const position of positions) {
      if (withFlags) reply.array(2);
      reply.bulk(inner.bytes, inner.starts[position], inner.ends[position]);
      if (withFlags) writeStatuses(reply, keyFlagsAt(command, inner, position));
    }
  }
}

function hasNoKeys({ keys, keyCountAt, keyFlags }: CommandFacts): boolean {
  return (keys[0] === 0 && keyCountAt === undefined) || keyFlags.includes('not_key');
}

function findWhole(
  find: (name: string) => DescribedCommand | undefined,
  request: Arguments,
): CommandFacts | undefined {
  const name = lowerCase(request.text(2));
  const entry = find(name);
  if (entry?.subcommands === undefined || request.count === 3) return entry;
  const full = `${entry.name}|${lowerCase(request.text(3))}`;
  return entry.subcommands.find((subcommand) => subcommand.name === full);
}
