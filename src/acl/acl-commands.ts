import { CATEGORIES, categoriesOf } from '../commands/categories.js';
import type { CommandFacts } from '../commands/command.js';
import { lowerCase, untilNul } from '../commands/words.js';
import { Bits } from './bits.js';
import { REDIS_COMMANDS } from './redis-commands.js';

/** A command that rules can name: one of ours, or of Redis's only. */
export interface AclCommand {
  /** Its bit in a selector. */
  readonly id: number;
  /** Lower case; a subcommand's is `config|set`. */
  readonly name: string;
  readonly isSubcommand: boolean;
  readonly subcommands: readonly AclCommand[];
}

/** A row of the table of commands as rules see it; `index` where it runs. */
export interface KnownCommand extends CommandFacts {
  readonly index?: number;
  readonly subcommands?: readonly KnownCommand[];
  readonly alone?: KnownCommand | undefined;
}

export interface Category {
  readonly name: string;
  /** The commands in it. */
  readonly members: Bits;
  /** What `+@name` sets: those, and the subcommands of those. */
  readonly reach: Bits;
  /** By which of them a description finds that the category fits: Redis's, but in a category of ours. */
  readonly counted: Bits;
  readonly countedSize: number;
}

/**
 * What rules can speak of: all commands of Redis 7.0.15, whether they are here or not, and behind them ours that Redis does
 * not have. Ids follow from the sources alone, so all processes of a server agree on them.
 */
export class AclCommands {
  /** A container stands before its subcommands. */
  readonly all: readonly AclCommand[];
  readonly categories: readonly Category[];
  readonly #byName = new Map<string, AclCommand>();
  /** By the index of a command in the table. */
  readonly #ids: number[] = [];

  constructor(entries: readonly KnownCommand[]) {
    const categories = new Map<string, string[]>();
    for (const [words, names] of REDIS_COMMANDS) {
      for (const name of names.split(' ')) categories.set(name, words.split(' '));
    }
    const redisNames = [...categories.keys()].sort();
    const own = entries.flatMap((entry) => [entry, ...(entry.subcommands ?? [])]);
    const ownNames = own.map(({ name }) => name).filter((name) => !categories.has(name));
    for (const facts of own) categories.set(facts.name, categoriesOf(facts));
    this.all = this.#enter([...redisNames, ...ownNames]);
    const redis = new Set(redisNames);
    this.categories = CATEGORIES.map((name) => {
      const names = [...categories]
        .filter(([, words]) => words.includes(name))
        .map(([each]) => each);
      const members = this.#bitsOf(names);
      const known = names.filter((each) => redis.has(each));
      const counted = known.length > 0 ? this.#bitsOf(known) : members;
      const countedSize = counted.count(counted);
      return { name, members, reach: this.#reach(members), counted, countedSize };
    });
    for (const { name, index, alone } of own) {
      const id = this.#byName.get(name)?.id ?? 0;
      if (index !== undefined) this.#ids[index] = id;
      if (alone?.index !== undefined) this.#ids[alone.index] = id;
    }
  }

  /** The bit of the command that has this index in the table. */
  idOf(index: number): number {
    return this.#ids[index] as number;
  }

  /** By its full name in any case; a NUL ends it. */
  find(name: string): AclCommand | undefined {
    return this.#byName.get(lowerCase(untilNul(name)));
  }

  category(name: string): Category | undefined {
    const lower = lowerCase(untilNul(name));
    return this.categories.find((each) => each.name === lower);
  }

  none(): Bits {
    return new Bits(this.all.length);
  }

  /** A parent's name comes before those of its subcommands. */
  #enter(names: readonly string[]): AclCommand[] {
    const children = new Map<string, AclCommand[]>();
    return names.map((name, id) => {
      const [parent = '', subcommand] = name.split('|');
      const subcommands: AclCommand[] = [];
      const isSubcommand = subcommand !== undefined;
      const command = { id, name, isSubcommand, subcommands };
      if (isSubcommand) children.get(parent)?.push(command);
      else children.set(name, subcommands);
      this.#byName.set(name, command);
      return command;
    });
  }

  #bitsOf(names: readonly string[]): Bits {
    const bits = this.none();
    for (const name of names) {
      const command = this.#byName.get(name);
      if (command !== undefined) bits.set(command.id, true);
    }
    return bits;
  }

  #reach(members: Bits): Bits {
    const reach = members.copy();
    for (const { id, subcommands } of this.all) {
      if (!members.has(id)) continue;
      for (const subcommand of subcommands) reach.set(subcommand.id, true);
    }
    return reach;
  }
}
