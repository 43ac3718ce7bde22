import type { ByteWriter } from '../protocol/bytes.js';
import { add, type Int64, multiply, subtract } from '../protocol/int64.js';
import { writeIntegerLine, writeIntegerRun } from '../protocol/reply.js';
import type { TakeForm } from './command.js';

const COLON = 58;

/** The replies to `count` takes of `span` numbers each: the value after the first one, and what each adds. */
export function writeTakes(
  out: ByteWriter,
  form: TakeForm,
  first: Int64,
  step: Int64,
  count: number,
  span: Int64,
): void {
  if (form === 'none') return;
  if (form === 'integer') {
    writeIntegerRun(out, first, step, count);
    return;
  }
  let last = first;
  for (let left = count; left > 0; left--) {
    if (form === 'line') out.latin1(`${last}\n`);
    else {
      out.latin1('*2\r\n');
      writeIntegerLine(out, COLON, firstOfRange(last, step, span));
      writeIntegerLine(out, COLON, last);
    }
    if (left > 1) last = add(last, step) as Int64;
  }
}

/** The first number of a take of `span` numbers that ends with `last`; a step is `span` times the increment. */
function firstOfRange(last: Int64, step: Int64, span: Int64): Int64 {
  const increment =
    typeof step === 'number' && typeof span === 'number'
      ? step / span
      : BigInt(step) / BigInt(span);
  const before = multiply(subtract(span, 1) as Int64, BigInt(increment)) as Int64;
  return subtract(last, before) as Int64;
}
