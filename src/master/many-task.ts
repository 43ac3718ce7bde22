import type { ManyRequest } from './many-request.js';

/**
 * A command on many names that is executed in steps, though it takes effect at one moment.
 *
 * Invariant: whoever is about to touch one of its names calls `touch` before. What the command has not done to that name yet it does then, so
 * that nobody can tell how far it is.
 */
export interface ManyTask {
  readonly request: ManyRequest;
  /** What its reply waits for. */
  readonly waitLsn: number;
  /** How many of the names were there, if that counts. */
  readonly hits: number;
  /** It is in the log, and not in the table altogether: nothing may be seen of the names as a whole. */
  readonly isApplying: boolean;
  /** Nothing is to be done before its batch is durable, or `hurry` is called. */
  readonly isWaiting: boolean;
  /** Somebody waits for it. */
  hurry(): void;
  /** None of its names is lent: the first step comes now. Throws the reply of a command that can't be executed. */
  begin(): void;
  /** `place` is the first one of the name. */
  touch(place: number): void;
  /** Goes on with about so many names; whether it is done. Throws as `begin` does. */
  step(count: number): boolean;
  /** The log has failed, and what is not durable is about to be taken back: what becomes of this. */
  failing(): 'is refused' | 'goes on' | 'begins anew';
  /** Does all that is left to be applied. */
  finishNow(): void;
  reply(): Generator<Buffer>;
}
