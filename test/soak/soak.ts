import { seeded } from '../server/load.js';
import { type Footprint, footprintOf, growth, show } from './footprint.js';
import { Scene } from './scene.js';
import { TORMENTS, type Torment } from './torments.js';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface SoakReport {
  readonly problems: readonly string[];
  readonly takes: number;
  /** Acknowledged changes of exact sequences. */
  readonly changes: number;
  readonly losses: number;
  /** How often each torment came. */
  readonly torments: ReadonlyMap<string, number>;
  /** After the warm-up, and at the end; undefined when the time was too short for both. */
  readonly footprints: readonly Footprint[];
}

/** Part of the time in which masters die, too. In the rest one master lives on, and its footprint tells of leaks. */
const FATAL_PART = 0.4;
/** Rounds of the one master that count as its warm-up. */
const WARM_UP = 2;

/** Everything at once on the real server, for so long; ends early when something is found. */
export async function soak({ seconds, seed, say }: SoakOptions): Promise<SoakReport> {
  const random = seeded(seed);
  const scene = await Scene.begin(random);
  const torments = new Map<string, number>();
  const footprints: Footprint[] = [];
  const roundMs = Math.min(10_000, Math.max(2000, (seconds * 1000) / 20));
  const startedMs = performance.now();
  const passed = () => (performance.now() - startedMs) / (seconds * 1000);
  let torment: Torment | undefined;
  try {
    while (passed() < 1 && scene.problems.length === 0) {
      const mayDie = passed() < FATAL_PART;
      const possible = TORMENTS.filter((each) => mayDie || each.isFatal !== true);
      const endMs = performance.now() + roundMs;
      scene.beginRound();
      await scene.served();
      while (performance.now() < endMs) {
        torment = possible[Math.floor(random() * possible.length)] as Torment;
        torments.set(torment.name, (torments.get(torment.name) ?? 0) + 1);
        scene.note();
        await torment.act(scene);
        await scene.served();
      }
      await scene.endRound();
      if (!mayDie) footprints.push(await footprintOf(scene.server.pid));
      const last = footprints.at(-1);
      say(
        `${Math.round(passed() * seconds)} s: ${scene.takes} takes, ${scene.problems.length} problems` +
          (last === undefined ? '' : `, ${show(last)}`),
      );
    }
  } catch (error) {
    const text = `after "${torment?.name}": ${(error as Error).message}`;
    scene.problems.push(text, ...scene.lastMessages());
  }
  const [first, last] = [footprints[WARM_UP - 1], footprints.at(-1)];
  if (first !== undefined && last !== undefined) scene.problems.push(...growth(first, last));
  await scene.end();
  return {
    problems: scene.problems,
    takes: scene.takes,
    changes: scene.exact.changes,
    losses: scene.losses,
    torments,
    footprints,
  };
}
