import { lowerCase, untilNul, upperCase } from '../commands/words.js';
import type { AclCommand, AclCommands, Category } from './acl-commands.js';
import { Bits } from './bits.js';

/** What a key pattern permits. */
export const Access = { read: 1, write: 2, all: 3 } as const;

export interface KeyPattern {
  /** Latin1, as all words of rules. */
  readonly pattern: string;
  readonly bytes: Buffer;
  readonly access: number;
}

export interface ChannelPattern {
  readonly pattern: string;
  readonly bytes: Buffer;
}

/** Why a rule can't be applied; its text is in problem.ts. */
export type Problem =
  | 'unknown'
  | 'syntax'
  | 'all keys'
  | 'all channels'
  | 'no such password'
  | 'hash'
  | 'first argument of a subcommand';

/** A selector as it crosses a pipe. */
export interface SelectorData {
  readonly allKeys: boolean;
  readonly allChannels: boolean;
  readonly allCommands: boolean;
  readonly futureCommands: boolean;
  readonly commands: string;
  readonly firstArguments: readonly (readonly [id: number, words: readonly string[]])[];
  readonly keys: readonly (readonly [pattern: string, access: number])[];
  readonly channels: readonly string[];
}

/**
 * One set of rights of a user: commands, the keys they may name, the channels.
 *
 * `allCommands` says that no bit need be looked at; it goes with any bit that is cleared. `futureCommands` says that the list
 * began with all commands, and decides whether it is described by what was taken away.
 */
export class Selector {
  allKeys = false;
  allChannels: boolean;
  allCommands = false;
  futureCommands = false;
  commands: Bits;
  /** What a command that is not allowed may have as first argument, by its id. */
  readonly firstArguments = new Map<number, string[]>();
  keys: KeyPattern[] = [];
  channels: ChannelPattern[] = [];

  constructor(commands: Bits, allChannels: boolean) {
    this.commands = commands;
    this.allChannels = allChannels;
  }

  copy(): Selector {
    const copy = new Selector(this.commands.copy(), this.allChannels);
    copy.allKeys = this.allKeys;
    copy.allCommands = this.allCommands;
    copy.futureCommands = this.futureCommands;
    for (const [id, words] of this.firstArguments) copy.firstArguments.set(id, [...words]);
    copy.keys = [...this.keys];
    copy.channels = [...this.channels];
    return copy;
  }

  /** Applies one rule, as `+get` or `~order:*`. Words compare as C strings, which a NUL ends; patterns don't. */
  apply(known: AclCommands, rule: string): Problem | undefined {
    const word = untilNul(rule);
    switch (lowerCase(word)) {
      case 'allkeys':
      case '~*':
        this.allKeys = true;
        this.keys = [];
        return undefined;
      case 'resetkeys':
        this.allKeys = false;
        this.keys = [];
        return undefined;
      case 'allchannels':
      case '&*':
        this.allChannels = true;
        this.channels = [];
        return undefined;
      case 'resetchannels':
        this.allChannels = false;
        this.channels = [];
        return undefined;
      case 'allcommands':
      case '+@all':
        this.#allowAll(true);
        return undefined;
      case 'nocommands':
      case '-@all':
        this.#allowAll(false);
        return undefined;
    }
    switch (word[0]) {
      case '~':
      case '%':
        return this.#addKeys(rule);
      case '&':
        return this.#addChannels(rule);
      case '+':
      case '-':
        return word[1] === '@' ? this.#changeCategory(known, word) : this.#change(known, word);
      default:
        return 'syntax';
    }
  }

  allow(command: AclCommand, isAllowed: boolean): void {
    this.#setBit(command.id, isAllowed);
    this.firstArguments.delete(command.id);
    for (const { id } of command.subcommands) this.#setBit(id, isAllowed);
  }

  allowCategory(category: Category, isAllowed: boolean): void {
    this.commands.change(category.reach, isAllowed);
    if (!isAllowed) this.allCommands = false;
    for (const id of [...this.firstArguments.keys()]) {
      if (category.members.has(id)) this.firstArguments.delete(id);
    }
  }

