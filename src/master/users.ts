import { resolve as resolvePath } from 'node:path';
import { AclCommands } from '../acl/acl-commands.js';
import { aclFileText, parseAclFile, userLine } from '../acl/acl-file.js';
import { AclLog, type Denied } from '../acl/acl-log.js';
import { configuredUsers } from '../acl/configured-users.js';
import { describeUser } from '../acl/describe.js';
import { type Denial, denialOf, noLongerAllowed } from '../acl/permission.js';
import { hasSpaces } from '../acl/selector.js';
import { withRules } from '../acl/set-user.js';
import { AclUser, DEFAULT_USER, type RuleContext } from '../acl/user.js';
import { type Arguments, type Command, CommandError } from '../commands/command.js';
import { innerRequest } from '../commands/inner-request.js';
import type { Users as UsersOfServer } from '../commands/server-control.js';
import { resolve, tableEntries } from '../commands/table.js';
import { untilNul } from '../commands/words.js';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/directives.js';
import { type ConfChanges, confLine, userKey } from '../config/rewrite.js';
import type { UserLine } from '../config/user-lines.js';
import type { UsersChange } from '../protocol/users-change.js';
import { readAclFile, readAclFileNow, writeAclFile } from './acl-files.js';

const NO_FILE =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.';
const NOT_SAVED =
  'ERR There was an error trying to save the ACLs. Please check the server logs for more information';

export type UserSettings = Pick<
  Config,
  'requirepass' | 'aclfile' | 'dir' | 'acl-pubsub-default' | 'acllog-max-len'
>;

export interface UsersParts {
  config(): UserSettings;
  /** Tells all workers; resolves when no request runs any more that was allowed before. */
  inform(change: UsersChange): Promise<void>;
  /** Resolves when everything is here that a worker denied before now. */
  denials(): Promise<void>;
  warn(text: string): void;
}

/**
 * The users, and the only place where they are decided. Workers have copies.
 *
 * changed here ── told to all workers ── each has dropped the old rights, and what it had let through is executed ──▶ answered
 */
export class Users implements UsersOfServer {
  readonly commands = new AclCommands(tableEntries());
  readonly #parts: UsersParts;
  #users = new Map<string, AclUser>();
  /** Users are replaced, never changed: each is described once. A thousand took a quarter of a second. */
  readonly #descriptions = new WeakMap<AclUser, string>();
  readonly #log = new AclLog();
  /** Those of the configuration's file, as it was last read. */
  #lines: readonly UserLine[] = [];
  #saved: Promise<unknown> = Promise.resolve();

  constructor(parts: UsersParts) {
    this.#parts = parts;
    this.#put(AclUser.createDefault(this.#context));
  }

  /** Takes the users that the configuration names, at the start; throws with one readable sentence. */
  begin(lines: readonly UserLine[]): void {
    const { requirepass, aclfile } = this.#parts.config();
    this.#put(this.#defaultUser(requirepass));
    for (const user of this.#configured(lines)) {
      if (!user.isOn) this.#parts.warn(`the user ${user.name} is off: its line has no 'on'`);
      this.#put(user);
    }
    this.#lines = lines;
    if (aclfile === '') return;
    if (requirepass !== '') this.#parts.warn(`requirepass is ignored: ${aclfile} has the users`);
    this.#users = this.#parse(readAclFileNow(this.#path, aclfile));
  }

