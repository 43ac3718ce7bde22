import { AclCommands } from '#dist/acl/acl-commands.js';
import { withRules } from '#dist/acl/set-user.js';
import { AclUser, type RuleContext } from '#dist/acl/user.js';
import { tableEntries } from '#dist/commands/table.js';

export const known = new AclCommands(tableEntries());
export const context: RuleContext = { known, allChannels: false };

/** A user with these rules; throws with the text of the error for those that are none. */
export function userOf(...rules: string[]): AclUser {
  const user = tryRules(...rules);
  if (typeof user === 'string') throw new Error(user);
  return user;
}

export function tryRules(...rules: string[]): AclUser | string {
  return withRules(AclUser.create('somebody', context), rules, context);
}
