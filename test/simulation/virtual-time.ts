import type { Happening, World } from './world.js';

/** What the wall clock shows when a simulated machine starts. */
const EPOCH_MS = 1_700_000_000_000;

/** What the wall clock shows, which may be wrong. */
export function wallClockMs(world: World): number {
  return Math.floor(rightTimeMs(world) + world.wallOffsetMs);
}

export function rightTimeMs(world: World): number {
  return EPOCH_MS + world.nowMs;
}

type Callback = (...values: unknown[]) => void;

/** As much of a Node timer as is used. */
class Timer {
  happening: Happening | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  cancel(): void {
    if (this.happening !== undefined) this.happening.isCancelled = true;
    this.happening = undefined;
  }
}

/**
 * Puts the world's time in the place of Node's timers, clocks and random numbers, for everything in this process, until the result is
 * called. The product reads these globals in two dozen places of ten files; a seam in each would have to be remembered at
 * every new one, and the first that is forgotten makes runs differ that should not.
 */
export function startVirtualTime(world: World): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate,
    clearImmediate: globalThis.clearImmediate,
  };
  const now = Date.now;
  const performanceNow = Object.getOwnPropertyDescriptor(performance, 'now');
  const { random } = Math;

  const cancel = (timer: Timer | undefined) => timer?.cancel();
  const after = (run: Callback, delayMs = 1, ...values: unknown[]) => {
    const timer = new Timer();
    timer.happening = world.schedule(world.current, Math.max(1, delayMs), () => run(...values));
    return timer;
  };
  const every = (run: Callback, delayMs = 1, ...values: unknown[]) => {
    const timer = new Timer();
    const { current } = world;
    const next = () => {
      timer.happening = world.schedule(current, Math.max(1, delayMs), () => {
        next();
        run(...values);
      });
    };
    next();
    return timer;
  };
  // When the sockets that are ready have been read: a little later, and in order.
  const soon = (run: Callback, ...values: unknown[]) => {
    const timer = new Timer();
    const host = world.current;
    host.lastImmediate = Math.max(host.lastImmediate, world.nowMs + world.random() * 0.03);
    const delayMs = host.lastImmediate - world.nowMs;
    timer.happening = world.schedule(host, delayMs, () => run(...values));
    return timer;
  };
  Object.assign(globalThis, {
    setTimeout: after,
    clearTimeout: cancel,
    setInterval: every,
    clearInterval: cancel,
    setImmediate: soon,
    clearImmediate: cancel,
  });
  // Time goes on while a process runs, and nobody knows between which two looks at it.
  Date.now = () => {
    world.pass();
    return wallClockMs(world);
  };
  const monotonicMs = () => {
    world.pass();
    return world.nowMs;
  };
  Object.defineProperty(performance, 'now', { value: monotonicMs, configurable: true });
  Math.random = world.random;
  return () => {
    Object.assign(globalThis, real);
    Date.now = now;
    if (performanceNow === undefined) Reflect.deleteProperty(performance, 'now');
    else Object.defineProperty(performance, 'now', performanceNow);
    Math.random = random;
  };
}
