import type { Command } from '../commands/command.js';
import type { Session } from '../commands/session-state.js';

const LOOPBACK = ['127.0.0.1:', '[::1]:'];

/** The error for a command that is kept from this client, before anything else about it is looked at. */
export function refusalOfProtected(session: Session, command: Command): string | undefined {
  if (command.runs === 'worker') return command.refusal;
  if (command.runs !== 'server' || command.isProtected !== true) return undefined;
  const allowed = session.server.config['enable-debug-command'];
  if (allowed === 'yes' || (allowed === 'local' && isLocal(session))) return undefined;
  return (
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", ' +
    'you can run it from a local connection, otherwise you need to set this option ' +
    'in the configuration file, and then restart the server.'
  );
}

function isLocal({ isUnixSocket, address }: Session): boolean {
  return isUnixSocket || LOOPBACK.some((loopback) => address.startsWith(loopback));
}
