import { AclCommands } from '../acl/acl-commands.js';
import { isChannelAllowed } from '../acl/permission.js';
import type { ChannelPattern } from '../acl/selector.js';
import { AclUser, DEFAULT_USER } from '../acl/user.js';
import { tableEntries } from '../commands/table.js';
import type { UsersChange } from '../protocol/users-change.js';
import type { Connection } from './connection.js';

/**
 * The worker's copy of the users. A user stays the same object when its rules change, and is another one when it is deleted and
 * made again: connections belong to the object.
 */
export class Users {
  readonly commands = new AclCommands(tableEntries());
  readonly default = AclUser.createDefault({ known: this.commands, allChannels: true });
  readonly #byName = new Map<string, AclUser>([[DEFAULT_USER, this.default]]);
  /** What a password is compared with for a name that is nobody's, which is to take as long. */
  readonly #nobody = new AclUser('', []);

  /** Who comes in with this name and password. */
  admit(name: string, password: Uint8Array): AclUser | undefined {
    const user = this.#byName.get(name) ?? this.#nobody;
    return user.admits(password) ? user : undefined;
  }

  /** From now on nothing runs by the old rights; closes the connections of those who are gone, or may not listen any more. */
  change({ deleted, set, caller }: UsersChange, connections: ReadonlySet<Connection>): void {
    for (const name of deleted) {
      const user = this.#byName.get(name);
      this.#byName.delete(name);
      for (const each of connections) {
        if (each.user !== user) continue;
        each.leaveUser();
        close(each, caller);
      }
    }
    for (const data of set) {
      const user = this.#byName.get(data.name);
      const changed = AclUser.fromData(data);
      if (user === undefined) this.#byName.set(data.name, changed);
      else {
        const isLess = losesChannels(user, changed);
        const revoked = [...connections].filter(
          (each) => isLess && each.user === user && mayNotListen(each, changed),
        );
        user.become(changed);
        for (const each of revoked) close(each, caller);
      }
    }
    for (const each of connections) each.reviewRights();
  }
}

function close(connection: Connection, caller: string): void {
  if (String(connection.id) === caller) connection.closeAfterReply();
  else connection.destroy();
}

function losesChannels(before: AclUser, after: AclUser): boolean {
  if (after.selectors.some((each) => each.allChannels)) return false;
  if (before.selectors.some((each) => each.allChannels)) return true;
  const left = new Set(channelsOf(after).map(({ pattern }) => pattern));
  return channelsOf(before).some(({ pattern }) => !left.has(pattern));
}

function channelsOf(user: AclUser): ChannelPattern[] {
  return user.selectors.flatMap((each) => each.channels);
}

/** Whether it is subscribed to something that the user may not have. */
function mayNotListen({ subscriptions }: Connection, user: AclUser): boolean {
  if (subscriptions === undefined || subscriptions.size === 0) return false;
  const allowed = channelsOf(user);
  const { channel, shard, pattern } = subscriptions;
  return (
    [...pattern].some((name) => !isChannelAllowed(allowed, name, true)) ||
    [...channel, ...shard].some((name) => !isChannelAllowed(allowed, name, false))
  );
}
