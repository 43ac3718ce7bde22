import { once } from 'node:events';
import { connect } from 'node:net';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** A command of its own, one after the other, in a thread of its own: the longest that one of them took. */
export interface Probe {
  /** Milliseconds of the slowest since the last call, answers included that are still missing. */
  worstMs(): Promise<number>;
  end(): Promise<void>;
}

export async function startProbe(port: number): Promise<Probe> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { port } });
  await once(thread, 'message');
  return {
    async worstMs() {
      thread.postMessage('worst');
      const [worst] = (await once(thread, 'message')) as [number];
      return worst;
    },
    async end() {
      await thread.terminate();
    },
  };
}

/** Reads a sequence that nobody changes, so that no answer waits for the disk; the name does not exist. */
async function probe(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let sentMs = performance.now();
  let worstMs = 0;
  const send = () => {
    sentMs = performance.now();
    socket.write('*2\r\n$6\r\nEXISTS\r\n$5\r\nprobe\r\n');
  };
  socket.on('data', () => {
    worstMs = Math.max(worstMs, performance.now() - sentMs);
    setImmediate(send);
  });
  parentPort?.on('message', () => {
    parentPort?.postMessage(Math.max(worstMs, performance.now() - sentMs));
    worstMs = 0;
  });
  parentPort?.postMessage('ready');
  send();
}

if (parentPort !== null) await probe((workerData as { port: number }).port);
