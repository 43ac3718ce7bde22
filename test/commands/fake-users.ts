import { type UserSettings, Users } from '#dist/master/users.js';
import type { UsersChange } from '#dist/protocol/users-change.js';

/** The master's users, with what its workers were told and what the operator was. */
export interface FakeUsers extends Users {
  readonly told: UsersChange[];
  readonly warnings: string[];
}

export function fakeUsers(settings: Partial<UserSettings> = {}): FakeUsers {
  const told: UsersChange[] = [];
  const warnings: string[] = [];
  const users = new Users({
    config: () => ({
      requirepass: '',
      aclfile: '',
      dir: '.',
      'acl-pubsub-default': 'resetchannels',
      'acllog-max-len': 128,
      ...settings,
    }),
    inform: async (change) => {
      told.push(change);
    },
    denials: async () => {},
    warn: (text) => warnings.push(text),
  });
  return Object.assign(users, { told, warnings });
}
