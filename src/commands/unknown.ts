import type { Arguments } from './command.js';
import { untilNul, upperCase } from './words.js';

/** Redis quotes this much of a name, and about this much of the arguments. */
const QUOTED_LENGTH = 128;

export function unknownCommand(request: Arguments): string {
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
