import { type StartedServer, startRedis, startSequement } from '../start.js';
import type { Pair } from './round.js';

/** Both servers with the same options; with `isRedis` two of Redis, which tests the test. */
export async function startPair(
  isRedis: boolean,
  ...options: string[]
): Promise<Pair & { stop(): Promise<void> }> {
  const startOurs = isRedis ? startRedis : startSequement;
  const both: [StartedServer, StartedServer] = await Promise.all([
    startOurs({ arguments: options }),
    startRedis({ arguments: options }),
  ]);
  return {
    ours: both[0].port,
    redis: both[1].port,
    isRedis,
    async stop() {
      await Promise.all(both.map((server) => server.stop()));
    },
  };
}
