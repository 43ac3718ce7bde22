import { createHash, timingSafeEqual } from 'node:crypto';
import { lowerCase, untilNul } from '../commands/words.js';
import { splitInline } from '../protocol/inline.js';
import type { AclCommands } from './acl-commands.js';
import { type Problem, Selector, type SelectorData } from './selector.js';

/** What rules are read with. */
export interface RuleContext {
  readonly known: AclCommands;
  /** Whether a new selector has all channels (acl-pubsub-default). */
  readonly allChannels: boolean;
}

export const DEFAULT_USER = 'default';

/** A user as it crosses a pipe. */
export interface UserData {
  readonly name: string;
  readonly isOn: boolean;
  readonly hasNoPassword: boolean;
  readonly sanitizing: Sanitizing;
  readonly passwords: readonly string[];
  readonly selectors: readonly SelectorData[];
}

/** Whether payloads of RESTORE are checked: kept and shown, since a file may have it. */
export type Sanitizing = 'unsaid' | 'sanitize-payload' | 'skip-sanitize-payload';

/** Who may come in, and what for. The first selector is the user's own, any other stands in parentheses. */
export class AclUser {
  readonly name: string;
  isOn = false;
  /** Any password is right. */
  hasNoPassword = false;
  sanitizing: Sanitizing = 'unsaid';
  /** SHA-256, in hex. */
  passwords: string[] = [];
  selectors: Selector[];

  constructor(name: string, selectors: Selector[]) {
    this.name = name;
    this.selectors = selectors;
  }

  static create(name: string, context: RuleContext): AclUser {
    return new AclUser(name, [newSelector(context)]);
  }

  /** The default user as a server without any configuration has it: it may do everything. */
  static createDefault(context: RuleContext): AclUser {
    const user = AclUser.create(DEFAULT_USER, context);
    for (const rule of ['+@all', '~*', '&*', 'on', 'nopass']) user.apply(context, rule);
    return user;
  }

  get root(): Selector {
    return this.selectors[0] as Selector;
  }

  /** No command needs to be looked at. */
  get mayDoEverything(): boolean {
    return this.selectors.some((each) => each.allCommands && each.allKeys && each.allChannels);
  }

  /** In Redis's order. */
  get flags(): string[] {
    const flags = [this.isOn ? 'on' : 'off'];
    if (this.hasNoPassword) flags.push('nopass');
    if (this.sanitizing !== 'unsaid') flags.push(this.sanitizing);
    return flags;
  }

  copy(): AclUser {
    const copy = new AclUser(this.name, []);
    copy.become(this);
    return copy;
  }

  /** Takes over everything but the name. */
  become(other: AclUser): void {
    this.isOn = other.isOn;
    this.hasNoPassword = other.hasNoPassword;
    this.sanitizing = other.sanitizing;
    this.passwords = [...other.passwords];
    this.selectors = other.selectors.map((each) => each.copy());
  }

  /** Whether the user may come in with this password; takes the same time wherever it differs. */
  admits(password: Uint8Array): boolean {
    const given = createHash('sha256').update(password).digest();
    let isRight = this.hasNoPassword;
    for (const hash of this.passwords) {
      if (timingSafeEqual(given, Buffer.from(hash, 'hex'))) isRight = true;
    }
    return isRight && this.isOn;
  }

  /** Applies one rule of ACL SETUSER; a rule that can't be changes nothing. */
  apply(context: RuleContext, rule: string): Problem | undefined {
    if (rule === '') return undefined;
    const word = untilNul(rule);
    switch (lowerCase(word)) {
      case 'on':
        this.isOn = true;
        return undefined;
      case 'off':
        this.isOn = false;
        return undefined;
      case 'sanitize-payload':
      case 'skip-sanitize-payload':
        this.sanitizing = lowerCase(word) as Sanitizing;
        return undefined;
      case 'nopass':
      case 'resetpass':
        this.hasNoPassword = lowerCase(word) === 'nopass';
        this.passwords = [];
        return undefined;
      case 'clearselectors':
        this.selectors = [this.root];
        return undefined;
      case 'reset':
        this.#reset(context);
        return undefined;
    }
    switch (rule[0]) {
      case '>':
      case '#':
        return this.#addPassword(rule);
      case '<':
      case '!':
        return this.#removePassword(rule);
    }
    if (rule.startsWith('(') && rule.endsWith(')')) return this.#addSelector(context, rule);
    return this.root.apply(context.known, rule);
  }

  toData(): UserData {
    const { name, isOn, hasNoPassword, sanitizing, passwords } = this;
    const selectors = this.selectors.map((each) => each.toData());
    return { name, isOn, hasNoPassword, sanitizing, passwords, selectors };
  }

  static fromData(data: UserData): AclUser {
    const user = new AclUser(data.name, data.selectors.map(Selector.fromData));
    user.isOn = data.isOn;
    user.hasNoPassword = data.hasNoPassword;
    user.sanitizing = data.sanitizing;
    user.passwords = [...data.passwords];
    return user;
  }

  #reset(context: RuleContext): void {
    for (const rule of ['resetpass', 'resetkeys', 'resetchannels']) this.apply(context, rule);
    if (context.allChannels) this.apply(context, 'allchannels');
    for (const rule of ['off', 'sanitize-payload', 'clearselectors', '-@all']) {
      this.apply(context, rule);
    }
  }

  #addPassword(rule: string): Problem | undefined {
    const hash = hashOf(rule);
    if (hash === undefined) return 'hash';
    if (!this.passwords.includes(hash)) this.passwords.push(hash);
    this.hasNoPassword = false;
    return undefined;
  }

  #removePassword(rule: string): Problem | undefined {
    const hash = hashOf(rule);
    if (hash === undefined) return 'hash';
    const at = this.passwords.indexOf(hash);
    if (at < 0) return 'no such password';
    this.passwords.splice(at, 1);
    return undefined;
  }

  #addSelector(context: RuleContext, rule: string): Problem | undefined {
    const selector = newSelector(context);
    const bytes = Buffer.from(rule.slice(1, -1), 'latin1');
    const split = splitInline(bytes, 0, bytes.length);
    // Where a quote stays open Redis finds no rules at all.
    for (let i = 0; split !== undefined && i < split.bounds.length; i += 2) {
      const each = split.bytes.toString('latin1', split.bounds[i], split.bounds[i + 1]);
      const problem = selector.apply(context.known, each);
      if (problem !== undefined) return problem;
    }
    this.selectors.push(selector);
    return undefined;
  }
}

function newSelector({ known, allChannels }: RuleContext): Selector {
  return new Selector(known.none(), allChannels);
}

/** The hash that `>password` or `#hash` mean (`<`, `!` likewise); undefined for what is none. */
function hashOf(rule: string): string | undefined {
  const text = rule.slice(1);
  if (rule[0] === '>' || rule[0] === '<') {
    return createHash('sha256').update(text, 'latin1').digest('hex');
  }
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}
