import type { ReplyWriter } from '../protocol/reply.js';

export type Answer = (write: (reply: ReplyWriter) => void) => void;

/** Answers when the promise has settled: with `write`, or with the error it was rejected with. */
export function answerLater<T>(
  answer: Answer,
  outcome: Promise<T>,
  write: (value: T, reply: ReplyWriter) => void,
): void {
  outcome.then(
    (value) => answer((reply) => write(value, reply)),
    (error: unknown) =>
      answer(() => {
        throw error;
      }),
  );
}
