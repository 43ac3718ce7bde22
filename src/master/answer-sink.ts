import type { Holder } from './holds.js';
import type { TransactionSink } from './transactions.js';

/** Where the answers to one worker's entries go: what is due now, and what waits for the disk. */
export interface AnswerSink extends Holder, TransactionSink {
  /** Opens the frame of answers if it isn't. */
  open(): void;
  /** Sends what was written outside a turn. */
  flush(): void;
}
