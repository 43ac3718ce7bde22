import type { UserData } from '../acl/user.js';

/** What becomes of the users, as the master tells the workers. First some are gone, then others are as they are told. */
export interface UsersChange {
  /** Their connections are closed. */
  readonly deleted: readonly string[];
  readonly set: readonly UserData[];
  /** The client whose command it was, or '': it gets its answer before it is closed. */
  readonly caller: string;
}
