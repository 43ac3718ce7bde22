import test from 'ava';
import { HeldReplies } from '#dist/master/held-replies.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import { parts } from './parts.js';

const MISCONF = 'MISCONF no disk';

function held(): HeldReplies {
  const replies = new HeldReplies();
  replies.run(5, 1, false, 10, 100, 2);
  replies.refusal(5, 1, 3, 'ERR full');
  replies.reply(3, 2, Buffer.from('+OK\r\n'));
  replies.run(6, 3, true, 1, 7, 1);
  return replies;
}

test('an answer goes out when its lsn is durable, even behind one that still waits', (t) => {
  const replies = held();
  const out = new FrameWriter();
  replies.release(2, out);
  t.is(out.length, 0);
  replies.release(4, out);
  t.deepEqual(parts(out.take()), ['2 last +OK\r\n']);
  replies.release(5, out);
  t.deepEqual(parts(out.take()), ['1 10 from 100 by 2', '1 last 3 × ERR full']);
  t.false(replies.isEmpty);
  replies.release(6, out);
  t.deepEqual(parts(out.take()), ['3 last 1 from 7 by 1']);
  t.true(replies.isEmpty);
});

test('a refusal answers everything once, in order, and leaves what was refused before as it was', (t) => {
  const replies = held();
  const out = new FrameWriter();
  replies.refuse(MISCONF, out);
  t.deepEqual(parts(out.take()), [
    `1 10 × ${MISCONF}`,
    '1 last 3 × ERR full',
    `2 last -${MISCONF}\r\n`,
    `3 last 1 × ${MISCONF}`,
  ]);
  t.true(replies.isEmpty);
  replies.release(100, out);
  t.is(out.length, 0);
});

test('an answer does not wait behind a transaction that waits longer', (t) => {
  const replies = new HeldReplies();
  const told: string[] = [];
  replies.transaction(5, {
    complete: () => told.push('complete'),
    refuse: (reason) => told.push(reason),
  });
  replies.run(3, 1, true, 1, 7, 1);
  const out = new FrameWriter();
  replies.release(4, out);
  t.deepEqual(parts(out.take()), ['1 last 1 from 7 by 1']);
  t.deepEqual(told, []);
  replies.refuse(MISCONF, out);
  t.is(out.length, 0);
  t.deepEqual(told, [MISCONF]);
});