  toData(): SelectorData {
    return {
      allKeys: this.allKeys,
      allChannels: this.allChannels,
      allCommands: this.allCommands,
      futureCommands: this.futureCommands,
      commands: this.commands.toText(),
      firstArguments: [...this.firstArguments],
      keys: this.keys.map(({ pattern, access }) => [pattern, access]),
      channels: this.channels.map(({ pattern }) => pattern),
    };
  }

  static fromData(data: SelectorData): Selector {
    const selector = new Selector(Bits.fromText(data.commands), data.allChannels);
    selector.allKeys = data.allKeys;
    selector.allCommands = data.allCommands;
    selector.futureCommands = data.futureCommands;
    for (const [id, words] of data.firstArguments) selector.firstArguments.set(id, [...words]);
    selector.keys = data.keys.map(([pattern, access]) => ({ ...bytesOf(pattern), access }));
    selector.channels = data.channels.map(bytesOf);
    return selector;
  }

  #allowAll(isAllowed: boolean): void {
    this.commands.fill(isAllowed);
    this.allCommands = isAllowed;
    this.futureCommands = isAllowed;
    this.firstArguments.clear();
  }

  #setBit(id: number, isAllowed: boolean): void {
    this.commands.set(id, isAllowed);
    if (!isAllowed) this.allCommands = false;
  }

  #addKeys(rule: string): Problem | undefined {
    if (this.allKeys) return 'all keys';
    const [, letters = '', pattern = ''] = /^(?:~|%([^~]*)~?)(.*)$/s.exec(rule) ?? [];
    const access = rule[0] === '~' ? Access.all : accessOf(letters);
    if (access === undefined || hasSpaces(pattern)) return 'syntax';
    const at = this.keys.findIndex((each) => each.pattern === pattern);
    const before = this.keys[at];
    if (before === undefined) this.keys.push({ ...bytesOf(pattern), access });
    else this.keys[at] = { ...before, access: before.access | access };
    return undefined;
  }

  #addChannels(rule: string): Problem | undefined {
    if (this.allChannels) return 'all channels';
    const pattern = rule.slice(1);
    if (hasSpaces(pattern)) return 'syntax';
    const isNew = this.channels.every((each) => each.pattern !== pattern);
    if (isNew) this.channels.push(bytesOf(pattern));
    return undefined;
  }

  #changeCategory(known: AclCommands, word: string): Problem | undefined {
    const category = known.category(word.slice(2));
    if (category === undefined) return 'unknown';
    this.allowCategory(category, word[0] === '+');
    return undefined;
  }

  #change(known: AclCommands, word: string): Problem | undefined {
    const name = word.slice(1);
    const end = name.lastIndexOf('|');
    if (word[0] === '+' && end >= 0) return this.#allowPart(known, name, end);
    const command = known.find(name);
    if (command === undefined) return 'unknown';
    this.allow(command, word[0] === '+');
    return undefined;
  }

  /** `+config|get`, or `+select|0`: a subcommand, or one first argument of a command that has none. */
  #allowPart(known: AclCommands, name: string, end: number): Problem | undefined {
    const command = known.find(name.slice(0, end));
    const part = name.slice(end + 1);
    if (command === undefined) return 'unknown';
    if (command.isSubcommand) return 'first argument of a subcommand';
    if (part === '') return 'syntax';
    if (command.subcommands.length > 0) {
      const subcommand = known.find(name);
      if (subcommand === undefined) return 'unknown';
      this.allow(subcommand, true);
      return undefined;
    }
    const words = this.firstArguments.get(command.id) ?? [];
    if (!words.some((each) => lowerCase(each) === lowerCase(part))) words.push(part);
    this.firstArguments.set(command.id, words);
    return undefined;
  }
}

/** `%` without a letter says nothing: Redis takes it, and ends when it has to describe it. */
function accessOf(letters: string): number | undefined {
  switch (upperCase(letters)) {
    case 'R':
      return Access.read;
    case 'W':
      return Access.write;
    case 'RW':
    case 'WR':
      return Access.all;
    default:
      return undefined;
  }
}

function bytesOf(pattern: string): ChannelPattern {
  return { pattern, bytes: Buffer.from(pattern, 'latin1') };
}

/** C's isspace, and NUL: none of them in names and patterns. */
export function hasSpaces(text: string): boolean {
  return /[\t-\r \0]/.test(text);
}
