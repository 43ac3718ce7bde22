import type { Arguments } from './command.js';
import { optionWord } from './words.js';

export interface Shutdown {
  /** Stop a stop that is under way. */
  readonly isAbort: boolean;
  /** Don't wait for anything and don't compact. */
  readonly isNow: boolean;
  /** The only one that is obeyed while a script runs for too long; then it doesn't wait for that. */
  readonly isWithoutSaving: boolean;
}

/**
 * The words of SHUTDOWN, or undefined for a syntax error. SAVE and NOSAVE make no difference else: reservations are always
 * on disk, and the compaction is what lets the next start go on without a gap.
 */
export function parseShutdown(request: Arguments): Shutdown | undefined {
  const words = new Set<string>();
  for (let i = 1; i < request.count; i++) words.add(optionWord(request, i));
  for (const word of words) if (!WORDS.includes(word)) return undefined;
  if (words.has('SAVE') && words.has('NOSAVE')) return undefined;
  const isAbort = words.has('ABORT');
  if (isAbort && words.size > 1) return undefined;
  return { isAbort, isNow: words.has('NOW'), isWithoutSaving: words.has('NOSAVE') };
}

const WORDS: readonly string[] = ['SAVE', 'NOSAVE', 'NOW', 'FORCE', 'ABORT'];
