import test from 'ava';
import { ByteWriter } from '#dist/protocol/bytes.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import type { Int64 } from '#dist/protocol/int64.js';
import { writeRefusalPart, writeRunPart } from '#dist/protocol/take-message.js';
import { Answers } from '#dist/worker/answers.js';
import { Combiner } from '#dist/worker/combiner.js';
import { Holds } from '#dist/worker/holds.js';
import { ReplyQueue } from '#dist/worker/reply-queue.js';
import { Statistics } from '#dist/worker/statistics.js';
import { SilentPort } from './model-worker.js';

class Owner {
  readonly replies = new ReplyQueue();
  readonly written = new ByteWriter(16);

  owe(): void {}

  output(): ByteWriter {
    return this.written;
  }

  get text(): string {
    return this.written.take().toString('latin1');
  }
}

class Bench {
  readonly combiner = new Combiner();
  readonly statistics = new Statistics();
  readonly owners = [new Owner(), new Owner()] as const;
  readonly #holds = new Holds(this.combiner, new SilentPort());
  readonly #answers = new Answers(this.combiner, this.#holds, this.statistics);
  readonly tag: number;

  /** One run: 2 takes of the first connection, 3 of the second, 1 more of the first. */
  constructor(amount: Int64) {
    const name = Buffer.from('x');
    const entry = this.combiner.take(0, amount, false, name, 0, 1);
    this.tag = entry.tag;
    for (const [number, count] of [
      [0, 2],
      [1, 3],
      [0, 1],
    ] as const) {
      const owner = this.owners[number];
      const place = owner.replies.push(owner, count, 0);
      place.form = 'integer';
      place.entry = entry;
      entry.wait(place);
    }
    this.combiner.end();
  }

  receive(write: (out: FrameWriter) => void): void {
    const out = new FrameWriter();
    write(out);
    this.#answers.receive(out.view(), 0, out.length);
  }
}

test('the parts of a run are dealt out to the places in their order', (t) => {
  const bench = new Bench(10);
  const { tag, owners } = bench;
  bench.receive((out) => writeRunPart(out, tag, false, 1, 10, 10));
  t.is(owners[0].text, ':10\r\n');
  bench.receive((out) => writeRunPart(out, tag, false, 3, 20, 10));
  t.is(owners[0].text, ':20\r\n');
  t.is(owners[1].text, ':30\r\n:40\r\n');
  bench.receive((out) => writeRefusalPart(out, tag, true, 2, 'ERR full'));
  t.is(owners[0].text, '-ERR full\r\n');
  t.is(owners[1].text, '-ERR full\r\n');
  t.true(owners[0].replies.isEmpty && owners[1].replies.isEmpty);
  t.deepEqual(bench.statistics.errors(), { ERR: 2 });
});

test('a run that moves by more than 64 bits hold is written out exactly', (t) => {
  const bench = new Bench(2n ** 61n);
  const first = -(2n ** 63n) + 2n ** 61n;
  bench.receive((out) => writeRunPart(out, bench.tag, true, 6, first, 2n ** 61n));
  const at = (take: number) => `:${first + 2n ** 61n * BigInt(take)}\r\n`;
  t.is(bench.owners[0].text, at(0) + at(1) + at(5));
  t.is(bench.owners[1].text, at(2) + at(3) + at(4));
});
