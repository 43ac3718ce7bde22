import test from 'ava';
import type { Child } from '#dist/master/child.js';
import { Heartbeat } from '#dist/master/heartbeat.js';

const TIMEOUT_MS = 250;
const START_MS = 1000;
/** The shortest time between two beats; five of them make the time-out. */
const BEAT_MS = 50;

/** A child that answers or does not, pinged by real timers; how much time that was, the test says. */
class Bench {
  answers = true;
  hasStarted = true;
  silences = 0;
  excuses = 0;
  #unanswered = 0;
  #nowMs = 0;
  #pinged = () => {};
  readonly #now = performance.now;
  readonly #heartbeat: Heartbeat;

  constructor() {
    performance.now = () => this.#nowMs;
    const hasStarted = () => this.hasStarted;
    const child = {
      get hasStarted() {
        return hasStarted();
      },
      ping: () => {
        setImmediate(this.#pinged);
        return this.answers ? 0 : this.#unanswered++;
      },
      excuse: () => {
        this.#unanswered = 0;
      },
    };
    this.#heartbeat = new Heartbeat(
      () => [child as unknown as Child],
      TIMEOUT_MS,
      () => {
        this.silences++;
      },
      { isOverdue: () => false, excuse: () => void this.excuses++ },
      START_MS,
    );
    this.#heartbeat.start();
  }

  /** So many beats, the first of which comes late. */
  async beat(count: number, lateMs = 0): Promise<void> {
    this.#nowMs += lateMs;
    for (let beats = 0; beats < count; beats++) {
      this.#nowMs += BEAT_MS;
      await new Promise<void>((resolve) => {
        this.#pinged = resolve;
      });
    }
  }

  end(): void {
    this.#heartbeat.stop();
    performance.now = this.#now;
  }
}

test.serial(
  'a child that does not answer in time is told of, and one that does is not',
  async (t) => {
    const bench = new Bench();
    t.teardown(() => bench.end());
    await bench.beat(8);
    t.is(bench.silences, 0);
    bench.answers = false;
    await bench.beat(5);
    t.is(bench.silences, 0);
    await bench.beat(1);
    t.is(bench.silences, 1);
  },
);

test.serial('a child is not blamed for the time in which the master was stopped', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.end());
  bench.answers = false;
  await bench.beat(5);
  t.is(bench.excuses, 0);
  await bench.beat(1, 10 * TIMEOUT_MS);
  t.is(bench.silences, 0);
  // Nor for what it may owe since then.
  t.is(bench.excuses, 1);
  await bench.beat(5);
  t.is(bench.silences, 1);
});

test.serial('a child that is starting has longer, though not for ever', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.end());
  bench.answers = false;
  bench.hasStarted = false;
  await bench.beat(START_MS / BEAT_MS);
  t.is(bench.silences, 0);
  await bench.beat(1);
  t.is(bench.silences, 1);
});
