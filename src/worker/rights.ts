import { denialOf, noLongerAllowed } from '../acl/permission.js';
import type { AclUser } from '../acl/user.js';
import type { Arguments, Command } from '../commands/command.js';
import type { Rights } from '../protocol/transaction-message.js';
import type { Connection } from './connection.js';
import { Mark } from './gate.js';

const NOT_AUTHENTICATED = 'NOAUTH Authentication required.';
const MAY_NOT_ACCESS = 'NOPERM this user has no permissions to access one of the';

/** Whether a connection that bears the mark of restricted rights may run the command; what names none is refused elsewhere. */
export function isAllowed(
  connection: Connection,
  request: Arguments,
  command: Command | string,
): boolean {
  if (typeof command === 'string') return true;
  if (!isAuthenticated(connection, command)) return false;
  const { commands } = connection.server.users;
  return denialOf(commands, connection.user, command, request) === undefined;
}

/** Redis's error for what the connection may not run; ACL LOG shows it. */
export function refusalByRights(
  connection: Connection,
  request: Arguments,
  command: Command,
): string | undefined {
  if ((connection.marks & Mark.restricted) === 0) return undefined;
  if (!isAuthenticated(connection, command)) return NOT_AUTHENTICATED;
  const { server, user } = connection;
  const denial = denialOf(server.users.commands, user, command, request);
  if (denial === undefined) return undefined;
  const { reason, position } = denial;
  const object = reason === 'command' ? command.name : request.text(position);
  connection.lastCommand = command.name;
  server.denied(connection, { reason, object });
  if (reason !== 'command') return `${MAY_NOT_ACCESS} ${reason}s used as arguments`;
  return `NOPERM this user has no permissions to run the '${command.name}' command`;
}

/** Redis's error for a queued command that `user` may not run when EXEC comes; ACL LOG shows it. */
export function refusalAtExec(
  connection: Connection,
  user: AclUser,
  request: Arguments,
  command: Command,
): string | undefined {
  const { server } = connection;
  const denial = denialOf(server.users.commands, user, command, request);
  if (denial === undefined) return undefined;
  const { reason, position } = denial;
  server.denied(connection, {
    reason,
    object: reason === 'command' ? command.name : request.text(position),
  });
  return noLongerAllowed(reason);
}

/** What the master is told of the rights that a script has: a user's name and the client's line, or '' and '' for whoever may do everything. */
export function rightsOfScript(
  connection: Connection,
  user: AclUser,
  mayHaveChanged = false,
): Rights {
  if (mayHaveChanged) return rightsOf(connection, user);
  const mayDoEverything = user === connection.user && (connection.marks & Mark.restricted) === 0;
  return mayDoEverything ? ['', ''] : rightsOf(connection, user);
}

/** A user and the client's line, by which the master asks for the rights itself. */
export function rightsOf(connection: Connection, user: AclUser): Rights {
  return [user.name, connection.describe()];
}

function isAuthenticated(connection: Connection, command: Command): boolean {
  return !connection.mustAuthenticate || command.flags.includes('no_auth');
}
