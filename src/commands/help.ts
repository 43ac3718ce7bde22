import type { ReplyWriter } from '../protocol/reply.js';

/** A HELP subcommand's answer: lines of text, each a status, framed as Redis frames them. */
export function replyHelp(reply: ReplyWriter, container: string, lines: readonly string[]): void {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ];
  reply.array(all.length);
  for (const line of all) reply.status(line);
}

/** What the rows of all HELP subcommands share. */
export const HELP = {
  runs: 'worker',
  arity: 2,
  flags: ['loading', 'stale'],
  summary: 'List the subcommands',
  complexity: 'O(1)',
} as const;

/** Executes HELP of a container: these lines, and those on HELP itself. */
export function help(container: string, lines: readonly string[]) {
  return (_session: unknown, _request: unknown, reply: ReplyWriter): void =>
    replyHelp(reply, container, lines);
}
