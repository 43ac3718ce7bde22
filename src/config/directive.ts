import type { ValueType } from './value-type.js';

/** One row of the table: all there is to know of a directive. */
export interface Directive<T> {
  /** The heading it stands under in the configuration file and in --help. */
  readonly group: Group;
  readonly type: ValueType<T>;
  readonly default: NoInfer<T>;
  /** Whether CONFIG SET may change it while the server runs. */
  readonly isChangeable: boolean;
  /** What it does, in a sentence or two; range and default are added from the row. */
  readonly help: string;
}

export type Group =
  | 'Network'
  | 'TLS'
  | 'Clients'
  | 'Reservations'
  | 'Log'
  | 'Processes'
  | 'Messages';

/** What C's int holds: Redis's bound for most numbers. */
export const INT_MAX = 2147483647;

export function row<T>(directive: Directive<T>): Directive<T> {
  return directive;
}
