import type { ClientFilter } from '../commands/server-control.js';
import type { Connection } from './connection.js';

/** Closes the connections that the filter names, at once but for the one that asks; how many. */
export function killClients(connections: ReadonlySet<Connection>, filter: ClientFilter): number {
  let killed = 0;
  for (const connection of connections) {
    const isCaller = String(connection.id) === filter.caller;
    if ((isCaller && filter.isCallerSpared) || !matches(connection, filter)) continue;
    if (isCaller) connection.closeAfterReply();
    else connection.destroy();
    killed++;
  }
  return killed;
}

function matches(connection: Connection, filter: ClientFilter): boolean {
  const { id, type, address, localAddress, user } = filter;
  return (
    (id === undefined || id === String(connection.id)) &&
    (type === undefined || type === (connection.isSubscriber ? 'pubsub' : 'normal')) &&
    (address === undefined || address === connection.address) &&
    (localAddress === undefined || localAddress === connection.localAddress) &&
    (user === undefined || user === connection.user.name)
  );
}
