import { acl } from './acl.js';
import { cluster } from './cluster.js';
import type { Arguments, Command, CommandFacts, CommandRow, ExecutableRow } from './command.js';
import { counters } from './counters.js';
import { expiry } from './expiry.js';
import { hasArity } from './facts.js';
import { functions } from './functions.js';
import { increments } from './increments.js';
import { introspection } from './introspection.js';
import { keys } from './keys.js';
import { memory } from './memory.js';
import { lolwut, modules } from './modules.js';
import { NameTable } from './name-table.js';
import { names as nameCommands } from './names.js';
import { object } from './object.js';
import { pubsub } from './pubsub.js';
import { replication } from './replication.js';
import { scripting } from './scripting.js';
import { sequences } from './sequences.js';
import { server } from './server.js';
import { session } from './session.js';
import { takes } from './takes.js';
import { text } from './text.js';
import { transactions } from './transactions.js';
import { unknownCommand, unknownSubcommand } from './unknown.js';
import { lowerCase, wrongArity } from './words.js';

export { keysOf } from './facts.js';

/** The table of commands: what there is, and which of it a request means. */

/** A name and its subcommands in the table. `alone` is what runs when the name comes without one. */
export interface Container extends CommandFacts {
  readonly runs: 'container';
  readonly subcommands: readonly Command[];
  readonly subcommandNames: NameTable<Command>;
  readonly alone: Command | undefined;
}

export type TableEntry = Command | Container;

const commands: Command[] = [];
const entries: readonly TableEntry[] = [
  ...takes,
  ...counters,
  ...increments,
  ...text,
  ...keys,
  ...nameCommands,
  ...expiry,
  object,
  ...sequences,
  ...session,
  ...transactions,
  ...scripting,
  ...pubsub,
  ...server,
  acl(() => entries),
  memory,
  modules,
  lolwut,
  ...replication,
  ...cluster,
  ...functions,
  introspection(
    () => usable,
    (name) => named.get(name),
  ),
].map(enter);
const named = new Map<string, TableEntry>(entries.map((entry) => [entry.name, entry]));
let names = new NameTable<TableEntry>([...named]);
let usable = entries;

/**
 * Lets a command be called by another name only, or with '' by none: in this process, before it serves anybody. What is wrong with
 * that, or undefined. The name is latin1. Where a reply or a rule names a command, it is by its own name.
 */
export function renameCommand(from: string, to: string): string | undefined {
  const [before, after] = [lowerCase(from), lowerCase(to)];
  const entry = named.get(before);
  if (entry === undefined) return `there is no command '${from}'`;
  if (after !== '' && after !== before && named.has(after))
    return `there is a command '${to}' already`;
  named.delete(before);
  if (after === '') usable = usable.filter((each) => each !== entry);
  else named.set(after, entry);
  names = new NameTable<TableEntry>([...named]);
  return undefined;
}

/** Every top-level name, in the table's order. */
export function tableEntries(): readonly TableEntry[] {
  return entries;
}

/** Every command that runs, subcommands among them: the one at i has index i. */
export function allCommands(): readonly Command[] {
  return commands;
}

/** The command that another process named by its index. */
export function commandAt(index: number): Command {
  const command = commands[index];
  if (command === undefined) throw new Error(`there is no command ${index}`);
  return command;
}

/** What `bytes[start, end)` names, upper or lower case. Allocates nothing. */
export function findCommand(bytes: Buffer, start: number, end: number): TableEntry | undefined {
  return names.find(bytes, start, end);
}

/**
 * The command that a request means, with its number of arguments checked, or the text of Redis's error, which is ''
 * for a connection that is to be closed without a word (unknown.ts). Whether the
 * client may run it (authentication, MULTI) is the dispatcher's to decide, after this as in Redis.
 */
export function resolve(request: Arguments): Command | string {
  const entry = names.find(request.bytes, request.starts[0] as number, request.ends[0] as number);
  if (entry === undefined) return unknownCommand(request);
  const command = entry.runs === 'container' ? within(entry, request) : entry;
  if (typeof command === 'string') return command;
  return hasArity(command, request.count) ? command : wrongArity(command.name);
}

/** The command that a request names, whatever the number of its arguments. */
export function commandNamed(request: Arguments): Command | undefined {
  const entry = names.find(request.bytes, request.starts[0] as number, request.ends[0] as number);
  if (entry?.runs !== 'container') return entry;
  const command = within(entry, request);
  return typeof command === 'string' ? undefined : command;
}

function within(container: Container, request: Arguments): Command | string {
  if (request.count === 1) return container.alone ?? wrongArity(container.name);
  const command = container.subcommandNames.find(
    request.bytes,
    request.starts[1] as number,
    request.ends[1] as number,
  );
  return command ?? unknownSubcommand(request);
}

function enter(row: CommandRow): TableEntry {
  if (row.runs !== 'container') return numbered(row);
  const { subcommands, alone, ...facts } = row;
  const numberedSubcommands = subcommands.map(numbered);
  return {
    ...facts,
    subcommands: numberedSubcommands,
    subcommandNames: new NameTable(
      numberedSubcommands.map((command) => [command.name.slice(row.name.length + 1), command]),
    ),
    alone: alone === undefined ? undefined : numbered(alone),
  };
}

function numbered(row: ExecutableRow): Command {
  const command = { ...row, index: commands.length };
  commands.push(command);
  return command;
}
