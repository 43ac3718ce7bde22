import type { ClockStep, Operation } from './history.js';

/** What ends every life of a server: nothing that was sent before takes effect behind it. */
export interface End {
  readonly at: number;
  readonly atMs: number;
  readonly isCrash: boolean;
}

export interface SearchInput {
  readonly operations: readonly Operation[];
  readonly ends: readonly End[];
  /** Deaths of workers that may have had a block, by position. */
  readonly deaths: readonly number[];
  /** What is known of the clock of the server's machine. */
  readonly clockSteps: readonly ClockStep[];
  readonly lagMs: number;
  /** An EXEC may have done nothing though nothing that was watched had changed: the log had failed. */
  readonly mayAbort: boolean;
  /** Nothing is ever skipped. */
  readonly isExact: boolean;
  /** States that may be looked at before the search gives up. */
  readonly budget: number;
}

export type Verdict =
  | { readonly kind: 'possible' }
  /** What the longest order came to, and what could not follow. */
  | { readonly kind: 'impossible'; readonly text: string }
  | { readonly kind: 'undecided' };
