import { type Command, Option } from 'commander';
import { wordsOf } from '../config/file.js';
import type { UserLine } from '../config/user-lines.js';
import { quoted } from '../config/word-types.js';

const FLAG = '--user';

/**
 * Joins a user's name and rules into one word, as `--user=alice on '>a b'`: everything up to the next `--` belongs to it, as in Redis.
 * Subcommands have a `--user` of their own, so nothing is touched when the first argument is one of `subcommands`.
 */
export function joinUsers(argv: readonly string[], subcommands: readonly string[]): string[] {
  if (subcommands.includes(argv[0] ?? '')) return [...argv];
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    if (argument === '--') return [...joined, ...argv.slice(i)];
    if (argument.toLowerCase() !== FLAG) {
      joined.push(argument);
      continue;
    }
    const words: string[] = [];
    while (i + 1 < argv.length && !argv[i + 1]?.startsWith('--')) words.push(argv[++i] as string);
    joined.push(`${FLAG}=${words.map(quoted).join(' ')}`);
  }
  return joined;
}

/** Gives a command the option for users; the list that is returned fills up with them, in order, as it is parsed. */
export function addUserOption(command: Command): UserLine[] {
  const users: UserLine[] = [];
  const help =
    'a user and its rules, like a line of the configuration file; may come several times';
  command.addOption(new Option(`${FLAG} <name and rules>`, help).helpGroup('Clients:'));
  command.on('option:user', (text: string) => {
    // What a user's rules match are bytes.
    const bytes = Buffer.from(text).toString('latin1');
    users.push({ words: wordsOf(bytes, ''), place: 'command line: ' });
  });
  return users;
}
