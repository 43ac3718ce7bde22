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
