import { AclCommands } from '#dist/acl/acl-commands.js';
import { AclUser } from '#dist/acl/user.js';
import { type Arguments, CommandError, type Take } from '#dist/commands/command.js';
import type { KeptSequence, Keyspace, SequenceFacts } from '#dist/commands/keyspace.js';
import type { Session } from '#dist/commands/session-state.js';
import { resolve, tableEntries } from '#dist/commands/table.js';
import type { Config } from '#dist/config/config.js';
import { ByteWriter } from '#dist/protocol/bytes.js';
import type { Int64 } from '#dist/protocol/int64.js';
import { type ProtocolVersion, ReplyWriter } from '#dist/protocol/reply.js';

/** A request of latin1 words. */
export function request(...words: string[]): Arguments {
  // Neither at the beginning nor at the end of the bytes, as it may lie in a chunk.
  const bytes = Buffer.from(`<${words.join('|')}>`, 'latin1');
  const starts: number[] = [];
  const ends: number[] = [];
  let position = 1;
  for (const word of words) {
    starts.push(position);
    ends.push(position + word.length);
    position += word.length + 1;
  }
  return { bytes, count: words.length, starts, ends, text: (index) => words[index] ?? '' };
}

export function fakeConfig(changes: Partial<Config> = {}): Config {
  return { databases: 16, requirepass: '', maxclients: 10000, ...changes } as Config;
}

/** Sequences in a Map, by latin1 name; notes which names were read. */
export class FakeKeyspace implements Keyspace {
  readonly databases = 16;
  readonly database = 0;
  readonly values = new Map<string, Int64>();
  readonly deadlines = new Map<string, Int64>();
  readonly nowMs = 1_700_000_000_000;
  readonly readNames: string[] = [];
  readonly events: string[] = [];
  flushed: 'one' | 'all' | undefined;
  facts: SequenceFacts | undefined;

  constructor(values: Readonly<Record<string, Int64>> = {}) {
    for (const [name, value] of Object.entries(values)) this.values.set(name, value);
  }

  read(bytes: Buffer, start: number, end: number): Int64 | undefined {
    const name = bytes.toString('latin1', start, end);
    this.readNames.push(name);
    return this.values.get(name);
  }

  peek(bytes: Buffer, start: number, end: number): Int64 | undefined {
    return this.read(bytes, start, end);
  }

  write(bytes: Buffer, start: number, end: number, value: Int64, deadline: Int64 = 0): void {
    const name = bytes.toString('latin1', start, end);
    this.values.set(name, value);
    this.deadlines.set(name, deadline);
  }

  deadline(bytes: Buffer, start: number, end: number): Int64 | undefined {
    const name = bytes.toString('latin1', start, end);
    return this.values.has(name) ? (this.deadlines.get(name) ?? 0) : undefined;
  }

  within<T>(database: number, act: () => T): T {
    if (database !== this.database) throw new Error('there is one database');
    return act();
  }

  swap(): void {
    throw new Error('there is one database');
  }

  remove(bytes: Buffer, start: number, end: number): boolean {
    return this.values.delete(bytes.toString('latin1', start, end));
  }

  describe(): SequenceFacts | undefined {
    return this.facts;
  }

  inspect(bytes: Buffer, start: number, end: number): KeptSequence | undefined {
    const value = this.values.get(bytes.toString('latin1', start, end));
    return value === undefined ? undefined : { value, bytes: 28, idleMs: 1500 };
  }

  size(): number {
    return this.values.size;
  }

  /** A place is a name's position in the Map. */
  scan(
    cursor: Int64,
    count: number,
    visit: (bytes: Buffer, start: number, end: number) => void,
  ): number {
    const names = [...this.values.keys()];
    const end = Number(cursor) + count;
    for (const name of names.slice(Number(cursor), end)) {
      visit(Buffer.from(name, 'latin1'), 0, name.length);
    }
    return end < names.length ? end : 0;
  }

  random(): Buffer | undefined {
    const [name] = this.values.keys();
    return name === undefined ? undefined : Buffer.from(name, 'latin1');
  }

  notify(event: string, bytes: Buffer, start: number, end: number): void {
    this.events.push(`${event} ${bytes.toString('latin1', start, end)}`);
  }

  flush(all: boolean): void {
    this.flushed = all ? 'all' : 'one';
    this.values.clear();
  }
}

export interface FakeSession extends Session {
  isClosing: boolean;
  mustAuthenticate: boolean;
}

export function fakeSession(config: Partial<Config> = {}): FakeSession {
  const rules = { known: new AclCommands(tableEntries()), allChannels: false };
  const defaultUser = AclUser.createDefault(rules);
  if (config.requirepass !== undefined) {
    defaultUser.apply(rules, `>${Buffer.from(config.requirepass).toString('latin1')}`);
  }
  return {
    id: 7,
    address: '127.0.0.1:5000',
    localAddress: '127.0.0.1:6379',
    isUnixSocket: false,
    name: '',
    libraryName: '',
    libraryVersion: '',
    protocol: 2,
    database: 0,
    user: { name: 'default' },
    mustAuthenticate: config.requirepass !== undefined,
    authenticate(name, password) {
      const isRight = name === 'default' && defaultUser.admits(password);
      if (isRight) this.mustAuthenticate = false;
      return isRight;
    },
    isClosing: false,
    isSubscriber: false,
    replyMode: 'on',
    monitor: () => true,
    isProtected: false,
    server: { config: fakeConfig(config), users: { default: defaultUser } },
    closeAfterReply() {
      this.isClosing = true;
    },
    describe() {
      return `id=${this.id} name=${this.name} flags=N`;
    },
    reset() {
      this.name = '';
      this.protocol = 2;
      this.database = 0;
    },
  };
}

/** The reply of a master's command, as latin1. */
export function inMaster(
  keyspace: Keyspace,
  words: readonly string[],
  protocol: ProtocolVersion = 2,
): string {
  const asked = request(...words);
  const command = resolve(asked);
  if (typeof command === 'string') return command;
  if (command.runs !== 'master') throw new Error(`${command.name} runs elsewhere`);
  return replyOf(protocol, (reply) => command.execute(keyspace, asked, reply));
}

/** The reply of a worker's command, as latin1. */
export function inWorker(session: Session, ...words: string[]): string {
  const asked = request(...words);
  const command = resolve(asked);
  if (typeof command === 'string') return command;
  if (command.runs !== 'worker') throw new Error(`${command.name} runs elsewhere`);
  return replyOf(session.protocol, (reply) => command.execute(session, asked, reply));
}

/** What a take asks for, or its error. */
export function takeOf(...words: string[]): Take | string {
  return takeOfRequest(request(...words));
}

export function takeOfRequest(asked: Arguments): Take | string {
  const command = resolve(asked);
  if (typeof command === 'string') return command;
  if (command.runs !== 'take') throw new Error(`${command.name} runs elsewhere`);
  const take: Take = { amount: 99, inUnits: false, form: 'integer' };
  return command.take(asked, take) ?? take;
}

/** What is written, or the error that is thrown, as latin1. */
export function replyOf(protocol: ProtocolVersion, write: (reply: ReplyWriter) => void): string {
  const out = new ByteWriter();
  const reply = new ReplyWriter(out);
  reply.protocol = protocol;
  try {
    write(reply);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    reply.error(error.message);
  }
  return out.view().toString('latin1');
}
