import type { Int64 } from '../protocol/int64.js';
import type { ReplyWriter } from '../protocol/reply.js';
import type { Keyspace } from './keyspace.js';
import type { ServerControl } from './server-control.js';
import type { Session } from './session-state.js';

/** The arguments of one request, the command's name among them at index 0. Valid only during the call. */
export interface Arguments {
  readonly bytes: Buffer;
  readonly count: number;
  /** Argument i is `bytes[starts[i], ends[i])`. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** True for a request that came as an inline line of words; absent means false. */
  readonly isInline?: boolean;
  /** Argument i as latin1: each character is one byte. */
  text(index: number): string;
  /** The same to be kept, if that takes no copy of the bytes. */
  takeOver?(): Arguments | undefined;
}

/** In the order in which COMMAND INFO lists them. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_async_loading'
  | 'no_multi'
  | 'no_mandatory_keys'
  | 'movablekeys'
  | 'allow_busy'
  | 'sentinel';

export type CommandGroup =
  | 'connection'
  | 'generic'
  | 'server'
  | 'string'
  | 'transactions'
  | 'pubsub'
  | 'scripting'
  | 'cluster'
  | 'sequence';

/** The ACL categories that don't follow from the flags (categories.ts derives the others). */
export type Category =
  | 'keyspace'
  | 'string'
  | 'pubsub'
  | 'admin'
  | 'dangerous'
  | 'connection'
  | 'transaction'
  | 'scripting'
  | 'sequence';

/** What a command does with its keys: read-only, read and write, overwrite or remove; then what of them it uses. */
export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'variable_flags';

/** Where a command's keys are. All its keys are used alike. */
export interface KeyFacts {
  /** Position of the first and the last key and the distance between keys, as in COMMAND INFO; 0 0 0 means no key. */
  readonly keys: readonly [first: number, last: number, step: number];
  readonly keyFlags: readonly KeyFlag[];
  readonly keyNotes?: string;
  /** Of a command whose second key is used otherwise than its first. */
  readonly secondKeyFlags?: readonly KeyFlag[];
  /** The position of the number of keys, which stand behind it. */
  readonly keyCountAt?: number;
  /** It may touch its keys in another database, too. */
  readonly isOverDatabases?: true;
}

/** One argument in COMMAND DOCS' form. */
export interface ArgumentDoc {
  readonly name: string;
  readonly type:
    | 'string'
    | 'integer'
    | 'double'
    | 'key'
    | 'pattern'
    | 'unix-time'
    | 'pure-token'
    | 'oneof'
    | 'block';
  readonly token?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly flags?: readonly ('optional' | 'multiple' | 'multiple_token')[];
  readonly arguments?: readonly ArgumentDoc[];
  /** It is described by the command's second key specification. */
  readonly isSecondKey?: true;
}

/** What is fixed about a command. Checked once, by the dispatcher, never in a handler. */
export interface CommandFacts extends KeyFacts {
  /** Lower case; a subcommand's is `config|set`. */
  readonly name: string;
  /** Redis's arity: n means exactly n arguments with the name, -n at least n. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly categories: readonly Category[];
  /** Redis's hints to clients, such as `nondeterministic_output`. */
  readonly tips?: readonly string[];
  readonly group: CommandGroup;
  readonly since: string;
  readonly summary: string;
  readonly complexity: string;
  readonly arguments?: readonly ArgumentDoc[];
  /** Of a command that is for Redis's own tests and tools. */
  readonly isInternal?: true;
  /** Of a command that clients should no longer use: since when, and what takes its place. */
  readonly replacement?: { readonly since: string; readonly by: string };
}

/** Answered in the worker, at once; it writes exactly one reply and does not throw. */
export interface WorkerCommand extends CommandFacts {
  readonly runs: 'worker';
  /** The error that it always gets, before anything else about it is looked at. */
  readonly refusal?: string;
  execute(session: Session, request: Arguments, reply: ReplyWriter): void;
}

/** How a reply to a take is written; the take's numbers come from the master. `none`: the client wants no replies. */
export type TakeForm = 'integer' | 'range' | 'line' | 'none';

