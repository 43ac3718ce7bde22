import test from 'ava';
import {
  isRedisInstalled,
  isSequementBuilt,
  type StartedServer,
  type StartOptions,
  startRedis,
  startSequement,
} from '../server/start.js';
import { allOrNone, type Servers, startServers } from './servers.js';

const canRun = isRedisInstalled() && isSequementBuilt();
// On a developer's machine a tool may be missing; where it must be there, silence would hide that nothing ran.
const isRequired = process.env.CI !== undefined;

/** `SEQUEMENT_PEER=redis` compares redis-server with itself: it tests the tests. */
const startOurs = process.env.SEQUEMENT_PEER === 'redis' ? startRedis : startPatient;

/** It gives its processes time to start, beside all the others. */
function startPatient(options: StartOptions): Promise<StartedServer> {
  const words = ['--heartbeat-timeout', '20000', ...(options.arguments ?? [])];
  return startSequement({ ...options, arguments: words });
}

/** Declares a test that compares; without redis-server or its tool it is left out, but not in CI. */
export function comparing(isInstalled = true): typeof test.serial {
  return isRequired || (canRun && isInstalled)
    ? test.serial
    : (test.serial.skip as typeof test.serial);
}

/**
 * Starts servers of both kinds for the tests of this file. What is returned does the same at both, from no keys on, and
 * resolves with what came of it at ours and at redis-server.
 */
export function usePair(): <T>(act: (servers: Servers) => Promise<T>) => Promise<[T, T]> {
  let pair: readonly Servers[] = [];
  test.before(async () => {
    pair = await allOrNone([startServers(startOurs), startServers(startRedis)]);
  });
  test.after.always(async () => {
    await Promise.all(pair.map((servers) => servers.stop()));
  });
  return async (act) => {
    const [ours, redis] = pair;
    if (ours === undefined || redis === undefined) throw new Error('no servers');
    const atOne = async (servers: Servers) => {
      await servers.clear();
      return act(servers);
    };
    const acts = [atOne(ours), atOne(redis)] as const;
    // Where one fails, the other must not go on into what comes next.
    await Promise.allSettled(acts);
    return Promise.all(acts);
  };
}
