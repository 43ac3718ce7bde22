import test from 'ava';
import { HeldReplies } from '#dist/master/held-replies.js';
import { Subscribers } from '#dist/master/subscribers.js';
import { FrameWriter } from '#dist/protocol/frame.js';
import { readMessage } from '#dist/protocol/publish-message.js';
import { PartReader } from '#dist/protocol/take-message.js';
import { Bench as Executing } from './executor-bench.js';

/** A worker of whose clients one is subscribed to a channel and a shard channel, both called c. */
class Bench {
  settledLsn = 0;
  readonly subscribers = new Subscribers(() => this.settledLsn);
  readonly worker = { out: new FrameWriter(), held: new HeldReplies(), open: () => {} };

  constructor() {
    const request = { count: 2, bytes: Buffer.alloc(0), starts: [], ends: [], text: () => 'c' };
    for (const kind of ['channel', 'shard'] as const) {
      this.subscribers.change(this.worker, { kind, isLeaving: false }, request);
    }
  }

  /** Publishes what may tell of something that is durable with this lsn. */
  publish(text: string, lsn = 0, kind: 'channel' | 'shard' = 'channel'): void {
    const bytes = Buffer.from(text);
    const act = () => this.subscribers.publish(kind, 'c', bytes);
    if (lsn === 0) act();
    else this.subscribers.because(lsn, act);
    // A message that waits is not what its bytes become.
    bytes.fill(0);
  }

  settle(lsn: number): void {
    this.settledLsn = lsn;
    this.worker.held.release(lsn, this.worker.out);
  }

  /** What was sent since the last time. */
  sent(): string[] {
    const bytes = this.worker.out.take();
    const part = new PartReader();
    part.begin(bytes, 0, bytes.length);
    const messages: string[] = [];
    while (part.next()) {
      const { payload } = readMessage(bytes, part.start);
      messages.push(bytes.toString('latin1', payload, part.end));
    }
    return messages;
  }
}

test('a message leaves when what it may tell of is durable', (t) => {
  const bench = new Bench();
  bench.publish('one', 1);
  bench.publish('two', 2, 'shard');
  t.deepEqual(bench.sent(), []);
  bench.settle(1);
  t.deepEqual(bench.sent(), ['one']);
  bench.settle(2);
  t.deepEqual(bench.sent(), ['two']);
  bench.publish('three', 2);
  t.deepEqual(bench.sent(), ['three']);
});

test('no message goes ahead of one that waits', (t) => {
  const bench = new Bench();
  bench.publish('one', 2);
  bench.publish('two');
  bench.publish('three', 1);
  t.deepEqual(bench.sent(), []);
  bench.settle(1);
  t.deepEqual(bench.sent(), []);
  bench.settle(2);
  t.deepEqual(bench.sent(), ['one', 'two', 'three']);
  bench.publish('four');
  t.deepEqual(bench.sent(), ['four']);
});

test('a message that may tell of what is taken back is dropped, and those behind it are not', (t) => {
  const bench = new Bench();
  bench.publish('one', 1);
  bench.publish('two');
  bench.settledLsn = 1;
  bench.worker.held.refuse('MISCONF', bench.worker.out);
  t.deepEqual(bench.sent(), ['two']);
  bench.publish('three');
  t.deepEqual(bench.sent(), ['three']);
});

test('a script shows subscribers no number that is not durable', async (t) => {
  const executor = new Executing();
  const listener = { out: executor.out, held: executor.held, open: () => {} };
  const request = { count: 2, bytes: Buffer.alloc(0), starts: [], ends: [], text: () => 'c' };
  executor.subscribers.change(listener, { kind: 'channel', isLeaving: false }, request);
  const script =
    "redis.call('publish', 'c', 'first'); redis.call('publish', 'c', redis.call('incr', 'x'))";
  const now = executor.command('EVAL', script, '0', '', '');
  now.push(...(await executor.acted()));
  t.deepEqual(now.map(messageIn), ['first']);
  t.deepEqual(executor.settle().map(messageIn), ['1', '1 last $-1']);
});

function messageIn(line: string): string {
  return line.trim().replace(/^.*\0c/s, '');
}
