import type { CommandFacts, CommandGroup } from '#dist/commands/command.js';
import { type TableEntry, tableEntries } from '#dist/commands/table.js';
import { CONFIG_NOTES, differences, INFO_NOTES, INTENDED } from './differences.js';

const GROUPS: Readonly<Record<CommandGroup, string>> = {
  sequence: 'Sequences (ours)',
  string: 'Values',
  generic: 'Names',
  connection: 'Connections',
  transactions: 'Transactions',
  pubsub: 'Messages',
  scripting: 'Scripts',
  server: 'The server',
  cluster: 'A cluster',
};

/** The text of docs/compatibility.md. */
export function compatibilityPage(): string {
  const known = new Set(tableEntries().flatMap((entry) => rowsOf(entry).map(({ name }) => name)));
  const unknown = Object.keys(differences).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}`);
  return `${[
    '# Compatibility with Redis',
    'Written by `npm run compatibility` from the table of commands; `test/compatibility/` has the words.',
    'The model is redis-server 7.0.15: on each command of this page the reply is what it answers to the same bytes, in RESP2 and RESP3, errors ' +
      'included, unless it is said here. `test/server/differential.test.ts` compares both on random streams of commands, `npm run diff -- --n 1000000` ' +
      'does so for as long as one likes, and `npm run redis-tests -- --source DIR` plays the tests that Redis publishes.',
    '## What differs on purpose',
    INTENDED.map((text, i) => `${i + 1}. ${text}`).join('\n'),
    '## INFO',
    list(INFO_NOTES),
    '## CONFIG',
    list(CONFIG_NOTES),
    '## Commands',
    'A dash: nothing differs. COMMAND INFO answers what Redis 7.0.15 answers (arity, flags, categories, keys, tips) where that has the command.',
    ...sections(),
  ].join('\n\n')}\n`;
}

function list(texts: readonly string[]): string {
  return texts.map((text) => `- ${text}`).join('\n');
}

function sections(): string[] {
  const groups = Object.keys(GROUPS) as CommandGroup[];
  return groups.flatMap((group) => {
    const rows = tableEntries().filter((entry) => entry.group === group);
    if (rows.length === 0) return [];
    const lines = rows.flatMap(rowsOf).map((facts) => {
      const name = facts.name.toUpperCase().replace('|', ' ');
      return `| \`${name}\` | ${facts.since} | ${differences[facts.name] ?? '–'} |`;
    });
    const head = '| command | since | what differs |\n|---|---|---|';
    return [`### ${GROUPS[group]}`, `${head}\n${lines.join('\n')}`];
  });
}

/** Subcommands have rows of their own, unless all is said of their container, or there is nothing to say. */
function rowsOf(entry: TableEntry): readonly CommandFacts[] {
  if (entry.runs !== 'container') return [entry];
  if (differences[entry.name] !== undefined) return [entry];
  return entry.alone === undefined ? entry.subcommands : [entry.alone, ...entry.subcommands];
}
