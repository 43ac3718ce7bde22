import test from 'ava';
import { FrameWriter } from '#dist/protocol/frame.js';
import { MessageType } from '#dist/protocol/message.js';
import type { Answers } from '#dist/worker/answers.js';
import { Combiner } from '#dist/worker/combiner.js';
import { composeRequest } from '#dist/worker/compose-request.js';
import type { Holds } from '#dist/worker/holds.js';
import { MasterLink } from '#dist/worker/master-link.js';

/** A link whose master answers when it is told to. */
function linked() {
  const combiner = new Combiner();
  const sent: Buffer[] = [];
  let receive: (chunk: Buffer) => void = () => {};
  const parts = {
    answers: { receive: () => {} } as unknown as Answers,
    holds: { mature: () => {} } as unknown as Holds,
  };
  const link = new MasterLink(
    (onChunk) => {
      receive = onChunk as typeof receive;
      return { write: (bytes: Buffer) => void sent.push(bytes) };
    },
    combiner,
    () => parts,
    { onOrder: () => {}, onTurn: () => {} },
  );
  return {
    link,
    /** Puts a request into the frame that is being built. */
    ask() {
      const { bytes, count, starts, ends } = composeRequest(['dbsize']);
      combiner.command(0, 2, 0, bytes, count, starts, ends, false);
    },
    /** Frames that were sent, as the pipe has them. */
    sent,
    /** The master answers the oldest frame. */
    answer() {
      const out = new FrameWriter();
      out.begin(MessageType.replies);
      out.end();
      receive(out.take());
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('what waits for the answers waits for every frame, also for one that is not sent', async (t) => {
  const { link, ask, answer } = linked();
  const told: string[] = [];
  link.afterAnswers(() => told.push('nothing was asked'));
  t.deepEqual(told.splice(0), ['nothing was asked']);
  for (let i = 0; i < 2; i++) {
    ask();
    link.schedule();
    await turn();
  }
  link.afterAnswers(() => told.push('behind two'));
  // Two are under way, so this one stays.
  ask();
  link.afterAnswers(() => told.push('behind three'));
  await turn();
  t.deepEqual([link.sentFrames, link.answeredFrames], [2, 0]);
  answer();
  t.is(link.sentFrames, 3);
  t.deepEqual(told, []);
  answer();
  t.deepEqual(told, ['behind two']);
  answer();
  t.deepEqual(told, ['behind two', 'behind three']);
});

test('a full frame goes out at once, up to sixteen, each as it was until it is answered', async (t) => {
  const { link, ask, answer, sent } = linked();
  let requests = 0;
  const fill = () => {
    const before = link.sentFrames;
    for (let i = 0; i < 200 && link.sentFrames === before; i++) {
      ask();
      requests++;
      link.schedule();
    }
  };
  for (let i = 0; i < 16; i++) fill();
  t.is(link.sentFrames, 16);
  t.true(requests >= 16 * 20);
  const copies = sent.map((bytes) => Buffer.from(bytes));
  fill();
  await turn();
  t.is(link.sentFrames, 16, 'the seventeenth waits');
  t.deepEqual(sent.map(Buffer.from), copies);
  answer();
  t.is(link.sentFrames, 17);
  for (let i = 0; i < 16; i++) answer();
  t.is(link.answeredFrames, 17);
});
