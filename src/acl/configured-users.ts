import { ConfigError } from '../config/config-error.js';
import type { UserLine } from '../config/user-lines.js';
import { PROBLEMS } from './problem.js';
import { hasSpaces } from './selector.js';
import { joinSelectors } from './set-user.js';
import { AclUser, type RuleContext } from './user.js';

const DUPLICATE = 'Duplicate user found. A user can only be defined once in config files';

/** The users of a configuration file. Throws a ConfigError that names file and line, and no password. */
export function configuredUsers(lines: readonly UserLine[], context: RuleContext): AclUser[] {
  const users = new Map<string, AclUser>();
  for (const { words, place } of lines) {
    const [name = '', ...rest] = words;
    const refuse = (text: string) => new ConfigError(`${place}user ${name}: ${text}`);
    if (name === '') throw new ConfigError(`${place}user needs a name`);
    if (hasSpaces(name)) throw new ConfigError(`${place}a user's name can't contain blanks`);
    if (users.has(name)) throw refuse(DUPLICATE);
    const rules = joinSelectors(rest);
    if (!Array.isArray(rules)) throw refuse('a parenthesis is not closed');
    const user = AclUser.create(name, context);
    for (const rule of rules as string[]) {
      const problem = user.apply(context, rule);
      if (problem === undefined) continue;
      const shown = /^[<>#!]/.test(rule) ? 'a password' : `'${rule}'`;
      throw refuse(`${shown}: ${PROBLEMS[problem]}`);
    }
    users.set(name, user);
  }
  return [...users.values()];
}
