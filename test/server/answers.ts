import type { ExecutionContext } from 'ava';
import { until } from './processes.js';
import { type Answer, type RawClient, ServerError } from './raw-client.js';

/** Nothing may hang for longer than this, whatever the disk does. */
const ANSWER_WITHIN_MS = 5000;
const RECOVERS_WITHIN_MS = 10_000;

/** Sends a command; rejects when no answer comes in time. */
export async function answered(client: RawClient, ...words: (string | number)[]): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${words.join(' ')}: no answer`)), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([client.send(...words), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds until a take from this sequence, which needs the disk, is answered with a number. */
export function untilServed(client: RawClient, key: string): Promise<number> {
  return until(
    'a new sequence is served',
    async () => !((await answered(client, 'INCR', key)) instanceof ServerError),
    RECOVERS_WITHIN_MS,
  );
}

export function isMisconfiguration(t: ExecutionContext, answer: Answer): void {
  t.regex(String(answer), /^-MISCONF Errors writing to the reservation log: /);
}
