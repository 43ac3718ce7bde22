import type { AclCommands, Category } from './acl-commands.js';
import { Access, type KeyPattern, Selector } from './selector.js';
import type { AclUser } from './user.js';

/** A user as rules that make it again; what follows `user <name> ` in a file. */
export function describeUser(known: AclCommands, user: AclUser): string {
  const words = [...user.flags, ...user.passwords.map((hash) => `#${hash}`)];
  const [own = '', ...others] = user.selectors.map((each) => describeSelector(known, each));
  return [...words, own, ...others.map((each) => `(${each})`)].join(' ');
}

function describeSelector(known: AclCommands, selector: Selector): string {
  const words: string[] = [];
  if (selector.allKeys) words.push('~*');
  else words.push(...selector.keys.map(describeKeys));
  if (selector.allChannels) words.push('&*');
  else words.push('resetchannels', ...selector.channels.map(({ pattern }) => `&${pattern}`));
  return [...words, describeCommands(known, selector)].join(' ');
}

export function describeKeys({ pattern, access }: KeyPattern): string {
  if (access === Access.all) return `~${pattern}`;
  return access === Access.read ? `%R~${pattern}` : `%W~${pattern}`;
}

/**
 * The commands of a selector as Redis tells them: all or none, then categories as long as one fits more commands than it
 * misses, then what is left one by one. Which categories fit is decided over the commands of Redis alone, so that
 * the answer is Redis's; the order of single commands is arbitrary there, and alphabetical here.
 */
export function describeCommands(known: AclCommands, selector: Selector): string {
  const isAdding = !selector.futureCommands;
  const words = [isAdding ? '-@all' : '+@all'];
  /** What the words make. */
  const made = new Selector(known.none(), false);
  made.apply(known, words[0] as string);
  /** What is still to be told. */
  const left = new Selector(selector.commands.copy(), false);
  const categories = new Set(known.categories);
  for (;;) {
    const best = bestCategory(left, categories, isAdding);
    if (best === undefined) break;
    made.allowCategory(best, isAdding);
    left.allowCategory(best, !isAdding);
    words.push(`${isAdding ? '+' : '-'}@${best.name}`);
    categories.delete(best);
  }
  for (const command of known.all) {
    const isAllowed = selector.commands.has(command.id);
    if (isAllowed !== made.commands.has(command.id)) {
      words.push(`${isAllowed ? '+' : '-'}${command.name}`);
      made.allow(command, isAllowed);
    }
    if (isAllowed) continue;
    for (const word of selector.firstArguments.get(command.id) ?? []) {
      words.push(`+${command.name}|${word}`);
    }
  }
  return words.join(' ');
}

function bestCategory(
  left: Selector,
  categories: ReadonlySet<Category>,
  isAdding: boolean,
): Category | undefined {
  let best: Category | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const category of categories) {
    const on = left.commands.count(category.counted);
    const off = category.countedSize - on;
    const [same, different] = isAdding ? [on, off] : [off, on];
    if (same <= different || different > fewest) continue;
    if (different === fewest && same <= most) continue;
    best = category;
    fewest = different;
    most = same;
  }
  return best;
}
