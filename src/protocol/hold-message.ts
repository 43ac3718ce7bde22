import type { FrameWriter } from './frame.js';
import { MessageType } from './message.js';

/**
 * How a block that is lent to a worker, a hold, comes to its end or grows. It begins with a `lend` part (take-message.ts).
 *
 *     returned, more   worker → master    hold f64 · taken f64   numbers served from it since it was lent
 *     recall           master → worker    hold f64               answered by `returned`
 *     extend           master → worker    hold f64 · count f64   so many more numbers may be served
 *
 * Everything is little-endian. What names a hold that is over means nothing: the messages about its end may cross.
 */
type HoldMessage = 'returned' | 'more' | 'recall' | 'extend';

export function writeHoldMessage(
  out: FrameWriter,
  type: HoldMessage,
  hold: number,
  count: number,
): void {
  out.begin(MessageType[type]);
  out.f64(hold);
  if (type !== 'recall') out.f64(count);
  out.end();
}

export function readHold(bytes: Buffer, start: number): number {
  return bytes.readDoubleLE(start);
}

/** What was taken from it, or how many numbers are added. */
export function readHoldCount(bytes: Buffer, start: number): number {
  return bytes.readDoubleLE(start + 8);
}
