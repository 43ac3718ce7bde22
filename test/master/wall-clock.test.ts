import test from 'ava';
import { WallClock } from '#dist/master/wall-clock.js';

function clocks() {
  const machine = { wallMs: 1_000_000, monotonicMs: 500 };
  const clock = new WallClock(
    () => machine.wallMs,
    () => machine.monotonicMs,
  );
  const pass = (ms: number) => {
    machine.wallMs += ms;
    machine.monotonicMs += ms;
  };
  return { machine, clock, pass };
}

test('the clock follows that of the machine', (t) => {
  const { machine, clock, pass } = clocks();
  t.is(clock.nowMs(), 1_000_000);
  pass(250);
  t.is(clock.nowMs(), 1_000_250);
  machine.wallMs += 86_400_000;
  t.is(clock.nowMs(), 87_400_250);
});

test('a pause between the looks at two clocks puts the clock no further ahead', (t) => {
  const { machine, pass } = clocks();
  let pauseMs = 0;
  const pausing = (read: () => number) => () => {
    pass(pauseMs);
    return read();
  };
  const clock = new WallClock(
    pausing(() => machine.wallMs),
    pausing(() => machine.monotonicMs),
  );
  clock.nowMs();
  pauseMs = 10;
  clock.nowMs();
  pauseMs = 0;
  pass(1);
  t.is(clock.nowMs(), machine.wallMs);
});

test('a clock that is set back goes on as time passes', (t) => {
  const { machine, clock, pass } = clocks();
  t.is(clock.nowMs(), 1_000_000);
  machine.wallMs -= 86_400_000;
  t.is(clock.nowMs(), 1_000_000);
  pass(10_000);
  t.is(clock.nowMs(), 1_010_000);
  machine.wallMs += 86_400_000;
  t.is(clock.nowMs(), 1_010_000);
});

test('the clock shows nothing before what an earlier server has shown', (t) => {
  const { clock, pass } = clocks();
  clock.atLeast(2_000_000);
  t.is(clock.nowMs(), 2_000_000);
  pass(5);
  t.is(clock.nowMs(), 2_000_005);
  clock.atLeast(1);
  t.is(clock.nowMs(), 2_000_005);
});
