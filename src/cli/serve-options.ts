import { type Command, Option } from 'commander';
import { facts } from '../config/conf-text.js';
import type { Flag } from '../config/config.js';
import { directiveRows, findDirective } from '../config/directives.js';

/** Gives a command an option for every directive; the list that is returned fills up with them, in order, as it is parsed. */
export function addDirectiveOptions(command: Command): Flag[] {
  const flags: Flag[] = [];
  for (const [name, row] of directiveRows) {
    const option = new Option(`--${name} <${row.type.placeholder}>`, `${row.help} (${facts(row)})`);
    command.addOption(option.helpGroup(`${row.group}:`));
    command.on(`option:${name}`, (word: string) => flags.push([name, [word]]));
  }
  return flags;
}

/**
 * Joins the values of directives that take several into one word, as `--bind=127.0.0.1 -::1`: like Redis we let everything up to
 * the next `--` be a value, where commander would take `-::1` for an option. A directive that nothing follows gets an empty
 * list here, so that commander does not swallow the next option as its value. Other arguments stay as they are.
 */
export function joinValues(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    // Whatever stands behind it is no option.
    if (argument === '--') return [...joined, ...argv.slice(i)];
    const directive = argument.startsWith('--') ? findDirective(argument.slice(2)) : undefined;
    if (directive === undefined) {
      joined.push(argument);
      continue;
    }
    const values: string[] = [];
    const most = directive.row.type.isList ? Number.POSITIVE_INFINITY : 1;
    while (values.length < most && i + 1 < argv.length && !argv[i + 1]?.startsWith('--')) {
      values.push(argv[++i] as string);
    }
    // Without a value commander must see the option last: it reports the missing value by the option's name.
    if (values.length === 0) return [...joined, argument];
    joined.push(`--${directive.name}=${values.join(' ')}`);
  }
  return joined;
}
