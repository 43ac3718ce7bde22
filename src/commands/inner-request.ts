import type { Arguments } from './command.js';

/** The arguments from `from` on, as a request of their own; valid as long as the whole. */
export function innerRequest(request: Arguments, from: number): Arguments {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = from; i < request.count; i++) {
    starts.push(request.starts[i] as number);
    ends.push(request.ends[i] as number);
  }
  const text = (index: number) => request.text(index + from);
  return { bytes: request.bytes, count: request.count - from, starts, ends, text };
}
