import { readFileSync } from 'node:fs';

/**
 * Loaded before the program of the server: the wall clock of all its processes is off by what the file CLOCK_OFFSET says, in
 * milliseconds, and steps when that changes. The monotonic clock, and with it every timer, goes on as nothing sets it either.
 */
const { CLOCK_OFFSET = '' } = process.env;
const RealDate = Date;
const realNow = Date.now;

function now(): number {
  return realNow() + Number(readFileSync(CLOCK_OFFSET, 'latin1'));
}

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, words: [] | [number]) =>
    words.length === 0 ? new target(now()) : new target(...words),
});
RealDate.now = now;
