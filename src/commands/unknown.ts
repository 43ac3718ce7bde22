import type { Arguments } from './command.js';
import { lowerCase, untilNul, upperCase } from './words.js';

/** Redis quotes this much of a name, and about this much of the arguments. */
const QUOTED_LENGTH = 128;

/**
 * Redis's text for a name that is no command. '' for a line that a browser sends: a page that makes a browser post to
 * us must not get commands run, so the connection is to be closed without a word.
 */
export function unknownCommand(request: Arguments): string {
  const typed = lowerCase(untilNul(request.text(0)));
  if (typed === 'post' || typed === 'host:') return '';
  let quoted = '';
  for (let i = 1; i < request.count && quoted.length < QUOTED_LENGTH; i++) {
    quoted += `'${untilNul(request.text(i)).slice(0, QUOTED_LENGTH - quoted.length)}' `;
  }
  const name = untilNul(request.text(0)).slice(0, QUOTED_LENGTH);
  return `ERR unknown command '${name}', with args beginning with: ${quoted}`;
}

/** The container's name is in argument 0. */
export function unknownSubcommand(request: Arguments): string {
  const word = untilNul(request.text(1)).slice(0, QUOTED_LENGTH);
  return `ERR unknown subcommand '${word}'. Try ${upperCase(request.text(0))} HELP.`;
}
