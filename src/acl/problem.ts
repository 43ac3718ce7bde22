import type { Problem } from './selector.js';

/** Redis's words for why a rule can't be applied. */
export const PROBLEMS: Readonly<Record<Problem, string>> = {
  unknown: 'Unknown command or category name in ACL',
  syntax: 'Syntax error',
  'all keys':
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  'all channels':
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  'no such password': 'The password you are trying to remove from the user does not exist',
  hash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  'first argument of a subcommand': 'Allowing first-arg of a subcommand is not supported',
};
