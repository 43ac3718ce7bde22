import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Loaded into each process of a server that is profiled (`--import`): starts and stops V8's profilers when it is told to, over a
 * unix socket in SEQUEMENT_PROFILE_DIR, and leaves the profiles there. See profile.ts.
 */

const dir = process.env.SEQUEMENT_PROFILE_DIR;
const CPU_INTERVAL_US = 500;
const HEAP_INTERVAL_BYTES = 8192;

const session = new Session();

const ORDERS: Readonly<Record<string, () => Promise<string>>> = {
  async 'start cpu'() {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US });
    await session.post('Profiler.start');
    return 'started';
  },
  async 'stop cpu'() {
    const { profile } = await session.post('Profiler.stop');
    return keep('cpuprofile', profile);
  },
  async 'start heap'() {
    // Everything that was allocated counts, also what is garbage by the end.
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: HEAP_INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return 'started';
  },
  async 'stop heap'() {
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return keep('heapprofile', profile);
  },
};

function keep(ending: string, profile: object): string {
  const path = join(dir ?? '', `${process.title}-${process.pid}.${ending}`);
  writeFileSync(path, JSON.stringify(profile));
  return path;
}

function obey(socket: Socket): void {
  socket.setEncoding('latin1');
  socket.unref();
  socket.on('error', () => socket.destroy());
  socket.on('data', (order: string) => {
    const act = ORDERS[order];
    if (act === undefined) socket.destroy();
    else
      act().then(
        (answer) => socket.end(answer),
        (error: unknown) => socket.end(`!${error}`),
      );
  });
}

if (dir !== undefined) {
  session.connect();
  createServer(obey)
    .listen(join(dir, `${process.pid}.sock`))
    .unref();
}
