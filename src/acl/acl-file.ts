import type { AclCommands } from './acl-commands.js';
import { describeUser } from './describe.js';
import { PROBLEMS } from './problem.js';
import { hasSpaces } from './selector.js';
import { joinSelectors } from './set-user.js';
import { AclUser, DEFAULT_USER, type RuleContext } from './user.js';

const UNCHANGED =
  'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

/**
 * The users of a file in the form of `ACL SAVE`, a line each (`user <name> <rule> …`); or, when anything is wrong with it, a text that names
 * file and line of all that is, in Redis's words. `text` is latin1. Comments are errors, since a save would lose them.
 */
export function parseAclFile(
  text: string,
  name: string,
  context: RuleContext,
): Map<string, AclUser> | string {
  const users = new Map<string, AclUser>();
  let errors = '';
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
    if (trimmed !== '')
      errors += readLine(users, trimmed.split(' '), `${name}:${index + 1}`, context);
  }
  if (errors !== '') return errors + UNCHANGED;
  if (!users.has(DEFAULT_USER)) users.set(DEFAULT_USER, AclUser.createDefault(context));
  return users;
}

/** Adds the user of one line; what is wrong with it, or ''. */
function readLine(
  users: Map<string, AclUser>,
  words: readonly string[],
  place: string,
  context: RuleContext,
): string {
  const [keyword, name, ...rest] = words;
  if (keyword !== 'user' || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (users.has(name)) {
    return `WARNING: Duplicate user '${name}' found on line ${place.slice(place.lastIndexOf(':') + 1)}. `;
  }
  const user = AclUser.create(name, context);
  users.set(name, user);
  const rules = joinSelectors(rest);
  if (!Array.isArray(rules)) return `${place}: Unmatched parenthesis in selector definition.`;
  let errors = '';
  let isSyntaxTold = false;
  for (const rule of rules as string[]) {
    const trimmed = rule.replace(/^[\t\r]+|[\t\r]+$/g, '');
    const problem = user.apply(context, trimmed);
    // What names a command can't be a secret; of anything else the first is told, without the words.
    if (problem === 'unknown') {
      errors += `${place}: Error in applying operation '${trimmed}': ${PROBLEMS[problem]}. `;
    } else if (problem !== undefined && !isSyntaxTold) {
      errors += `${place}: ${PROBLEMS[problem]}. `;
      isSyntaxTold = true;
    }
  }
  return errors;
}

/** The file of these users, as latin1. */
export function aclFileText(known: AclCommands, users: Iterable<AclUser>): string {
  let text = '';
  for (const user of users) text += `${userLine(known, user)}\n`;
  return text;
}

export function userLine(known: AclCommands, user: AclUser): string {
  return `user ${user.name} ${describeUser(known, user)}`;
}
