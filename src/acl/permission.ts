import type { Arguments, Command } from '../commands/command.js';
import { keyFlagsAt, keysOf } from '../commands/facts.js';
import { lowerCase, untilNul } from '../commands/words.js';
import { matchesGlob } from '../protocol/glob.js';
import type { AclCommands } from './acl-commands.js';
import { Access, type ChannelPattern, type Selector } from './selector.js';
import type { AclUser } from './user.js';

/** Why a user may not run a command: the command itself, or the key or channel at `position` among its arguments. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel';
  readonly position: number;
}

const NO_LONGER = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
};

/** Redis's error for a queued command that its user may not run any more. */
export function noLongerAllowed(reason: Denial['reason']): string {
  return `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${NO_LONGER[reason]}`;
}

/** Of the reasons of several selectors, the later in this order is told. */
const RANKS = { command: 1, key: 2, channel: 3 } as const;

/**
 * Whether a user may run a command with these arguments: undefined, or why not. One selector must allow all of it. To be asked when a
 * request comes, and again when it is executed later (EXEC, a script).
 */
export function denialOf(
  known: AclCommands,
  user: AclUser,
  command: Command,
  request: Arguments,
): Denial | undefined {
  let worst: Denial = { reason: 'command', position: 0 };
  let position = 0;
  for (const selector of user.selectors) {
    const denial = selectorDenial(known, selector, command, request);
    if (denial === undefined) return undefined;
    // Redis keeps the position of the selector before where there is none.
    if (denial.reason !== 'command') position = denial.position;
    const rank = RANKS[denial.reason] - RANKS[worst.reason];
    if (rank > 0 || (rank === 0 && position > worst.position)) {
      worst = { reason: denial.reason, position };
    }
  }
  return worst;
}

function selectorDenial(
  known: AclCommands,
  selector: Selector,
  command: Command,
  request: Arguments,
): Denial | undefined {
  if (!mayRun(known, selector, command, request)) return { reason: 'command', position: 0 };
  if (!selector.allKeys) {
    for (const position of keysOf(command, request)) {
      if (!mayTouch(selector, command, request, position)) return { reason: 'key', position };
    }
  }
  if (!selector.allChannels) {
    const [first, last] = channelsOf(command, request);
    for (let position = first; position <= last; position++) {
      const isAllowed = isChannelAllowed(
        selector.channels,
        request.text(position),
        command.name === 'psubscribe',
      );
      if (!isAllowed) return { reason: 'channel', position };
    }
  }
  return undefined;
}

function mayRun(
  known: AclCommands,
  selector: Selector,
  command: Command,
  request: Arguments,
): boolean {
  if (selector.allCommands || command.flags.includes('no_auth')) return true;
  const id = known.idOf(command.index);
  if (selector.commands.has(id)) return true;
  const words = selector.firstArguments.get(id);
  if (words === undefined || request.count < 2) return false;
  const first = lowerCase(untilNul(request.text(1)));
  return words.some((word) => lowerCase(word) === first);
}

function mayTouch(
  selector: Selector,
  command: Command,
  request: Arguments,
  position: number,
): boolean {
  let access = 0;
  for (const flag of keyFlagsAt(command, request, position)) {
    if (flag === 'access') access |= Access.read;
    else if (flag === 'insert' || flag === 'delete' || flag === 'update') access |= Access.write;
  }
  const start = request.starts[position] as number;
  const end = request.ends[position] as number;
  return selector.keys.some(
    (each) => (each.access & access) === access && matches(each, request.bytes, start, end),
  );
}

/** The positions of the first and the last channel that a command publishes or subscribes to. */
function channelsOf(command: Command, request: Arguments): [first: number, last: number] {
  switch (command.name) {
    case 'publish':
    case 'spublish':
      return [1, 1];
    case 'subscribe':
    case 'ssubscribe':
    case 'psubscribe':
      return [1, request.count - 1];
    default:
      return [1, 0];
  }
}

/** Whether one of the patterns is for the channel; a pattern that somebody subscribes to has to be one of them. */
export function isChannelAllowed(
  allowed: readonly ChannelPattern[],
  channel: string,
  isPattern: boolean,
): boolean {
  if (isPattern) return allowed.some(({ pattern }) => pattern === untilNul(channel));
  const bytes = Buffer.from(channel, 'latin1');
  return allowed.some((each) => matches(each, bytes, 0, bytes.length));
}

/** An empty name matches the empty pattern only, not even `*`. */
function matches({ bytes }: ChannelPattern, subject: Buffer, start: number, end: number): boolean {
  return start === end ? bytes.length === 0 : matchesGlob(bytes, subject, start, end);
}
