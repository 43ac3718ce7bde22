import { packageVersion } from '#dist/cli/version.js';
import type { Everything, Figures, PartName } from './everything.js';
import { reasonOf, Stopped } from './failure.js';
import * as parts from './parts.js';
import { DEFAULT_SHAPES, type Shape } from './shapes.js';

const MIDDLE: Shape = { clients: 50, pipeline: 16 };
const DEEP: Shape = { clients: 50, pipeline: 128 };

/** How large the parts are. The whole takes about a quarter of an hour, the quick one four minutes. */
function sizesOf(isQuick: boolean) {
  const million = 1_000_000;
  return isQuick
    ? {
        rates: { rounds: 2, seconds: 0.6 },
        latency: { seconds: 3, count: million / 5 },
        idle: { connections: 2_000, rounds: 2, seconds: 0.6 },
        master: { rounds: 2, seconds: 1 },
        memory: { count: million },
      }
    : {
        rates: { rounds: 5, seconds: 1.2 },
        latency: { seconds: 15, count: million },
        idle: { connections: 10_000, rounds: 5, seconds: 1.2 },
        master: { rounds: 3, seconds: 3 },
        memory: { count: 10 * million },
      };
}

/** Without those that differ only in when they sync, and take very long to fill. */
function unsynced(setting: parts.Setting): parts.Setting {
  const servers = setting.servers.filter((name) => !name.endsWith('always'));
  return { ...setting, servers };
}

/** Runs the parts one after the other. One that fails is noted, and the next one goes on; an interrupt ends them all. */
export async function benchAll(
  setting: parts.Setting,
  names: readonly PartName[],
  isQuick: boolean,
): Promise<Everything> {
  const sizes = sizesOf(isQuick);
  const random = { ...sizes.rates, shapes: [MIDDLE], keyspace: 1_000_000 };
  const work: Readonly<Record<PartName, (into: Figures) => Promise<void>>> = {
    rates: async (into) => {
      into.rates = await parts.rates(setting, { ...sizes.rates, shapes: DEFAULT_SHAPES });
    },
    random: async (into) => {
      into.random = await parts.rates(setting, random);
    },
    latency: async (into) => {
      into.latency = await parts.latency(setting, { ...sizes.latency, shape: MIDDLE });
    },
    idle: async (into) => {
      into.idle = await parts.idle(setting, { ...sizes.idle, shape: MIDDLE });
    },
    master: async (into) => {
      into.master = await parts.master(setting, { ...sizes.master, shapes: [MIDDLE, DEEP] });
    },
    memory: async (into) => {
      into.memory = await parts.memory(unsynced(setting), { ...sizes.memory, command: 'incr' });
    },
  };
  const figures: Figures = {};
  const failures: { part: PartName; reason: string }[] = [];
  const startedMs = performance.now();
  for (const [index, part] of names.entries()) {
    const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
    parts.progress(`\n${part} (${index + 1} of ${names.length}; ${minutes} minutes so far)`);
    try {
      await work[part](figures);
    } catch (error) {
      if (error instanceof Stopped) throw error;
      const reason = reasonOf(error);
      failures.push({ part, reason });
      parts.progress(`${part} failed: ${reason}`);
    }
  }
  return { version: packageVersion(), machine: setting.machine, isQuick, figures, failures };
}
