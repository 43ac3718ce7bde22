import type { Directive, Group } from './directive.js';
import { directiveRows } from './directives.js';

const WIDTH = 100;

const INTRODUCTION = `# The configuration of Sequement, in the syntax of redis.conf. Every directive is shown with its default.
#
#     sequement sequement.conf --port 7000
#
# reads this file; what is given on the command line as --<directive> goes over it. A line is a directive
# and its values, in quotes where they contain blanks or #; a comment has a line of its own.
# Sizes: 1k is 1000 bytes, 1kb is 1024, likewise m, mb, g and gb.
# "changeable" directives can be changed while the server runs: CONFIG SET <directive> <value>.
#
# include <path>   reads another file at this place; a relative path starts at this file's directory.
#
# user <name> <rule> ...   a user and what it may do, in the words of ACL SETUSER; a name comes once, and
#     not together with aclfile:
#     user worker on >a-long-random-password ~order:* +@read +incr
#
# rename-command <command> <name>   lets a command be called by that name only; with the name "" by nobody.
#
# This file is made from src/config/directives.ts by \`npm run conf\`.
`;

/** The text of sequement.conf: every directive by group, explained and commented out. */
export function confText(): string {
  let text = INTRODUCTION;
  let group: Group | undefined;
  for (const [name, row] of directiveRows) {
    if (row.group !== group) {
      group = row.group;
      text += `\n${`######## ${group} `.padEnd(WIDTH, '#')}\n`;
    }
    text += `\n${comment(row.help)}${comment(facts(row) + (row.isChangeable ? '; changeable' : ''))}# ${name} ${row.type.write(row.default)}\n`;
  }
  return text;
}

/** Range and default, in short. */
export function facts(row: Directive<unknown>): string {
  return `${row.type.range}; default ${row.type.write(row.default)}`;
}

function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + 1 + word.length > WIDTH - 2) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}\n`).join('');
}