  /**
   * Reads what the configuration, read again, says of users; rejects when anything is wrong with it. What is answered puts it in force:
   * the users of `aclfile`, or those whose line has changed. Connections of users that stay the same stay, too.
   */
  async prepare(lines: readonly UserLine[]): Promise<() => Promise<void>> {
    const { aclfile, requirepass } = this.#parts.config();
    const configured = this.#configured(lines);
    if (aclfile !== '') {
      const users = this.#parse(await readAclFile(this.#path, aclfile));
      return () => {
        const gone = [...this.#users.keys()].filter((name) => !users.has(name));
        return this.#replace([...users.values()], gone);
      };
    }
    const texts = new Set(this.#lines.map(({ words }) => words.join(' ')));
    const changed = configured.filter((_user, i) => !texts.has(lines[i]?.words.join(' ') ?? ''));
    const names = new Set(configured.map(({ name }) => name));
    const gone = this.#lines.map(({ words }) => words[0] ?? '').filter((name) => !names.has(name));
    if (gone.includes(DEFAULT_USER)) changed.push(this.#defaultUser(requirepass));
    return () => {
      this.#lines = lines;
      return this.#replace(
        changed,
        gone.filter((name) => name !== DEFAULT_USER),
      );
    };
  }

  get #context(): RuleContext {
    const allChannels = this.#parts.config()['acl-pubsub-default'] === 'allchannels';
    return { known: this.commands, allChannels };
  }

  lines(): string[] {
    return this.all().map((user) => `user ${user.name} ${this.#describe(user)}`);
  }

  /** Why a script that this user runs may not run the command, in Redis's words; the log shows it, with the client's line. */
  denialOfScript(
    name: string,
    client: string,
    command: Command,
    request: Arguments,
  ): string | undefined {
    const reason = this.#denial(this.#users.get(name), name, client, command, request, 'lua');
    if (reason === undefined) return undefined;
    if (reason === 'command') return "can't run this command or subcommand";
    if (reason === 'key')
      return "can't access at least one of the keys mentioned in the command arguments";
    return "can't publish to the channel mentioned in the command";
  }

  /** The error for a queued command that this user may not run any more; one that is gone has the rights of the default user. */
  denialAtExec(
    name: string,
    client: string,
    command: Command,
    request: Arguments,
  ): string | undefined {
    const user = this.find(name) ?? this.find(DEFAULT_USER);
    const reason = this.#denial(user, name, client, command, request, 'multi');
    return reason === undefined ? undefined : noLongerAllowed(reason);
  }

  #denial(
    user: AclUser | undefined,
    username: string,
    clientInfo: string,
    command: Command,
    request: Arguments,
    context: Denied['context'],
  ): Denial['reason'] | undefined {
    const denial =
      user === undefined
        ? { reason: 'command' as const, position: 0 }
        : denialOf(this.commands, user, command, request);
    if (denial === undefined) return undefined;
    const { reason, position } = denial;
    const object = reason === 'command' ? command.name : request.text(position);
    this.denied([{ reason, object, username, atMs: Date.now(), clientInfo, context, count: 1 }]);
    return reason;
  }

  /** The same, as the script only asks it: nothing is logged. */
  mayScriptRun(name: string, command: Command, request: Arguments): boolean {
    const user = this.#users.get(name);
    return user !== undefined && denialOf(this.commands, user, command, request) === undefined;
  }

  all(): AclUser[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): AclUser | undefined {
    return this.#users.get(name);
  }

  /** What a worker that starts has to know. */
  everyone(): UsersChange {
    return { deleted: [], set: this.all().map((user) => user.toData()), caller: '' };
  }

