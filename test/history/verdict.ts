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
  /** The log may have failed: what it has taken back may be on the disk all the same. */
  readonly mayFail: boolean;
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
