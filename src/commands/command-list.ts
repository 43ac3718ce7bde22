import { matchesGlob } from '../protocol/glob.js';
import type { ReplyWriter } from '../protocol/reply.js';
import { categoriesOf } from './categories.js';
import { type Arguments, type CommandFacts, SYNTAX_ERROR } from './command.js';
import type { DescribedCommand } from './command-info.js';
import { lowerCase, optionWord, untilNul } from './words.js';

type Filter = (command: CommandFacts) => boolean;

/** COMMAND LIST: all names, subcommands among them, or those that a filter lets through. */
export function listNames(
  entries: readonly DescribedCommand[],
  request: Arguments,
  reply: ReplyWriter,
): void {
  const filter = request.count === 2 ? () => true : parseFilter(request);
  if (filter === undefined) {
    reply.error(SYNTAX_ERROR);
    return;
  }
  const all = entries.flatMap((entry) => [entry, ...(entry.subcommands ?? [])]);
  writeNames(reply, all.filter(filter));
}

function parseFilter(request: Arguments): Filter | undefined {
  if (request.count !== 5 || optionWord(request, 2) !== 'FILTERBY') return undefined;
  switch (optionWord(request, 3)) {
    case 'MODULE':
      return () => false;
    case 'ACLCAT': {
      const category = lowerCase(untilNul(request.text(4)));
      return (command) => (categoriesOf(command) as string[]).includes(category);
    }
    case 'PATTERN': {
      const pattern = request.bytes.subarray(request.starts[4], request.ends[4]);
      return (command) => {
        const name = Buffer.from(command.name);
        return matchesGlob(pattern, name, 0, name.length, true);
      };
    }
    default:
      return undefined;
  }
}

function writeNames(reply: ReplyWriter, commands: readonly CommandFacts[]): void {
  reply.array(commands.length);
  for (const command of commands) reply.bulkText(command.name);
}