  async set(name: string, rules: readonly string[], caller: string): Promise<void> {
    if (hasSpaces(name)) {
      throw new CommandError("ERR Usernames can't contain spaces or null characters");
    }
    const before = this.find(name) ?? AclUser.create(name, this.#context);
    const user = withRules(before, rules, this.#context);
    if (typeof user === 'string') throw new CommandError(`ERR ${user}`);
    this.#put(user);
    await this.#parts.inform({ deleted: [], set: [user.toData()], caller });
  }

  async delete(names: readonly string[], caller: string): Promise<number> {
    if (names.some((name) => untilNul(name) === DEFAULT_USER)) {
      throw new CommandError("ERR The 'default' user cannot be removed");
    }
    const deleted = names.filter((name) => this.#users.delete(name));
    if (deleted.length > 0) await this.#parts.inform({ deleted, set: [], caller });
    return deleted.length;
  }

  async load(caller: string): Promise<void> {
    const { aclfile } = this.#parts.config();
    if (aclfile === '') throw new CommandError(NO_FILE);
    let users: Map<string, AclUser>;
    try {
      users = this.#parse(await readAclFile(this.#path, aclfile));
    } catch (error) {
      throw new CommandError(`ERR ${(error as Error).message}`);
    }
    const deleted = [...this.#users.keys()].filter((name) => name !== DEFAULT_USER);
    this.#users = users;
    await this.#parts.inform({ ...this.everyone(), deleted, caller });
  }

  async save(): Promise<void> {
    if (this.#parts.config().aclfile === '') throw new CommandError(NO_FILE);
    // One at a time, so that the last one has the last word.
    const saved = this.#saved.then(() => writeAclFile(this.#path, this.#fileText()));
    this.#saved = saved.catch(() => {});
    try {
      await saved;
    } catch (error) {
      this.#parts.warn(`the users could not be saved: ${(error as Error).message}`);
      throw new CommandError(NOT_SAVED);
    }
  }

  /** Throws where the form of the file has no way to say what some users may do (a parenthesis in a pattern of a selector). */
  #fileText(): string {
    const text = this.lines()
      .map((line) => `${line}\n`)
      .join('');
    const users = parseAclFile(text, 'the file', this.#context);
    if (typeof users === 'string') throw new Error(`it could not be read again: ${users}`);
    if (aclFileText(this.commands, users.values()) !== text) {
      throw new Error('other users would be read from it');
    }
    return text;
  }

  /** What of the file's lines about users is not in force, as CONFIG REWRITE puts it right. With `aclfile`, none are there. */
  differencesTo(lines: readonly UserLine[]): ConfChanges {
    const { aclfile, requirepass } = this.#parts.config();
    const changes = new Map<string, string | undefined>();
    if (aclfile !== '') return changes;
    const inFile = new Map([[DEFAULT_USER, this.#defaultUser(requirepass)]]);
    for (const user of this.#configured(lines)) inFile.set(user.name, user);
    for (const name of inFile.keys()) {
      if (!this.#users.has(name)) changes.set(userKey(name), undefined);
    }
    for (const user of this.all()) {
      const before = inFile.get(user.name);
      if (before !== undefined && this.#describe(before) === this.#describe(user)) continue;
      changes.set(userKey(user.name), confLine(userLine(this.commands, user)));
    }
    return changes;
  }

  /** `requirepass` is another way to say the default user's password. */
  async changeDefaultPassword(password: string): Promise<void> {
    const user = withPassword(this.find(DEFAULT_USER) as AclUser, password, this.#context);
    this.#put(user);
    await this.#parts.inform({ deleted: [], set: [user.toData()], caller: '' });
  }

  tryRun(user: AclUser, request: Arguments, from: number): string | undefined {
    const inner = innerRequest(request, from);
    const command = resolve(inner);
    if (typeof command === 'string') {
      if (command.startsWith('ERR wrong number')) throw new CommandError(command);
      throw new CommandError(`ERR Command '${untilNul(inner.text(0))}' not found`);
    }
    const denial = denialOf(this.commands, user, command, inner);
    if (denial === undefined) return undefined;
    if (denial.reason === 'command') {
      return `This user has no permissions to run the '${command.name}' command`;
    }
    const name = untilNul(inner.text(denial.position));
    return `This user has no permissions to access the '${name}' ${denial.reason}`;
  }

  denied(denials: readonly Denied[]): void {
    const limit = this.#parts.config()['acllog-max-len'];
    for (const each of denials) this.#log.add(each, limit);
  }

  async log(): Promise<readonly Denied[]> {
    await this.#parts.denials();
    return this.#log.entries;
  }

  async resetLog(): Promise<void> {
    await this.#parts.denials();
    this.#log.reset();
  }

  get #path(): string {
    const { dir, aclfile } = this.#parts.config();
    return resolvePath(dir, aclfile);
  }

  #put(user: AclUser): void {
    this.#users.set(user.name, user);
  }

  #defaultUser(password: string): AclUser {
    return withPassword(AclUser.createDefault(this.#context), password, this.#context);
  }

  #configured(lines: readonly UserLine[]): AclUser[] {
    if (lines[0] !== undefined && this.#parts.config().aclfile !== '') {
      throw new ConfigError(
        `${lines[0].place}users are defined here and by aclfile; put them all in one place`,
      );
    }
    return configuredUsers(lines, this.#context);
  }

  #parse(text: string): Map<string, AclUser> {
    const users = parseAclFile(text, this.#parts.config().aclfile, this.#context);
    if (typeof users === 'string') throw new Error(users);
    return users;
  }

  /** Users that are as they were are not told of. */
  async #replace(users: readonly AclUser[], deleted: readonly string[]): Promise<void> {
    const changed = users.filter((user) => {
      const before = this.find(user.name);
      return before === undefined || this.#describe(before) !== this.#describe(user);
    });
    for (const name of deleted) this.#users.delete(name);
    for (const user of changed) this.#put(user);
    if (deleted.length + changed.length === 0) return;
    await this.#parts.inform({ deleted, set: changed.map((user) => user.toData()), caller: '' });
  }

  #describe(user: AclUser): string {
    const known = this.#descriptions.get(user);
    if (known !== undefined) return known;
    const description = describeUser(this.commands, user);
    this.#descriptions.set(user, description);
    return description;
  }
}

function withPassword(user: AclUser, password: string, context: RuleContext): AclUser {
  const changed = user.copy();
  const bytes = Buffer.from(password).toString('latin1');
  changed.apply(context, 'resetpass');
  changed.apply(context, password === '' ? 'nopass' : `>${bytes}`);
  return changed;
}
