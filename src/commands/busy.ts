import type { Command } from './command.js';

/** What clients are told while a script runs for too long, in Redis's words. */
export const BUSY =
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';

/** Whether the command runs even then. */
export function runsWhileBusy({ flags }: Pick<Command, 'flags'>): boolean {
  return flags.includes('allow_busy');
}