export interface Take {
  /** How much a take moves its sequence; in units of the sequence's increment when `inUnits`. */
  amount: Int64;
  inUnits: boolean;
  form: TakeForm;
}

/** Joins the run of its sequence, which is `argument 1`. `take` answers an error text for arguments that are none. */
export interface TakeCommand extends CommandFacts {
  readonly runs: 'take';
  take(request: Arguments, take: Take): string | undefined;
}

/**
 * What a command does to each of its names: read it, count it if it is there, remove it, set it, or set it if none of all is there; `list`
 * goes over all names of the database.
 */
export type ManyKind = 'read' | 'count' | 'remove' | 'write' | 'create' | 'list';

/** From so many arguments on such a command goes to the master in pieces. */
export const MANY_ARGUMENTS = 512;

/** Forwarded to the master and executed there, in one piece. A thrown CommandError becomes the reply. */
export interface MasterCommand extends CommandFacts {
  readonly runs: 'master';
  /** What it does to many names: then it is executed bit by bit, though at one moment (master/many-names.ts). */
  readonly many?: ManyKind;
  execute(keyspace: Keyspace, request: Arguments, reply: ReplyWriter): void;
}

/**
 * Executed by the master over all processes, and possibly not at once: `answer` is called exactly once, then or
 * later, with what writes the reply (a CommandError thrown before it, or in it, becomes the reply).
 */
export interface ServerCommand extends CommandFacts {
  readonly runs: 'server';
  /** What the same connection sent behind it waits for its answer, since that may change what becomes of it. */
  readonly isBarrier?: boolean;
  /** What the worker does before it hands the command on; false: it goes nowhere and has no reply. */
  before?(session: Session): boolean;
  /** Only where its directive allows it (DEBUG). */
  readonly isProtected?: boolean;
  /** The worker adds the connection's id as a last argument, which the arity does not count. */
  readonly takesId?: boolean;
  execute(
    server: ServerControl,
    request: Arguments,
    answer: (write: (reply: ReplyWriter) => void) => void,
  ): void;
}

/** What a client can subscribe to. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** Changes what a connection is subscribed to: its worker writes the replies, when the master knows of the change. */
export interface SubscriptionCommand extends CommandFacts {
  readonly runs: 'subscription';
  readonly kind: SubscriptionKind;
  readonly isLeaving: boolean;
}

/** Queues commands, or decides over what was queued. The worker appends the client's id to what goes to the master. */
export interface TransactionCommand extends CommandFacts {
  readonly runs: 'transaction';
  readonly act: 'begin' | 'execute' | 'discard' | 'watch' | 'unwatch';
}

/** Executed by the master, in one piece. The worker appends the name of the user whose rights it has, or '' for all, and the client's line for ACL LOG. */
export interface ScriptCommand extends CommandFacts {
  readonly runs: 'script';
  /** Argument 1 is the SHA1 of a script that is kept, not the script. */
  readonly isByHash: boolean;
  readonly isReadOnly: boolean;
}

/** A command that runs. */
export type ExecutableRow =
  | WorkerCommand
  | TakeCommand
  | MasterCommand
  | ServerCommand
  | SubscriptionCommand
  | TransactionCommand
  | ScriptCommand;

/** A name that stands for its subcommands (CLIENT, CONFIG, COMMAND); it never runs itself. */
export interface ContainerRow extends CommandFacts {
  readonly runs: 'container';
  readonly subcommands: readonly ExecutableRow[];
  /** What runs when the name comes without a subcommand; same name. Absent: wrong number of arguments. */
  readonly alone?: ExecutableRow;
}

/** A row as a family's file writes it. */
export type CommandRow = ExecutableRow | ContainerRow;

/** A command in the table; `index` names it to another process (table.ts, commandAt). */
export type Command = ExecutableRow & { readonly index: number };

/** A client's mistake, or what keeps the server from doing what it asked; the message is the reply's text. */
export class CommandError extends Error {}

export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const OVERFLOW_ERROR = 'ERR increment or decrement would overflow';
