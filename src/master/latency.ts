import type { LatencyEvent } from '../commands/latency.js';

const SAMPLES = 160;

/** Spikes by event: at most one sample for each second, the highest; the last 160 of them. */
export class Latency {
  readonly #events = new Map<string, { samples: [number, number][]; maxMs: number }>();

  add(name: string, seconds: number, ms: number): void {
    const event = this.#events.get(name) ?? { samples: [], maxMs: 0 };
    this.#events.set(name, event);
    event.maxMs = Math.max(event.maxMs, ms);
    const last = event.samples.at(-1);
    if (last !== undefined && last[0] === seconds) last[1] = Math.max(last[1], ms);
    else event.samples.push([seconds, ms]);
    if (event.samples.length > SAMPLES) event.samples.shift();
  }

  events(): readonly LatencyEvent[] {
    return [...this.#events].map(([name, { samples, maxMs }]) => ({ name, samples, maxMs }));
  }

  /** Forgets the events named, or all; how many there were. */
  reset(names: readonly string[]): number {
    const all = names.length === 0 ? [...this.#events.keys()] : names;
    return all.filter((name) => this.#events.delete(name)).length;
  }
}
